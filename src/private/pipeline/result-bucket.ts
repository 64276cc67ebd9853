import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface ResultBucketProps {
  readonly taskTimeout: Duration;
  readonly taskRetention: Duration;
  readonly allowOrigins: string[];
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: kms.IKey;
}

/** Stores results of any size, for as long as their tasks. */
export class ResultBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, props: ResultBucketProps) {
    const { taskTimeout, taskRetention, allowOrigins, removalPolicy, encryptionKey } = props;
    if (taskTimeout.isUnresolved() || taskRetention.isUnresolved()) {
      throw new Error('taskTimeout and taskRetention must not be Tokens with TaskResults.bucket(), because its lifecycle rules count days: '
        + 'use TaskResults.fromBucket()');
    }
    super(scope, id, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // With a bucket key, S3 asks KMS once for many objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
      ...(encryptionKey
        ? { encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: s3.BucketEncryption.S3_MANAGED }),
      enforceSSL: true,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{
        expiration: wholeDays(taskTimeout.plus(taskRetention)).plus(Duration.days(1)),
        abortIncompleteMultipartUploadAfter: wholeDays(taskTimeout).plus(Duration.days(1)),
      }],
      ...(allowOrigins.length > 0 && {
        cors: [{
          allowedMethods: [s3.HttpMethods.GET, s3.HttpMethods.HEAD],
          allowedOrigins: allowOrigins,
          allowedHeaders: ['*'],
          // It has the name of the file.
          exposedHeaders: ['Content-Disposition'],
        }],
      }),
      removalPolicy,
    });
  }
}

function wholeDays(duration: Duration): Duration {
  return Duration.days(Math.ceil(duration.toDays({ integral: false })));
}

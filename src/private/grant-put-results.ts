import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { grantKey } from './encryption/key-permissions';
import { resultKeyPrefix } from '../protocol/wire';

/** What an upload takes, also one in several parts. */
export const PUT_RESULT_ACTIONS = ['s3:PutObject', 's3:AbortMultipartUpload'];

/**
 * What an upload to a bucket with a KMS key takes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
export const ENCRYPT_RESULT_ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Returns the ARN of the objects that processors of a task type may write. */
export function resultObjectsArn(bucket: s3.IBucket, taskType: string): string {
  return bucket.arnForObjects(`${resultKeyPrefix(taskType)}*`);
}

/** Grants permission to put results of one task type into the bucket. */
export function grantPutResults(grantee: iam.IGrantable, bucket: s3.IBucket, taskType: string): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions: PUT_RESULT_ACTIONS, resourceArns: [resultObjectsArn(bucket, taskType)] });
  return bucket.encryptionKey ? grant.combine(grantKey(grantee, bucket.encryptionKey, bucket, 's3', ENCRYPT_RESULT_ACTIONS)) : grant;
}

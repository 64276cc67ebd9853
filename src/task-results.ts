import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ResultBucket, ResultBucketProps } from './private/pipeline/result-bucket';

/**
 * Chooses the bucket for results of any size. Pass it to `TaskManager` as `resultBucket`.
 *
 * A processor of a task type can write below `tasks/<type>/` only. A caller that can read a task gets a signed URL for its result.
 */
export class TaskResults {
  /**
   * Stores results in a new bucket of the TaskManager.
   *
   * The bucket is private, encrypted by S3 or with the `encryptionKey` of the TaskManager, and accepts TLS only. It removes results one day
   * after the time that `taskTimeout` and `taskRetention` add up to, and uploads that were never completed. Browsers can download from the
   * origins of `corsAllowOrigins`. The `removalPolicy` of the TaskManager applies to it. CloudFormation can delete it only if it is empty.
   */
  public static bucket(): TaskResults {
    return new TaskResults((scope, props) => new ResultBucket(scope, 'Results', props));
  }

  /**
   * Stores results in an existing bucket of the same account and region. Give each TaskManager its own bucket: processors of another
   * TaskManager with the same task type could overwrite results in a shared one.
   *
   * Its name can be part of the URL that callers get. Give it a lifecycle rule that removes objects below `tasks/` after `taskTimeout` and
   * `taskRetention`, and one that aborts incomplete multipart uploads. If browsers download results, give it a CORS rule for `GET`.
   *
   * @param bucket The bucket.
   */
  public static fromBucket(bucket: s3.IBucket): TaskResults {
    return new TaskResults(() => bucket);
  }

  private constructor(private readonly bind: (scope: Construct, props: ResultBucketProps) => s3.IBucket) {}

  /**
   * Returns the bucket.
   *
   * @internal
   */
  public _bucketFor(scope: Construct, props: ResultBucketProps): s3.IBucket {
    return this.bind(scope, props);
  }
}

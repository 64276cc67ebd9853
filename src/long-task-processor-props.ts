import * as logs from 'aws-cdk-lib/aws-logs';
import { ITaskManager } from './task-manager-interface';

/**
 * Configures a processor of work that a Lambda function is too short for.
 */
export interface LongTaskProcessorProps {
  /**
   * The TaskManager whose tasks to process. It must be in the same account and region as the processor.
   */
  readonly taskManager: ITaskManager;

  /**
   * The task type to process: a letter, then up to 63 letters, digits, `.`, `_` and `-`. The TaskManager must accept it.
   */
  readonly taskType: string;

  /**
   * Maximum number of tasks that are started at the same time, from 2 to 1000. The others wait in `queue`.
   *
   * It does not limit how many run at the same time, but keeps a burst of tasks within the rate at which AWS accepts starts.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
   * @default 10
   */
  readonly maxConcurrentStarts?: number;

  /**
   * How long CloudWatch keeps the logs of the functions that start and stop the work, and of `reporter`.
   *
   * @default - the TaskManager's `logRetention`
   */
  readonly logRetention?: logs.RetentionDays;
}

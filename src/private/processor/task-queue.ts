import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface TaskQueueProps {
  readonly visibilityTimeout: Duration;
  readonly taskTimeout: Duration;
  readonly attempts: number;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const RETENTION = { min: Duration.minutes(1), max: Duration.days(14) };

/** The events of a processor's tasks that wait for its function. A message that failed in each attempt moves to the dead-letter queue. */
export class TaskQueue extends sqs.Queue {
  public readonly failures: sqs.Queue;

  constructor(scope: Construct, id: string, { visibilityTimeout, taskTimeout, attempts }: TaskQueueProps) {
    // The maximum size of an EventBridge event. An event that does not fit into the queue would be lost.
    const limits = { enforceSSL: true, maxMessageSizeBytes: 1024 * 1024 };
    // Longer than that of the queue: a message keeps its age when it moves.
    const failures = new sqs.Queue(scope, `${id}Failures`, { ...limits, retentionPeriod: RETENTION.max });
    super(scope, id, {
      ...limits,
      visibilityTimeout,
      retentionPeriod: retentionFor(taskTimeout),
      deadLetterQueue: { queue: failures, maxReceiveCount: attempts },
    });
    this.failures = failures;
  }
}

/** Nobody needs the event of a task that has ended. */
function retentionFor(taskTimeout: Duration): Duration {
  if (taskTimeout.isUnresolved()) return RETENTION.max;
  const seconds = Math.max(RETENTION.min.toSeconds(), Math.min(RETENTION.max.toSeconds(), taskTimeout.toSeconds()));
  return Duration.seconds(seconds);
}

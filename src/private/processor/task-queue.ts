import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { longestEventAge } from './event-age';
import { MAX_EVENT_BYTES } from '../event-size';

export interface TaskQueueProps {
  readonly visibilityTimeout: Duration;
  /** How long an event is worth keeping. */
  readonly maxAge: Duration;
  readonly attempts: number;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_RETENTION = Duration.days(14);

/** The events of a processor's tasks that wait for its function. A message that failed in each attempt moves to the dead-letter queue. */
export class TaskQueue extends sqs.Queue {
  public readonly failures: sqs.Queue;

  constructor(scope: Construct, id: string, { visibilityTimeout, maxAge, attempts }: TaskQueueProps) {
    const limits = { enforceSSL: true, maxMessageSizeBytes: MAX_EVENT_BYTES };
    // Longer than that of the queue: a message keeps its age when it moves.
    const failures = new sqs.Queue(scope, `${id}Failures`, { ...limits, retentionPeriod: MAX_RETENTION });
    super(scope, id, {
      ...limits,
      visibilityTimeout,
      retentionPeriod: longestEventAge(MAX_RETENTION, maxAge),
      deadLetterQueue: { queue: failures, maxReceiveCount: attempts },
    });
    this.failures = failures;
  }
}

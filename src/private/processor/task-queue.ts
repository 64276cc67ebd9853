import { Duration } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { longestEventAge } from './event-age';
import { MAX_EVENT_BYTES } from '../event-size';
import { OwnQueue } from '../own-queue';

export interface TaskQueueProps {
  readonly visibilityTimeout: Duration;
  /** How long an event is worth keeping. */
  readonly maxAge: Duration;
  readonly attempts: number;
  readonly encryptionKey?: kms.IKey;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MAX_RETENTION = Duration.days(14);

/** The events of a processor's tasks that wait for its function. A message that failed in each attempt moves to the dead-letter queue. */
export class TaskQueue extends OwnQueue {
  public readonly failures: OwnQueue;

  constructor(scope: Construct, id: string, { visibilityTimeout, maxAge, attempts, encryptionKey }: TaskQueueProps) {
    const limits = { encryptionKey, maxMessageSizeBytes: MAX_EVENT_BYTES };
    // Longer than that of the queue: a message keeps its age when it moves.
    const failures = new OwnQueue(scope, `${id}Failures`, { ...limits, retentionPeriod: MAX_RETENTION });
    super(scope, id, {
      ...limits,
      visibilityTimeout,
      retentionPeriod: longestEventAge(MAX_RETENTION, maxAge),
      deadLetterQueue: { queue: failures, maxReceiveCount: attempts },
    });
    this.failures = failures;
  }
}

import { OUTPUT } from '../../../src/protocol/wire';
import { DeadLetterQueueName, DOCS } from '../protocol';

/** What the program knows about a dead-letter queue. */
export interface QueueDescription {
  /** Names of the outputs with the URLs of the queue and, if SQS itself can move its messages, of the queue that it moves them to. */
  readonly output: string;
  readonly destinationOutput?: string;
  readonly title: string;
  readonly redrive: string;
  readonly runbook: string;
}

const RUNBOOK = `${DOCS}/runbook.md`;

export const QUEUES: Record<DeadLetterQueueName, QueueDescription> = {
  'publisher': {
    output: OUTPUT.STATUS_PUBLISHER_DEAD_LETTER_QUEUE,
    title: 'changes of tasks that could not be published',
    redrive: 'hands each change back to the publisher, and deletes it when the publisher has accepted it',
    runbook: `${RUNBOOK}#messages-in-statuspublisherdeadletterqueue`,
  },
  'updater': {
    output: OUTPUT.STATUS_UPDATER_DEAD_LETTER_QUEUE,
    destinationOutput: OUTPUT.STATUS_UPDATER_QUEUE,
    title: 'reports of processors that could not be written',
    redrive: 'moves the reports back to the queue of the updater',
    runbook: `${RUNBOOK}#messages-in-statusupdaterdeadletterqueue`,
  },
  'undelivered': {
    output: OUTPUT.UNDELIVERED_DEAD_LETTER_QUEUE,
    destinationOutput: OUTPUT.UNDELIVERED_QUEUE,
    title: 'undelivered events whose tasks could not be failed',
    redrive: 'moves the events back to the queue of undelivered events',
    runbook: `${RUNBOOK}#messages-in-undelivereddeadletterqueue`,
  },
  'event-bus': {
    output: OUTPUT.EVENT_BUS_DEAD_LETTER_QUEUE,
    title: 'events that EventBridge could not encrypt or decrypt',
    redrive: 'puts each event on the bus again, and deletes it when EventBridge has accepted it',
    runbook: `${RUNBOOK}#messages-in-eventbusdeadletterqueue`,
  },
};

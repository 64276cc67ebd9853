import { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { EventSender } from './event-sender';
import { statusEvent } from './events';
import { fromImage, TaskStore } from './task-store';

export interface StatusPublisherOptions {
  readonly store: TaskStore;
  readonly sender: EventSender;
  readonly bus: { readonly eventBusName: string; readonly eventSource: string };
  readonly sqs: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly now: () => Date;
}

/** The stream drops a record after 24 hours. What still can't be published after this long is saved from it. */
const MAX_AGE_SECONDS = 20 * 3600;

/** Tells the bus of each change of a status. The stream's filter leaves only those. */
export class StatusPublisher {
  constructor(private readonly options: StatusPublisherOptions) {}

  async publish({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    const failed: number[] = [];
    const poison: number[] = [];
    const entries: { index: number; entry: PutEventsRequestEntry }[] = [];
    for (const [index, outcome] of (await Promise.allSettled(Records.map((record) => this.toEntry(record)))).entries()) {
      if (outcome.status === 'fulfilled') entries.push({ index, entry: outcome.value });
      else (outcome.reason instanceof PoisonRecord ? poison : failed).push(index);
    }

    for (const { entry, isPermanent } of await this.options.sender.send(entries.map((sent) => sent.entry))) {
      const record = entries.find((sent) => sent.entry === entry)!.index;
      (isPermanent || this.isOld(Records[record]) ? poison : failed).push(record);
    }
    for (const index of poison) {
      if (!await this.park(Records[index])) failed.push(index);
    }

    if (failed.length === 0) return { batchItemFailures: [] };
    // The stream goes on from here; what follows is sent once more, and `taskId` + `version` tells the duplicates.
    return { batchItemFailures: [{ itemIdentifier: Records[Math.min(...failed)].dynamodb!.SequenceNumber! }] };
  }

  private async toEntry({ dynamodb }: DynamoDBRecord): Promise<PutEventsRequestEntry> {
    const { store, bus } = this.options;
    const task = poisonous(() => fromImage(dynamodb!.NewImage as Record<string, AttributeValue>));
    // The payload goes with the first event only, and a long one costs a read.
    const complete = await store.withContents(task.status === 'PENDING' ? task : { ...task, payload: undefined, payloadItem: undefined });
    return poisonous(() => statusEvent(complete, bus));
  }

  private isOld({ dynamodb }: DynamoDBRecord): boolean {
    const ageSeconds = this.options.now().getTime() / 1000 - (dynamodb!.ApproximateCreationDateTime ?? Infinity);
    return ageSeconds > MAX_AGE_SECONDS;
  }

  /** Puts a record, whole, where somebody finds it: the stream's own failure destination gets no more than its number. */
  private async park(record: DynamoDBRecord): Promise<boolean> {
    try {
      await this.options.sqs.send(new SendMessageCommand({ QueueUrl: this.options.deadLetterQueueUrl, MessageBody: JSON.stringify(record) }));
      console.error({ message: 'record can not be published, see the dead-letter queue', eventId: record.eventID });
      return true;
    } catch (error) {
      console.error({ message: 'record could not be put into the dead-letter queue', eventId: record.eventID, error: (error as Error).name });
      return false;
    }
  }
}

/** A record that no attempt will ever make an event of. */
class PoisonRecord extends Error {}

function poisonous<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new PoisonRecord('the record is no task', { cause: error });
  }
}

import { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { EventSender } from './event-sender';
import { Bus, incompleteEndEvent, statusEvent } from './events';
import { isTerminal } from '../../protocol/wire';
import { inWaves, WAVE } from '../support/waves';
import { Task } from '../task/task';
import { fromImage } from '../task/task-items';
import { TaskStore } from '../task/task-store';

export interface StatusPublisherOptions {
  readonly store: TaskStore;
  readonly sender: EventSender;
  readonly bus: Bus;
  readonly sqs: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly now: () => Date;
  /** Whether the invocation has time for further records. */
  readonly hasTime: () => boolean;
}

/** The stream drops a record after 24 hours. What still can't be published after this long is saved from it. */
const MAX_AGE_SECONDS = 20 * 3600;

/** A first record of this age has failed before, or many wait behind it. */
const LATE_SECONDS = 3;

/** A record, and what has become of it. */
type Handled = Ready | {
  readonly record: DynamoDBRecord;
  /** A record that failed comes again with all behind it; `poison` would fail for ever. */
  readonly outcome: 'published' | 'parked' | 'failed' | 'poison';
};

interface Ready {
  readonly record: DynamoDBRecord;
  readonly outcome: 'ready';
  readonly event: PutEventsRequestEntry;
  /** Says less, in case the bus refuses the event for good. */
  readonly substitute?: PutEventsRequestEntry;
}

/**
 * Tells the bus of each change of a status. The stream's filter leaves only those.
 *
 * The stream goes on from the first record that failed, and everything behind it comes again. So nothing behind it is published, wave by wave,
 * and each event is sent once (docs/decisions/0011-publish-in-order.md).
 */
export class StatusPublisher {
  constructor(private readonly options: StatusPublisherOptions) {}

  async publish({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    // As long as a record is refused, those of its wave would be published again and again: it goes alone.
    let size = this.ageSeconds(Records[0]) > LATE_SECONDS ? 1 : WAVE;
    for (let start = 0; start < Records.length; start += size, size = WAVE) {
      const wave = Records.slice(start, start + size);
      const failed = start === 0 || this.options.hasTime() ? await this.publishWave(wave) : wave[0];
      if (failed) return { batchItemFailures: [{ itemIdentifier: failed.dynamodb!.SequenceNumber! }] };
    }
    return { batchItemFailures: [] };
  }

  /** Returns the first record that failed, if any. */
  private async publishWave(records: DynamoDBRecord[]): Promise<DynamoDBRecord | undefined> {
    let wave = await this.park(await inWaves(records, (record) => this.prepare(record)));
    // A second time for those that are left with their substitutes.
    while (wave.some(isReady)) wave = await this.park(await this.send(wave));
    return wave.find(({ outcome }) => outcome === 'failed')?.record;
  }

  private async prepare(record: DynamoDBRecord): Promise<Handled> {
    const { bus } = this.options;
    const task = orUndefined(() => fromImage(record.dynamodb!.NewImage as Record<string, AttributeValue>));
    if (!task) return { record, outcome: 'poison' };
    const complete = await this.withContents(task);
    if (!complete && !this.isOld(record)) return { record, outcome: 'failed' };
    const events = [
      complete && orUndefined(() => statusEvent(complete, bus)),
      isTerminal(task.status) ? orUndefined(() => incompleteEndEvent(task, bus)) : undefined,
    ].filter((event) => event !== undefined);
    return events.length > 0 ? { record, outcome: 'ready', event: events[0], substitute: events[1] } : { record, outcome: 'poison' };
  }

  /** Adds what has items of its own, or returns undefined where that can't be read now. The payload goes with the first event only. */
  private async withContents(task: Task): Promise<Task | undefined> {
    try {
      return await this.options.store.withContents(task.status === 'PENDING' ? task : { ...task, payload: undefined, payloadItem: undefined });
    } catch (error) {
      console.warn({ message: 'content of a task could not be read', taskId: task.taskId, error: (error as Error).name });
      return undefined;
    }
  }

  private async send(wave: Handled[]): Promise<Handled[]> {
    const refusals = await this.options.sender.send(wave.filter(isReady).map(({ event }) => event));
    const isPermanent = new Map(refusals.map((refusal) => [refusal.entry, refusal.isPermanent]));
    return wave.map((handled) => {
      if (!isReady(handled)) return handled;
      const { record, event, substitute } = handled;
      if (!isPermanent.has(event)) return { record, outcome: 'published' };
      if (!isPermanent.get(event)) return { record, outcome: this.isOld(record) ? 'poison' : 'failed' };
      return substitute ? { record, outcome: 'ready', event: substitute } : { record, outcome: 'poison' };
    });
  }

  /** Puts poison where somebody finds it. Leaves out what is behind the first record that failed, or can't be parked. */
  private async park(wave: Handled[]): Promise<Handled[]> {
    return upToFailure(await inWaves(upToFailure(wave), async (handled) => (
      handled.outcome === 'poison' ? { record: handled.record, outcome: await this.parkOne(handled.record) ? 'parked' : 'failed' } : handled
    )));
  }

  /** Parks the record as it is: the stream's own failure destination gets no more than its number. */
  private async parkOne(record: DynamoDBRecord): Promise<boolean> {
    try {
      await this.options.sqs.send(new SendMessageCommand({ QueueUrl: this.options.deadLetterQueueUrl, MessageBody: JSON.stringify(record) }));
      console.error({ message: 'record can not be published, see the dead-letter queue', eventId: record.eventID });
      return true;
    } catch (error) {
      console.error({ message: 'record could not be put into the dead-letter queue', eventId: record.eventID, error: (error as Error).name });
      return false;
    }
  }

  private isOld(record: DynamoDBRecord): boolean {
    return this.ageSeconds(record) > MAX_AGE_SECONDS;
  }

  /** A record whose age is unknown is as good as new. */
  private ageSeconds({ dynamodb }: DynamoDBRecord): number {
    return this.options.now().getTime() / 1000 - (dynamodb!.ApproximateCreationDateTime ?? Infinity);
  }
}

function isReady(handled: Handled): handled is Ready {
  return handled.outcome === 'ready';
}

function upToFailure(wave: Handled[]): Handled[] {
  const failed = wave.findIndex(({ outcome }) => outcome === 'failed');
  return failed < 0 ? wave : wave.slice(0, failed + 1);
}

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { ChangeLog } from './change-log';
import { EventSender } from './event-sender';
import { Bus, incompleteEndEvent, statusEvent } from './events';
import { isTerminal } from '../../protocol/wire';
import { taskFields } from '../support/task-fields';
import { inWaves, WAVE } from '../support/waves';
import { Task } from '../task/task';
import { fromRecord } from '../task/task-items';
import { TaskStore } from '../task/task-store';

export interface StatusPublisherOptions {
  readonly store: TaskStore;
  readonly sender: EventSender;
  readonly bus: Bus;
  readonly changes: ChangeLog;
  readonly sqs: SQSClient;
  readonly deadLetterQueueUrl: string;
  readonly now: () => Date;
  /** Returns whether the invocation has time for more records. */
  readonly hasTime: () => boolean;
}

/** The stream drops a record after 24 hours. One that could not be published for this long goes to the dead-letter queue. */
const MAX_AGE_SECONDS = 20 * 3600;

/** If the first record is older than this, it has failed before, or the stream is behind. */
const LATE_SECONDS = 3;

/** A record, and what happened to it. */
type Handled = Ready | Published | {
  readonly record: DynamoDBRecord;
  /** The stream repeats a record that `failed`, with all that follow. A `poison` record would always fail. */
  readonly outcome: 'parked' | 'failed' | 'poison';
};

interface Published {
  readonly record: DynamoDBRecord;
  readonly outcome: 'published';
  readonly task: Task;
}

interface Ready {
  readonly record: DynamoDBRecord;
  readonly outcome: 'ready';
  readonly task: Task;
  readonly event: PutEventsRequestEntry;
  /** A shorter event, in case the bus refuses the first one permanently. */
  readonly substitute?: PutEventsRequestEntry;
}

/**
 * Publishes an event for each change of a task's status. The stream's filter passes on no other records.
 *
 * The stream continues from the first record that failed, and repeats all that follow. So none of those are published: the publisher works
 * in waves, and sends each event once (docs/decisions/0011-publish-in-order.md).
 */
export class StatusPublisher {
  constructor(private readonly options: StatusPublisherOptions) {}

  public async publish({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
    const { changes } = this.options;
    // Those of an invocation that failed: Lambda repeats its records, and they are counted then.
    changes.discardMetrics();
    const failed = await this.publishAll(Records);
    changes.writeMetrics();
    return { batchItemFailures: failed ? [{ itemIdentifier: failed.dynamodb!.SequenceNumber! }] : [] };
  }

  /** Returns the first record that failed, if any. */
  private async publishAll(records: DynamoDBRecord[]): Promise<DynamoDBRecord | undefined> {
    // While a record is refused, the others of its wave would be published each time. So it goes alone.
    let size = this.ageSeconds(records[0]) > LATE_SECONDS ? 1 : WAVE;
    for (let start = 0; start < records.length; start += size, size = WAVE) {
      const wave = records.slice(start, start + size);
      const failed = start === 0 || this.options.hasTime() ? await this.publishWave(wave) : wave[0];
      if (failed) return failed;
    }
    return undefined;
  }

  /** Returns the first record that failed, if any. */
  private async publishWave(records: DynamoDBRecord[]): Promise<DynamoDBRecord | undefined> {
    let wave = await this.park(await inWaves(records, (record) => this.prepare(record)));
    // Again, for the records that are left with their substitutes.
    while (wave.some(isReady)) wave = await this.park(await this.send(wave));
    // Not those after the first one that failed: they are published again.
    for (const handled of wave) if (handled.outcome === 'published') this.options.changes.add(handled.task);
    return wave.find(({ outcome }) => outcome === 'failed')?.record;
  }

  private async prepare(record: DynamoDBRecord): Promise<Handled> {
    const { bus } = this.options;
    const task = orUndefined(() => fromRecord(record));
    if (!task) return { record, outcome: 'poison' };
    const complete = await this.withContents(task);
    if (!complete && !this.isOld(record)) return { record, outcome: 'failed' };
    const events = [
      complete && orUndefined(() => statusEvent(complete, bus)),
      isTerminal(task.status) ? orUndefined(() => incompleteEndEvent(task, bus)) : undefined,
    ].filter((event) => event !== undefined);
    return events.length > 0 ? { record, outcome: 'ready', task, event: events[0], substitute: events[1] } : { record, outcome: 'poison' };
  }

  /** Adds the contents of a task; returns undefined if they can't be read now. Only the first event has the payload. */
  private async withContents(task: Task): Promise<Task | undefined> {
    try {
      const needed = task.status === 'PENDING' ? task : { ...task, payload: undefined, payloadItem: undefined };
      return await this.options.store.withContents(needed);
    } catch (error) {
      console.warn({ message: 'content of a task could not be read', ...taskFields(task), error: (error as Error).name });
      return undefined;
    }
  }

  private async send(wave: Handled[]): Promise<Handled[]> {
    const refusals = await this.options.sender.send(wave.filter(isReady).map(({ event }) => event));
    const isPermanent = new Map(refusals.map((refusal) => [refusal.entry, refusal.isPermanent]));
    return wave.map((handled) => {
      if (!isReady(handled)) return handled;
      const { record, task, event, substitute } = handled;
      if (!isPermanent.has(event)) return { record, outcome: 'published', task };
      if (!isPermanent.get(event)) return { record, outcome: this.isOld(record) ? 'poison' : 'failed' };
      return substitute ? { record, outcome: 'ready', task, event: substitute } : { record, outcome: 'poison' };
    });
  }

  /** Moves poison records to the dead-letter queue. Leaves out all that follow the first record that failed, or that could not be moved. */
  private async park(wave: Handled[]): Promise<Handled[]> {
    return upToFailure(await inWaves(upToFailure(wave), async (handled) => (
      handled.outcome === 'poison' ? { record: handled.record, outcome: await this.parkOne(handled.record) ? 'parked' : 'failed' } : handled
    )));
  }

  /** Sends the whole record to the dead-letter queue. The stream's own failure destination would get only its sequence number. */
  private async parkOne(record: DynamoDBRecord): Promise<boolean> {
    const about = { eventId: record.eventID, ...taskFields(orUndefined(() => fromRecord(record)) ?? {}) };
    try {
      const { sqs, deadLetterQueueUrl } = this.options;
      await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: JSON.stringify(record) }));
      console.error({ message: 'record cannot be published, and is in the dead-letter queue', ...about });
      return true;
    } catch (error) {
      const { name } = error as Error;
      console.error({ message: 'record could not be sent to the dead-letter queue', ...about, error: name });
      return false;
    }
  }

  private isOld(record: DynamoDBRecord): boolean {
    return this.ageSeconds(record) > MAX_AGE_SECONDS;
  }

  /** A record of unknown age counts as new. */
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

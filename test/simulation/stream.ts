import { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { Environment, Invocation } from './invocation';
import { TABLE } from '../../src/protocol/table';
import { matchesPattern } from '../support/event-pattern';
import { ItemChange } from '../support/in-memory-table';

const SHARDS = 2;
const BATCH = 100;
const RETRY_MS = 500;

export interface StreamOptions {
  /** The filters of the event source mapping. */
  readonly filters: readonly object[];
  readonly consume: (invocation: Invocation, records: DynamoDBRecord[]) => Promise<DynamoDBBatchResponse | void>;
  /** Called with the records of a batch that was handled, and will be delivered again. */
  readonly onRepeat?: (records: DynamoDBRecord[]) => void;
  /** How often a record is repeated before it is dropped. Default: until it is handled. */
  readonly retries?: number;
  /** Age at which a record is dropped that was not handled. Default: none. */
  readonly maxAgeMs?: number;
}

interface Waiting {
  readonly record: DynamoDBRecord;
  readonly since: number;
  failures: number;
}

/**
 * The table's stream with one event source mapping: repeats a batch until it succeeds or is given up, and sometimes once more, in order for
 * each item. Each mapping has its own position.
 */
export class Stream {
  private readonly shards: Waiting[][] = Array.from({ length: SHARDS }, () => []);
  private readonly isBusy: boolean[] = Array(SHARDS).fill(false);
  private sequenceNumber = 0;

  constructor(private readonly environment: Environment, private readonly options: StreamOptions) {}

  public push({ before, after }: ItemChange): void {
    const { clock, random } = this.environment;
    const record = {
      eventID: `event-${++this.sequenceNumber}`,
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: {
        SequenceNumber: String(this.sequenceNumber).padStart(12, '0'),
        ApproximateCreationDateTime: clock.now / 1000,
        NewImage: after,
        OldImage: before,
      },
    } as DynamoDBRecord;
    if (!this.options.filters.some((pattern) => matchesPattern(pattern, record))) return;
    const shard = after[TABLE.PARTITION_KEY].S!.charCodeAt(0) % SHARDS;
    this.shards[shard].push({ record, since: clock.now, failures: 0 });
    this.wake(shard, 10 * random.int(1, 50));
  }

  private wake(shard: number, ms: number): void {
    if (this.isBusy[shard] || this.shards[shard].length === 0) return;
    this.isBusy[shard] = true;
    this.environment.clock.after(ms, () => void this.deliver(shard));
  }

  private async deliver(shard: number): Promise<void> {
    const { random, faults } = this.environment;
    const { consume, onRepeat } = this.options;
    const batch = this.shards[shard].slice(0, BATCH);
    const records = batch.map(({ record }) => record);
    const done = await new Invocation(this.environment).run((invocation) => consume(invocation, records)).then(
      (response) => countDone(records, response?.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) ?? []),
      () => 0,
    );
    // If a checkpoint is lost, the batch is repeated.
    if (random.chance(faults.duplicate)) onRepeat?.(records.slice(0, done));
    else this.shards[shard].splice(0, done);
    if (done < batch.length) this.giveUp(shard, batch);
    this.isBusy[shard] = false;
    this.wake(shard, done === batch.length ? 10 : RETRY_MS);
  }

  /** Drops those records of a failed batch that were repeated often enough, or are too old. */
  private giveUp(shard: number, batch: Waiting[]): void {
    const { retries = Infinity, maxAgeMs = Infinity } = this.options;
    for (const waiting of batch) waiting.failures++;
    const isKept = ({ failures, since }: Waiting) => failures <= retries && this.environment.clock.now - since <= maxAgeMs;
    this.shards[shard] = this.shards[shard].filter(isKept);
  }
}

/** Counts the records before the lowest failure: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html */
function countDone(batch: DynamoDBRecord[], failures: string[]): number {
  if (failures.length === 0) return batch.length;
  return Math.min(...failures.map((failure) => batch.findIndex(({ dynamodb }) => dynamodb!.SequenceNumber === failure)));
}

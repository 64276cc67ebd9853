import { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';
import { Environment, Invocation } from './invocation';
import { STREAM_FILTERS, TABLE } from '../../src/protocol/table';
import { matchesPattern } from '../support/event-pattern';
import { ItemChange } from '../support/in-memory-table';

const SHARDS = 2;
const BATCH = 100;
const RETRY_MS = 500;

type Consume = (invocation: Invocation, records: DynamoDBRecord[]) => Promise<DynamoDBBatchResponse>;

/** The table's stream with its event source mapping: repeats a batch until it succeeds and sometimes once more, in order for each item. */
export class Stream {
  private readonly shards: DynamoDBRecord[][] = Array.from({ length: SHARDS }, () => []);
  private readonly isBusy: boolean[] = Array(SHARDS).fill(false);
  private sequenceNumber = 0;

  /** @param onRepeat called with the records of a batch that was handled, and will be delivered again */
  constructor(
    private readonly environment: Environment,
    private readonly consume: Consume,
    private readonly onRepeat: (records: DynamoDBRecord[]) => void,
  ) {}

  public push({ before, after }: ItemChange): void {
    const { clock, random } = this.environment;
    const record = {
      eventID: `event-${++this.sequenceNumber}`,
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: { SequenceNumber: String(this.sequenceNumber).padStart(12, '0'), ApproximateCreationDateTime: clock.now / 1000, NewImage: after },
    } as DynamoDBRecord;
    if (!STREAM_FILTERS.some((pattern) => matchesPattern(pattern, record))) return;
    const shard = after[TABLE.PARTITION_KEY].S!.charCodeAt(0) % SHARDS;
    this.shards[shard].push(record);
    this.wake(shard, 10 * random.int(1, 50));
  }

  private wake(shard: number, ms: number): void {
    if (this.isBusy[shard] || this.shards[shard].length === 0) return;
    this.isBusy[shard] = true;
    this.environment.clock.after(ms, () => void this.deliver(shard));
  }

  private async deliver(shard: number): Promise<void> {
    const { random, faults } = this.environment;
    const batch = this.shards[shard].slice(0, BATCH);
    const done = await new Invocation(this.environment).run((invocation) => this.consume(invocation, batch)).then(
      ({ batchItemFailures }) => countDone(batch, batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => 0,
    );
    // If a checkpoint is lost, the batch is repeated.
    if (random.chance(faults.duplicate)) this.onRepeat(batch.slice(0, done));
    else this.shards[shard].splice(0, done);
    this.isBusy[shard] = false;
    this.wake(shard, done === batch.length ? 10 : RETRY_MS);
  }
}

/** Counts the records before the lowest failure: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html */
function countDone(batch: DynamoDBRecord[], failures: string[]): number {
  if (failures.length === 0) return batch.length;
  return Math.min(...failures.map((failure) => batch.findIndex(({ dynamodb }) => dynamodb!.SequenceNumber === failure)));
}

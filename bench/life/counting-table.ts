import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Item, readUnits, writeUnits } from './item-size';
import { TABLE } from '../../src/protocol/table';
import { InMemoryTable, ItemChange } from '../../test/support/in-memory-table';

/** Consumed capacity. */
export interface Units {
  read: number;
  write: number;
  /** Part of the write units that index `checks` consumed. */
  checks: number;
  /** Part of the write units that index `owners` consumed. */
  owners: number;
}

const KEYS = [TABLE.PARTITION_KEY, TABLE.SORT_KEY];

/** Keys and projected attributes of each index, as in src/private/pipeline/task-table.ts. */
const INDEXES = {
  checks: { keys: [TABLE.CHECK_SHARD, TABLE.CHECK_AT], attributes: KEYS },
  owners: { keys: [TABLE.OWNER_SPACE, TABLE.CREATED_KEY], attributes: [...KEYS, TABLE.TYPE] },
};

/** A table in memory that counts the calls, and the units that DynamoDB would charge for them. */
export class CountingTable {
  public readonly calls: string[] = [];
  public readonly units: Units = { read: 0, write: 0, checks: 0, owners: 0 };
  public readonly changes: ItemChange[] = [];
  private readonly table: InMemoryTable;

  constructor(now: () => number) {
    this.table = new InMemoryTable({
      now,
      indexLag: () => 0,
      onChange: (change) => {
        this.changes.push(change);
        this.meterWrite(change);
      },
    });
  }

  /** Returns an SDK client for the store. The table counts its calls. */
  public sdkClient(): DynamoDBClient {
    return { send: async (command: { readonly input: any }) => this.execute(command) } as unknown as DynamoDBClient;
  }

  private execute(command: { readonly input: any }): object {
    const name = command.constructor.name.replace(/Command$/, '');
    this.calls.push(name);
    try {
      const result = this.table.execute(command);
      if (name === 'GetItem') this.units.read += readUnits((result as { Item?: Item }).Item) / (command.input.ConsistentRead ? 1 : 2);
      if (name === 'Query') throw new Error('unexpected query: bench/cost.ts counts the queries of the sweeper');
      return result;
    } catch (error) {
      // DynamoDB charges a failed condition like the write.
      if (error instanceof ConditionalCheckFailedException) this.units.write += writeUnits(error.Item, undefined);
      throw error;
    }
  }

  private meterWrite({ before, after }: ItemChange): void {
    this.units.write += writeUnits(before, after);
    for (const name of ['checks', 'owners'] as const) {
      const units = indexUnits(INDEXES[name], before, after);
      this.units[name] += units;
      this.units.write += units;
    }
  }
}

/**
 * Returns the write units that an index consumes: none if no projected attribute changes, and a deletion and a write if a key changes.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
function indexUnits({ keys, attributes }: { keys: string[]; attributes: string[] }, before: Item | undefined, after: Item): number {
  const project = (item: Item | undefined) => item && keys.every((key) => item[key])
    ? Object.fromEntries([...keys, ...attributes].map((name) => [name, item[name]]))
    : undefined;
  const [old, now] = [project(before), project(after)];
  if (JSON.stringify(old) === JSON.stringify(now)) return 0;
  const keyChanged = old && now && keys.some((key) => old[key].S !== now[key].S);
  return keyChanged ? writeUnits(old, undefined) + writeUnits(undefined, now) : writeUnits(old, now);
}

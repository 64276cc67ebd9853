import {
  BatchGetItemCommand, BatchGetItemCommandInput, ConditionalCheckFailedException, GetItemCommand, GetItemCommandInput, PutItemCommand,
  PutItemCommandInput, QueryCommand, QueryCommandInput, UpdateItemCommand, UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Item, parseCondition, parseUpdate } from './expressions';
import { TABLE } from '../../src/protocol/table';

const MAX_ITEM_BYTES = 400 * 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The attributes that each index has: the keys of the table and of the index, and what it includes. */
const CHECKS_PROJECTION = [TABLE.PARTITION_KEY, TABLE.SORT_KEY, TABLE.CHECK_SHARD, TABLE.CHECK_AT];
const OWNERS_PROJECTION = [TABLE.PARTITION_KEY, TABLE.SORT_KEY, TABLE.OWNER_SPACE, TABLE.CREATED_KEY, TABLE.TYPE];

/** A change of an item, as in the table's stream. */
export interface ItemChange {
  readonly before?: Item;
  readonly after: Item;
}

/** An image of an item in the index, and its time. */
interface IndexEntry {
  readonly since: number;
  readonly item: Item;
}

export interface InMemoryTableOptions {
  readonly now: () => number;
  /** Returns how many milliseconds the index currently lags behind the table. */
  readonly indexLag: () => number;
  /** Returns how many milliseconds a read that is not strongly consistent currently lags behind. Default: it does not. */
  readonly readLag?: () => number;
  readonly onChange: (change: ItemChange) => void;
}

/** An image of an item that reads can still return, and until when. */
interface OldImage {
  readonly until: number;
  readonly item?: Item;
}

/** Stands in for the DynamoDB table of a TaskManager: takes the requests of the store, and keeps the items in a map. */
export class InMemoryTable {
  public readonly items = new Map<string, Item>();
  /** The index of the open tasks, by shard, then by item: the image that the index has, and the one that it will have next. */
  private readonly index = new Map<string, Map<string, IndexEntry[]>>();
  private readonly oldImages = new Map<string, OldImage>();

  constructor(private readonly options: InMemoryTableOptions) {}

  public execute(command: { readonly input: object }): object {
    if (command instanceof GetItemCommand) return this.get(command.input);
    if (command instanceof PutItemCommand) return this.put(command.input);
    if (command instanceof UpdateItemCommand) return this.update(command.input);
    if (command instanceof QueryCommand) return this.query(command.input);
    if (command instanceof BatchGetItemCommand) return this.batchGet(command.input);
    throw new Error(`the in-memory table does not support ${command.constructor.name}`);
  }

  /** Removes an item, as the TTL does. Returns the item. */
  public remove(key: string): Item | undefined {
    const item = this.items.get(key);
    this.items.delete(key);
    return item;
  }

  private get({ Key, ConsistentRead }: GetItemCommandInput): object {
    const key = keyOf(Key!);
    const old = ConsistentRead ? undefined : this.oldImages.get(key);
    const item = old && this.options.now() < old.until ? old.item : this.items.get(key);
    return item ? { Item: item } : {};
  }

  /** Returns items in no particular order, without those that don't exist. */
  private batchGet({ RequestItems }: BatchGetItemCommandInput): object {
    const itemsOf = (keys: Item[]) => keys.map((key) => this.items.get(keyOf(key))).filter((item) => item !== undefined).reverse();
    const responses = Object.entries(RequestItems!).map(([tableName, { Keys }]) => [tableName, itemsOf(Keys as Item[])]);
    return { Responses: Object.fromEntries(responses) };
  }

  private put(input: PutItemCommandInput): object {
    const before = this.items.get(keyOf(input.Item!));
    this.check(input, before);
    this.write(before, input.Item!);
    return {};
  }

  private update(input: UpdateItemCommandInput): object {
    const before = this.items.get(keyOf(input.Key!));
    this.check(input, before);
    const after = parseUpdate(input.UpdateExpression!)({
      item: before ?? input.Key!, names: input.ExpressionAttributeNames ?? {}, values: input.ExpressionAttributeValues ?? {},
    });
    this.write(before, after);
    return input.ReturnValues === 'ALL_NEW' ? { Attributes: after } : {};
  }

  private query(input: QueryCommandInput): object {
    if (input.IndexName === TABLE.CHECKS_INDEX) return this.queryChecks(input);
    if (input.IndexName === TABLE.OWNERS_INDEX && input.ScanIndexForward === false) return this.queryOwners(input);
    throw new Error(`the in-memory table does not support this query of ${input.IndexName}`);
  }

  private queryChecks({ ExpressionAttributeValues: values, Limit = Infinity, ExclusiveStartKey }: QueryCommandInput): object {
    const found: Item[] = [];
    for (const [key, entries] of this.index.get(values![':shard'].S!) ?? []) {
      const visible = entries.filter(({ since }) => since <= this.options.now()).at(-1)?.item;
      if (visible?.[TABLE.CHECK_AT] && visible[TABLE.CHECK_AT].S! <= values![':now'].S!) found.push(projected(visible, CHECKS_PROJECTION));
      // Images that the index no longer returns are dropped.
      if (entries.length === 1 && visible && !visible[TABLE.CHECK_AT]) this.index.get(values![':shard'].S!)!.delete(key);
      else if (visible) entries.splice(0, entries.findIndex(({ item }) => item === visible));
    }
    found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const rest = ExclusiveStartKey ? found.filter((item) => orderOf(item) > orderOf(ExclusiveStartKey)) : found;
    const Items = rest.slice(0, Limit);
    return { Items, ...(rest.length > Items.length && { LastEvaluatedKey: Items.at(-1) }) };
  }

  /** Returns the newest first. Like DynamoDB, returns a LastEvaluatedKey whenever the limit is reached, even if no item follows. */
  private queryOwners({ ExpressionAttributeValues: values, Limit }: QueryCommandInput): object {
    const { ':space': { S: space }, ':after': { S: after } = { S: '~' } } = values as Record<string, { S: string }>;
    const found = [...this.items.values()].filter((item) => item[TABLE.OWNER_SPACE]?.S === space && item[TABLE.CREATED_KEY].S! < after);
    found.sort((a, b) => (a[TABLE.CREATED_KEY].S! < b[TABLE.CREATED_KEY].S! ? 1 : -1));
    const Items = found.slice(0, Limit).map((item) => projected(item, OWNERS_PROJECTION));
    return { Items, ...(Items.length === Limit && { LastEvaluatedKey: Items.at(-1) }) };
  }

  private check(input: PutItemCommandInput | UpdateItemCommandInput, before: Item | undefined): void {
    const { ConditionExpression, ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = input;
    if (ConditionExpression === undefined || parseCondition(ConditionExpression)({ item: before ?? {}, names, values })) return;
    throw new ConditionalCheckFailedException({
      $metadata: {},
      message: 'The conditional request failed',
      ...(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && before && { Item: before }),
    });
  }

  private write(before: Item | undefined, after: Item): void {
    checkStorable(after, before);
    this.items.set(keyOf(after), after);
    if (this.options.readLag) this.oldImages.set(keyOf(after), { item: before, until: this.options.now() + this.options.readLag() });
    const shard = (after[TABLE.CHECK_SHARD] ?? before?.[TABLE.CHECK_SHARD])?.S;
    if (shard !== undefined) this.updateIndex(shard, after);
    this.options.onChange({ before, after });
  }

  private updateIndex(shard: string, item: Item): void {
    const entries = this.index.get(shard) ?? new Map<string, IndexEntry[]>();
    this.index.set(shard, entries);
    const key = keyOf(item);
    const history = entries.get(key) ?? [];
    entries.set(key, history);
    // Changes of one item reach the index in order.
    history.push({ since: Math.max(history.at(-1)?.since ?? 0, this.options.now() + this.options.indexLag()), item });
  }
}

/** Checks that text is valid Unicode and that an item has at most 400 KB, as DynamoDB does. Skips attributes that have not changed. */
function checkStorable(item: Item, before: Item = {}): void {
  let isLong = false;
  for (const name in item) {
    const value = item[name];
    if (value === before[name]) continue;
    if (value.M) checkStorable(value.M);
    if (value.S === undefined) continue;
    if (LONE_SURROGATE.test(value.S)) throw new Error('SerializationException: text is not valid Unicode');
    isLong ||= value.S.length > MAX_ITEM_BYTES / 16;
  }
  // Items without a long text are never too large.
  if (isLong && Buffer.byteLength(JSON.stringify(item)) > MAX_ITEM_BYTES) throw new Error('ValidationException: the item is too large');
}

function keyOf(item: Item): string {
  return `${item[TABLE.PARTITION_KEY].S}/${item[TABLE.SORT_KEY].S}`;
}

function projected(item: Item, names: string[]): Item {
  return Object.fromEntries(names.map((name) => [name, item[name]]));
}

function orderOf(item: Item): string {
  return `${item[TABLE.CHECK_AT].S}/${keyOf(item)}`;
}

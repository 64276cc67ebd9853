import {
  ConditionalCheckFailedException, GetItemCommand, GetItemCommandInput, PutItemCommand, PutItemCommandInput, QueryCommand,
  QueryCommandInput, UpdateItemCommand, UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Item, parseCondition, parseUpdate } from './expressions';
import { TABLE } from '../../src/protocol/table';

const MAX_ITEM_BYTES = 400 * 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** A change of an item, as the table's stream tells of it. */
export interface ItemChange {
  readonly before?: Item;
  readonly after: Item;
}

/** What an item looked like in the index, and since when. */
interface IndexEntry {
  readonly since: number;
  readonly item: Item;
}

export interface InMemoryTableOptions {
  readonly now: () => number;
  /** How many milliseconds the index lags behind the table at the moment. */
  readonly indexLag: () => number;
  readonly onChange: (change: ItemChange) => void;
}

/** Behaves like the DynamoDB table of a TaskManager: the very requests of the store, on a map. */
export class InMemoryTable {
  public readonly items = new Map<string, Item>();
  /** By shard, then by item: the image that the index has, and the one that it will have next. */
  private readonly index = new Map<string, Map<string, IndexEntry[]>>();

  constructor(private readonly options: InMemoryTableOptions) {}

  public execute(command: { readonly input: object }): object {
    if (command instanceof GetItemCommand) return this.get(command.input);
    if (command instanceof PutItemCommand) return this.put(command.input);
    if (command instanceof UpdateItemCommand) return this.update(command.input);
    if (command instanceof QueryCommand) return this.query(command.input);
    throw new Error(`the in-memory table knows no ${command.constructor.name}`);
  }

  /** Removes an item, as the table's TTL does. Returns it. */
  public remove(key: string): Item | undefined {
    const item = this.items.get(key);
    this.items.delete(key);
    return item;
  }

  private get({ Key }: GetItemCommandInput): object {
    const item = this.items.get(keyOf(Key!));
    return item ? { Item: item } : {};
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

  private query({ ExpressionAttributeValues: values, Limit = Infinity, ExclusiveStartKey }: QueryCommandInput): object {
    const found: Item[] = [];
    for (const [key, entries] of this.index.get(values![':shard'].S!) ?? []) {
      const visible = entries.filter(({ since }) => since <= this.options.now()).at(-1)?.item;
      if (visible?.[TABLE.CHECK_AT] && visible[TABLE.CHECK_AT].S! <= values![':now'].S!) found.push(keysOf(visible));
      // What the index has left behind can't be seen any more.
      if (entries.length === 1 && visible && !visible[TABLE.CHECK_AT]) this.index.get(values![':shard'].S!)!.delete(key);
      else if (visible) entries.splice(0, entries.findIndex(({ item }) => item === visible));
    }
    found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const rest = ExclusiveStartKey ? found.filter((item) => orderOf(item) > orderOf(ExclusiveStartKey)) : found;
    const Items = rest.slice(0, Limit);
    return { Items, ...(rest.length > Items.length && { LastEvaluatedKey: Items.at(-1) }) };
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
    requireStorable(after, before);
    this.items.set(keyOf(after), after);
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
    // Changes of one item reach the index in their order.
    history.push({ since: Math.max(history.at(-1)?.since ?? 0, this.options.now() + this.options.indexLag()), item });
  }
}

/** Holds an item to what DynamoDB holds it to: text is Unicode, and an item has 400 KB at most. What has not changed was looked at before. */
function requireStorable(item: Item, before: Item = {}): void {
  let isLong = false;
  for (const name in item) {
    const value = item[name];
    if (value === before[name]) continue;
    if (value.M) requireStorable(value.M);
    if (value.S === undefined) continue;
    if (LONE_SURROGATE.test(value.S)) throw new Error('SerializationException: text is not valid Unicode');
    isLong ||= value.S.length > MAX_ITEM_BYTES / 16;
  }
  // Items without a long text have not the attributes to be too large.
  if (isLong && Buffer.byteLength(JSON.stringify(item)) > MAX_ITEM_BYTES) throw new Error('ValidationException: the item is too large');
}

function keyOf(item: Item): string {
  return `${item[TABLE.PARTITION_KEY].S}/${item[TABLE.SORT_KEY].S}`;
}

/** What the index projects: KEYS_ONLY. */
function keysOf(item: Item): Item {
  return Object.fromEntries([TABLE.PARTITION_KEY, TABLE.SORT_KEY, TABLE.CHECK_SHARD, TABLE.CHECK_AT].map((name) => [name, item[name]]));
}

function orderOf(item: Item): string {
  return `${item[TABLE.CHECK_AT].S}/${keyOf(item)}`;
}

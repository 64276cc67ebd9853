import { AttributeValue, CreateTableCommand, DynamoDBClient, KeySchemaElement, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';
import { TRACE } from './builders';
import { InMemoryTable } from './in-memory-table';
import { TABLE } from '../../src/protocol/table';
import { TaskUpdatedDetail } from '../../src/protocol/wire';
import { CHECK_SHARDS } from '../../src/runtime/task/index-keys';
import { newTask, Task } from '../../src/runtime/task/task';
import { TaskReport } from '../../src/runtime/task/task-report';
import { TaskStore } from '../../src/runtime/task/task-store';

const START = Date.UTC(2026, 0, 1);
const LONG = 'x'.repeat(3000);

/** One call of the store, with the seconds since the call before. */
type Step = { readonly afterSeconds: number; readonly task: number } & (
  | { readonly call: 'update'; readonly taskType: string; readonly about: Pick<TaskUpdatedDetail, 'taskCreatedAt'> & Pick<TaskReport, 'reportedAt'>; readonly update: Record<string, unknown> & Pick<TaskUpdatedDetail, 'status'> }
  | { readonly call: 'find' | 'upToDate' | 'check' | 'tasksToCheck' }
);

const updates = fc.oneof(
  fc.record(
    { status: fc.constant('RUNNING' as const), sequence: fc.integer({ min: -2, max: 5 }), heartbeatSeconds: fc.constantFrom(0, 10, 60, 5000), progress: fc.record({ percent: fc.integer({ min: 0, max: 100 }) }) },
    { requiredKeys: ['status'] },
  ),
  fc.record({ status: fc.constant('SUCCESSFUL' as const), result: fc.constantFrom(null, 'short', LONG, { a: [1.5, '', {}] }) }, { requiredKeys: ['status'] }),
  fc.record({ status: fc.constant('FAILED' as const), error: fc.constant({ code: 'NoDisk', message: 'the disk is full' }) }),
);

/** Which task a report is about: this one, an earlier one with the same id, or not stated. */
const lives = fc.constantFrom(
  {},
  { taskCreatedAt: new Date(START).toISOString() },
  { taskCreatedAt: new Date(START - 1).toISOString() },
  { reportedAt: new Date(START) },
  { reportedAt: new Date(START - 1) },
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ afterSeconds: fc.nat(120), task: fc.nat(3), call: fc.constant('update' as const), taskType: fc.constantFrom('export', 'export', 'report'), about: lives, update: updates }) },
  { weight: 2, arbitrary: fc.record({ afterSeconds: fc.nat(2000), task: fc.nat(3), call: fc.constantFrom('find', 'upToDate', 'check', 'tasksToCheck' as const) }) },
);

interface Comparison {
  readonly seed: number;
  readonly runs: number;
  /** @default - a store with the client */
  readonly storeOf?: (tableName: string) => TaskStore;
}

/** Runs the same seeded calls of the store on a real DynamoDB engine and on the in-memory table. Rejects if the outcomes differ. */
export async function compareStores(client: DynamoDBClient, { seed, runs, storeOf }: Comparison): Promise<void> {
  let tables = 0;
  await fc.assert(fc.asyncProperty(fc.array(steps, { minLength: 1, maxLength: 25 }), async (sequence) => {
    const tableName = `Equivalence-${seed}-${tables++}`;
    await createTable(client, tableName);
    let now = START;
    const inMemory = new InMemoryTable({ now: () => now, indexLag: () => 0, onChange: () => {} });
    const memoryClient = Object.assign(Object.create(DynamoDBClient.prototype), {
      send: async (command: { input: object }) => inMemory.execute(command),
    });
    const stores = [storeOf?.(tableName) ?? new TaskStore(client, tableName, 3600), new TaskStore(memoryClient, tableName, 3600)];

    // The last task is not in the tables.
    const tasks = ['short', LONG, undefined, 'unknown'].map((payload, i) => newTask({ type: 'export', payload }, { taskTimeoutSeconds: 1000 + i, trace: TRACE }, new Date(now)));
    for (const task of tasks.slice(0, 3)) for (const store of stores) await store.create(task);
    for (const step of sequence) {
      now += step.afterSeconds * 1000;
      const [real, simulated] = await Promise.all(stores.map((store) => perform(store, step, tasks[step.task], new Date(now))));
      checkEqual(`the outcome of ${JSON.stringify(step)}`, real, simulated);
    }
    const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
    checkEqual('the items', normalized(Items), normalized([...inMemory.items.values()]));
  }), { seed, numRuns: runs });
}

async function perform(store: TaskStore, step: Step, { taskId }: Task, now: Date): Promise<unknown> {
  if (step.call === 'update') {
    const { taskType, about: { taskCreatedAt, reportedAt }, update } = step;
    const outcome = await store.update({ taskType, detail: { taskId, taskCreatedAt, ...update } as TaskUpdatedDetail, reportedAt }, now);
    return outcome.applied ? outcome : { ...outcome, task: withoutItems(outcome.task) };
  }
  if (step.call === 'tasksToCheck') {
    const found: string[] = [];
    for (let shard = 0; shard < CHECK_SHARDS; shard++) found.push(...(await store.tasksToCheck({ shard }, now)).taskIds);
    return found.sort();
  }
  if (step.call === 'check') return store.check(taskId, () => now);
  const task = await store.find(taskId);
  if (step.call === 'find') return withoutItems(task && await store.withContents(task));
  return withoutItems(task && await store.upToDate(task, () => now));
}

/** Replaces the names of content items, which are random. */
function withoutItems<T extends Task | undefined>(task: T): T {
  return task && { ...task, payloadItem: task.payloadItem && 'payload', resultItem: task.resultItem && 'result' };
}

function normalized(items: Record<string, AttributeValue>[]): string[] {
  return items.map((item) => canonical(item).replaceAll(/(payload|result)#[\w-]+/g, '$1')).sort();
}

function checkEqual(what: string, real: unknown, simulated: unknown): void {
  const [a, b] = [canonical(real), canonical(simulated)];
  if (a !== b) throw new Error(`${what} differs:\n  real:      ${a}\n  simulated: ${b}`);
}

/** Returns JSON with the members of objects in alphabetical order. */
function canonical(value: unknown): string {
  return String(JSON.stringify(value, (_, member) =>
    member?.constructor === Object ? Object.fromEntries(Object.entries(member).sort()) : member));
}

/** Creates a table with the keys and indexes of a TaskManager's table. */
export async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const indexes = {
    [TABLE.CHECKS_INDEX]: [TABLE.CHECK_SHARD, TABLE.CHECK_AT],
    [TABLE.OWNERS_INDEX]: [TABLE.OWNER_SPACE, TABLE.CREATED_KEY],
  };
  const keys = [[TABLE.PARTITION_KEY, TABLE.SORT_KEY], ...Object.values(indexes)];
  await client.send(new CreateTableCommand({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: keys.flat().map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keySchema(keys[0]),
    GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, names]) => ({
      IndexName,
      KeySchema: keySchema(names),
      Projection: IndexName === TABLE.OWNERS_INDEX ? { ProjectionType: 'INCLUDE', NonKeyAttributes: [TABLE.TYPE] } : { ProjectionType: 'KEYS_ONLY' },
    })),
  }));
}

function keySchema([partitionKey, sortKey]: string[]): KeySchemaElement[] {
  return [{ AttributeName: partitionKey, KeyType: 'HASH' }, { AttributeName: sortKey, KeyType: 'RANGE' }];
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { median } from '../support/stats';
import { newTask } from '../../src/runtime/task/task';
import { listTasks } from '../../src/runtime/task/task-list';
import { TaskStore } from '../../src/runtime/task/task-store';
import { createTable } from '../support/store-equivalence';

const TABLE_NAME = 'Growth';
const SIZES = [100, 1_000, 10_000];
const PAGE = 20;
const SAMPLES = 20;
const CREATES_AT_ONCE = 50;

/** Lists a page of the shared space of ever more tasks, and rejects when that consumes more with ten times as many. */
export async function checkGrowthOfList(client: DynamoDBClient): Promise<void> {
  await createTable(client, TABLE_NAME);
  const store = new TaskStore(client, TABLE_NAME, 3600);
  const consumed = meterReads(client);
  const units: number[] = [];
  let there = 0;
  for (const size of SIZES) {
    for (; there < size; there += CREATES_AT_ONCE) await Promise.all(Array.from({ length: CREATES_AT_ONCE }, () => create(store)));
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      consumed.units = 0;
      const start = performance.now();
      const { tasks } = await listTasks(store, undefined, { limit: PAGE }, () => new Date());
      times.push(performance.now() - start);
      if (tasks.length !== PAGE) throw new Error(`expected a page of ${PAGE} tasks, got ${tasks.length}`);
    }
    units.push(consumed.units);
    console.log(`a page of ${PAGE} of ${size} tasks: ${consumed.units} read units, ${median(times).toFixed(1)} ms`);
  }
  // With 100 tasks, some shards have no full page.
  if (units[2] !== units[1]) throw new Error(`a page of 10,000 tasks consumes ${units[2]} read units, and of 1,000 it was ${units[1]}`);
}

async function create(store: TaskStore): Promise<void> {
  await store.create(newTask({ type: 'export', payload: { n: 1 } }, { taskTimeoutSeconds: 86_400 }, new Date()));
}

/** Has the database tell what each read consumes. */
function meterReads(client: DynamoDBClient): { units: number } {
  const consumed = { units: 0 };
  client.middlewareStack.add((next, { commandName }) => async (args) => {
    if (!/^(Query|BatchGetItem)Command$/.test(commandName!)) return next(args);
    const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input });
    for (const { CapacityUnits } of [(result.output as any).ConsumedCapacity].flat()) consumed.units += CapacityUnits;
    return result;
  }, { step: 'initialize', name: 'meterReads' });
  return consumed;
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { newTask } from '../../src/runtime/task/task';
import { listTasks } from '../../src/runtime/task/task-list';
import { TaskStore } from '../../src/runtime/task/task-store';
import { TRACE } from '../support/builders';
import { median } from '../support/stats';
import { createTable } from '../support/store-equivalence';

const TABLE_NAME = 'Growth';
const SIZES = [100, 1_000, 10_000];
const PAGE = 20;
const SAMPLES = 20;
const CREATES_AT_ONCE = 50;

/** Lists a page of the shared space with more and more tasks. Rejects if ten times as many tasks consume more. */
export async function checkGrowthOfList(dynamodb: DynamoDBClient): Promise<void> {
  await createTable(dynamodb, TABLE_NAME);
  const store = new TaskStore(dynamodb, TABLE_NAME, 3600);
  const consumed = meterReads(dynamodb);
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
    console.log(`a page of ${PAGE} out of ${size} tasks: ${consumed.units} read units, ${median(times).toFixed(1)} ms`);
  }
  // With 100 tasks, some shards do not have a full page.
  if (units[2] !== units[1]) throw new Error(`a page out of 10,000 tasks must consume the same as one out of 1,000, got ${units[2]} and ${units[1]} read units`);
}

async function create(store: TaskStore): Promise<void> {
  await store.create(newTask({ type: 'export', payload: { n: 1 } }, { taskTimeoutSeconds: 86_400, trace: TRACE }, new Date()));
}

/** Counts the read units that the database reports. */
function meterReads(dynamodb: DynamoDBClient): { units: number } {
  const consumed = { units: 0 };
  dynamodb.middlewareStack.add((next, { commandName }) => async (args) => {
    if (!/^(Query|BatchGetItem)Command$/.test(commandName!)) return next(args);
    const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } as typeof args.input });
    for (const { CapacityUnits } of [(result.output as any).ConsumedCapacity].flat()) consumed.units += CapacityUnits;
    return result;
  }, { step: 'initialize', name: 'meterReads' });
  return consumed;
}

import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Pipeline } from './pipeline';
import { Engine } from '../../local/engine/engine';
import { median, round } from '../../test/support/stats';
import { taskItem } from '../events';

/** Times with a number of tasks in the table, in milliseconds (medians). */
export interface Growth {
  readonly tasks: number;
  readonly createMs: number;
  readonly pollMs: number;
  readonly listMs: number;
  /** Time from the creation of a task to its end. */
  readonly endedMs: number;
}

const SAMPLES = 20;
const ITEMS_A_CALL = 25;
const CALLS_AT_ONCE = 8;

/** Fills the table up to each of the sizes, and measures the times with each. */
export async function measureGrowth(engine: Pick<Engine, 'sdkClientConfig'>, tableName: string, pipeline: Pipeline, sizes: number[]): Promise<Growth[]> {
  const dynamodb = new DynamoDBClient(engine.sdkClientConfig);
  const growth: Growth[] = [];
  let there = 0;
  for (const tasks of sizes) {
    await fill(dynamodb, tableName, tasks - there);
    there = tasks;
    // This task ends only after all written items were published.
    await pipeline.run();
    const { taskId } = await pipeline.create('unprocessed');
    growth.push({
      tasks,
      createMs: await medianMs(() => pipeline.create('unprocessed')),
      pollMs: await medianMs(() => pipeline.request(`tasks/${taskId}`)),
      listMs: await medianMs(() => pipeline.request('tasks')),
      endedMs: median(await repeat(async () => (await pipeline.run()).ended)),
    });
  }
  dynamodb.destroy();
  return growth;
}

async function fill(dynamodb: DynamoDBClient, tableName: string, count: number): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, async () => {
    while (left > 0) {
      const size = Math.min(ITEMS_A_CALL, left);
      left -= size;
      const requests = Array.from({ length: size }, () => ({ PutRequest: { Item: { ...taskItem(), type: { S: 'unprocessed' } } } }));
      await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
    }
  }));
}

async function medianMs(what: () => Promise<unknown>): Promise<number> {
  return round(median(await repeat(async () => {
    const start = performance.now();
    await what();
    return performance.now() - start;
  })));
}

async function repeat(what: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < SAMPLES; i++) values.push(await what());
  return values;
}

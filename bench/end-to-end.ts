import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { STACK, synthesize } from './end-to-end/app';
import { Growth, measureGrowth } from './end-to-end/growth';
import { Pipeline, Times } from './end-to-end/pipeline';
import { deploy } from '../local/deploy/deploy';
import { withEngine } from '../local/engine/with-engine';
import { median, quantile, round } from '../test/support/stats';

export interface Latencies {
  readonly pipeline: string;
  readonly concurrency: number;
  readonly tasks: number;
  /** Median, in milliseconds, like `startedMs`. */
  readonly acceptedMs: number;
  readonly startedMs: number;
  readonly endedMs: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly tasksPerSecond: number;
}

export interface EndToEnd {
  /** Time of the first task of each pipeline, which starts all functions. */
  readonly firstMs: Record<string, number>;
  readonly latencies: Latencies[];
  readonly growth: Growth[];
}

export const OURS = 'TaskManager';
export const NAIVE = 'naive pipeline';

export interface Load {
  readonly concurrency: number;
  readonly tasks: number;
}

/** Deploys both pipelines on the local engine, and runs the same loads on both, in turns. */
export async function measureEndToEnd(loads: Load[], sizes: number[]): Promise<EndToEnd> {
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-bench-'));
  try {
    synthesize(assembly);
    let result: EndToEnd | undefined;
    await withEngine({}, async (engine) => {
      const deployment = await deploy(engine, assembly);
      const ours = new Pipeline(engine, deployment.apiUrl(STACK, 'TaskManagerUrl'));
      const pipelines = { [OURS]: ours, [NAIVE]: new Pipeline(engine, deployment.apiUrl(STACK, 'NaiveUrl')) };
      const firstMs: Record<string, number> = {};
      for (const [name, pipeline] of Object.entries(pipelines)) firstMs[name] = (await pipeline.run()).ended;

      const latencies: Latencies[] = [];
      for (const load of loads) {
        for (const [name, pipeline] of Object.entries(pipelines)) latencies.push(await measure(name, pipeline, load));
      }
      const growth = await measureGrowth(engine, deployment.outputs(STACK).TableName, ours, sizes);
      result = { firstMs, latencies, growth };
    });
    return result!;
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

async function measure(name: string, pipeline: Pipeline, { concurrency, tasks }: Load): Promise<Latencies> {
  // Starts all the instances that the load needs.
  await pipeline.runAll(concurrency, concurrency);
  const { times, tasksPerSecond } = await pipeline.runAll(tasks, concurrency);
  const of = (key: keyof Times) => times.map((time) => time[key]);
  const ended = of('ended');
  return {
    pipeline: name,
    concurrency,
    tasks,
    acceptedMs: median(of('accepted')),
    startedMs: median(of('started')),
    endedMs: { p50: median(ended), p95: quantile(ended, 0.95), p99: quantile(ended, 0.99) },
    tasksPerSecond: round(tasksPerSecond),
  };
}

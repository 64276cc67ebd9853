/** Processors with `maxConcurrency`, with IAM on. */
import * as path from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Interval, Script } from './queues.lambda';
import { TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe } from '../support/deployed-app';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'Queues';
const MAX_CONCURRENCY = 3;
const BURST = 200;

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const outdir = temporaryDirectory('queues');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY });
  const handler = nodeFunction(stack, 'Worker', bundleFunction(path.join(__dirname, 'queues.lambda.ts'), outdir), Duration.seconds(1));
  const processor = { taskManager, handler, maxConcurrency: MAX_CONCURRENCY };
  new TaskProcessor(stack, 'Export', { ...processor, taskType: 'export' });
  new TaskProcessor(stack, 'Failing', { ...processor, taskType: 'failing', retryAttempts: 1, visibilityTimeout: Duration.seconds(2) });
  observe(stack, 'Tasks', taskManager);
  app.synth();

  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
});

afterAll(() => target?.release());

async function ended(type: string, script: Script): Promise<TaskView> {
  const { taskId } = await tasks.create(type, script);
  return tasks.untilEnded(taskId);
}

/** Returns how many of the intervals overlap at most. */
function mostAtOnce(intervals: Interval[]): number {
  const changes = intervals.flatMap(({ start, end }) => [{ at: start, by: 1 }, { at: end, by: -1 }])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let running = 0;
  return Math.max(...changes.map(({ by }) => { running += by; return running; }));
}

test(`a burst of ${BURST} tasks is processed, at most ${MAX_CONCURRENCY} at the same time`, async () => {
  const created: TaskView[] = [];
  for (let first = 0; first < BURST; first += 20) {
    created.push(...await Promise.all(Array.from({ length: 20 }, () => tasks.create('export', { workMs: 20 } satisfies Script))));
  }
  const all: TaskView[] = [];
  for (const { taskId } of created) all.push(await tasks.untilEnded(taskId));
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['SUCCESSFUL']));
  const most = mostAtOnce(all.map(({ result }) => result as Interval));
  expect(most).toBeLessThanOrEqual(MAX_CONCURRENCY);
  expect(most).toBeGreaterThan(1);
});

test('a task whose function fails in each attempt is FAILED', async () => {
  expect(await ended('failing', { throws: true })).toMatchObject({
    status: 'FAILED',
    error: { code: 'ProcessorFailed', message: 'the processor failed, timed out or was not available in each of 2 attempts' },
  });
});

test('a task whose function times out in each attempt is FAILED', async () => {
  expect(await ended('failing', { workMs: 5_000 })).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
});

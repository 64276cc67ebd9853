/** Processors with `maxConcurrency`, with IAM on. */
import * as path from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Interval, Script } from './queued.lambda';
import { TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe, UNTHROTTLED } from '../support/deployed-app';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'Queues';
/** A machine with two processors that does nothing else needs half a minute. */
const PATIENCE_MS = 300_000;
const MAX_CONCURRENCY = 5;
const BURST = 1000;
/** Without the limit of the processor, the engine would run more. */
const MAX_WORKERS = 2 * MAX_CONCURRENCY;

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const outdir = temporaryDirectory('queues');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, ...UNTHROTTLED });
  const code = bundleFunction(path.join(__dirname, 'queued.lambda.ts'), outdir);
  const handlerOf = (id: string, timeout: Duration) => nodeFunction(stack, id, code, timeout);
  const processor = { taskManager, maxConcurrency: MAX_CONCURRENCY };
  new TaskProcessor(stack, 'Export', { ...processor, taskType: 'export', handler: handlerOf('Exporter', Duration.minutes(1)) });
  new TaskProcessor(stack, 'Failing', {
    ...processor, taskType: 'failing', handler: handlerOf('FailingWorker', Duration.seconds(1)), retryAttempts: 1, visibilityTimeout: Duration.seconds(2),
  });
  observe(stack, 'Tasks', taskManager);
  app.synth();

  target = await deployToTarget(outdir, STACK, { maxWorkers: MAX_WORKERS });
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
  // On a slow machine, short work alone might never overlap.
  const meeting = { folder: temporaryDirectory('queues-meeting'), size: MAX_CONCURRENCY };
  for (let created = 0; created < BURST; created += 20) {
    const script: Script = created === 0 ? { meeting } : { workMs: 20 };
    await Promise.all(Array.from({ length: 20 }, () => tasks.create('export', script)));
  }
  const ends = await eventually('the end of all tasks', async () => {
    const results = (await tasks.items()).flatMap(({ status, result }) => status?.S === 'SUCCESSFUL' ? [JSON.parse(result.S!) as Interval] : []);
    return results.length === BURST ? results : undefined;
  }, PATIENCE_MS);
  expect(mostAtOnce(ends)).toBe(MAX_CONCURRENCY);
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

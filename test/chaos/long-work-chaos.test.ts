/**
 * Workflows and containers whose wrappers, work, starters and stoppers are killed at random, with IAM on. The engine runs all of them only
 * by fixes (`local/engine/fixes`): this shows that our parts fit together, not what AWS does.
 */
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Duration } from 'aws-cdk-lib';
import { DeployedLongWork, FUNCTIONS, kill, PROCESSORS } from './deployed-long-work';
import { STACK, synthesize } from './long-work-app';
import { nextPlan, Plan, Trouble, TroubleName } from './long-work-plans';
import { DeployedTaskManager, ObservedEvent, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { Random } from '../support/random';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(900_000);

const TASKS = 200;
/** How many tasks are open at the same time. */
const LANES = 20;
const PATIENCE_MS = 300_000;
/** More than a start or a stop takes. */
const VISIBILITY_SECONDS = '15';
/** How late events come to a starter. Late is after the stopper has looked for the work of an ended task. */
const DELAYS_SECONDS = ['0', '0', '8'];
const QUEUES = PROCESSORS.flatMap((id) => [`${id}StartQueue`, `${id}StopQueue`]);
/** The reporter empties them. */
const START_DEAD_LETTERS = PROCESSORS.map((id) => `${id}StartDeadLetters`);
const ENDS = ['TaskSuccessfulEvent', 'TaskFailedEvent', 'TaskCancelledEvent'];

let target: Target;
let tasks: DeployedTaskManager;
let work: DeployedLongWork;

beforeAll(async () => {
  const outdir = temporaryDirectory('long-work-chaos');
  const starts = path.join(outdir, 'starts');
  mkdirSync(starts);
  synthesize(outdir, {
    command: ['python3', path.join(__dirname, 'plain_renderer', 'main.py'), starts], stopTimeout: Duration.seconds(2),
  });
  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  work = new DeployedLongWork(target, starts);
  for (const queue of QUEUES) await work.setQueue(queue, { VisibilityTimeout: VISIBILITY_SECONDS });
});

afterAll(() => target?.release());

/** The events of the tasks, by their ids. */
const observed = new Map<string, ObservedEvent[]>();

async function observe(): Promise<void> {
  for (const { Body } of await tasks.receive('Observed')) {
    const event = JSON.parse(Body!) as ObservedEvent;
    observed.set(event.detail.taskId, [...observed.get(event.detail.taskId) ?? [], event]);
  }
}

const find = (taskId: string, ...types: string[]) => observed.get(taskId)?.find((event) => types.includes(event['detail-type']));
const hasEnded = ({ taskId }: TaskView) => find(taskId, ...ENDS) !== undefined;

/** Repeats an action, with random pauses, until the signal aborts. */
async function repeat(signal: AbortSignal, pauseMs: () => number, action: () => unknown): Promise<void> {
  while (!signal.aborted) {
    await action();
    await delay(pauseMs());
  }
}

async function cancel({ taskId }: TaskView): Promise<void> {
  const { status } = await tasks.request('POST', `tasks/${taskId}/cancel`);
  // 409 if it has ended before.
  if (status !== 200 && status !== 409) throw new Error(`the cancellation was answered with ${status}`);
}

async function repeatEvent({ taskId }: TaskView): Promise<void> {
  const { source, detail } = await eventually(`the event of ${taskId}`, async () => find(taskId, 'TaskCreatedEvent'), PATIENCE_MS);
  await new EventBridgeClient(target.sdkClientConfig).send(new PutEventsCommand({
    Entries: [{ EventBusName: target.output('TasksEventBus'), Source: source, DetailType: 'TaskCreatedEvent', Detail: JSON.stringify(detail) }],
  }));
}

const TROUBLES: Record<TroubleName, (task: TaskView) => unknown> = {
  'cancel': cancel,
  'repeat its event': repeatEvent,
  'stop the wrapper': async (task) => work.stopWrapper(task),
  'stop the work': async (task) => work.stopWork(task),
  'kill the container': (task) => work.killContainers(task),
  'reclaim the container': async (task) => work.reclaim(task),
};

/** Waits until the end of a task has been published. */
const untilEnded = async (task: TaskView) => eventually(`the end of ${task.taskId}`, async () => hasEnded(task) || undefined, PATIENCE_MS);

const MOMENTS: Record<Trouble['when'], (task: TaskView) => Promise<unknown>> = {
  created: async () => {},
  started: async (task) => eventually('the wrapper', async () => hasEnded(task) || await work.hasWrapper(task) || undefined, PATIENCE_MS),
  working: async (task) => eventually('the work', async () => hasEnded(task) || await work.hasWork(task) || undefined, PATIENCE_MS),
  ended: untilEnded,
};

/** Creates a task, makes its trouble, and waits for its end. */
async function live({ type, script, timeoutSeconds, troubles }: Plan): Promise<TaskView> {
  const task = await tasks.create(type, script, timeoutSeconds);
  await Promise.all([untilEnded(task), ...troubles.map(async ({ name, when, delayMs }) => {
    await MOMENTS[when](task);
    await delay(delayMs);
    await TROUBLES[name](task);
  })]);
  return task;
}

test(`${TASKS} workflows and containers with random faults end once each, and nothing of them goes on`, async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  console.log(`chaos: seed ${seed}; to repeat: SEED=${seed} npm run chaos`);
  const random = new Random(seed);
  const plans = Array.from({ length: TASKS }, () => nextPlan(random));
  const waiting = plans.map((plan, i) => ({ plan, i }));
  const lives: TaskView[] = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) lives[next.i] = await live(next.plan);
  };

  const over = new AbortController();
  const quiet = new AbortController();
  let killed = 0;
  let rest: string[] = [];
  const everythingEnds = async () => {
    await Promise.all(Array.from({ length: LANES }, lane)).finally(() => over.abort());
    await eventually('the end of all work', async () => {
      const messages = await Promise.all([...QUEUES, ...START_DEAD_LETTERS].map(async (queue) => work.messagesIn(queue)));
      rest = await work.running();
      return messages.every((count) => count === 0) && rest.length === 0 || undefined;
    }, PATIENCE_MS);
  };
  await Promise.all([
    everythingEnds().finally(() => quiet.abort()),
    repeat(quiet.signal, () => 100, observe),
    repeat(quiet.signal, () => 2_000, async () => tasks.sweep()),
    repeat(over.signal, () => random.int(200, 800), () => {
      const workers = work.workersOf(random.pick(PROCESSORS) + random.pick(FUNCTIONS));
      if (workers.length > 0) kill(random.pick(workers));
      killed += Math.min(1, workers.length);
    }),
    repeat(over.signal, () => random.int(1_000, 4_000), async () => {
      await work.setQueue(`${random.pick(PROCESSORS)}StartQueue`, { DelaySeconds: random.pick(DELAYS_SECONDS) });
    }),
  ]).finally(() => {
    if (rest.length > 0) console.log(`chaos: this still runs: ${rest.join(', ')}`);
  });

  const ended = await Promise.all(lives.map(async ({ taskId }) => tasks.find(taskId)));
  console.log(`chaos: ${killed} processes of functions killed; ends: ${JSON.stringify(countEnds(ended))}`);
  expectOneEnd(ended, plans);
  await expectOneStart(ended, plans);
  for (const id of PROCESSORS) expect(await work.messagesIn(`${id}StopDeadLetters`)).toBe(0);
  expect(await work.running()).toEqual([]);
});

/** Returns how often tasks have ended in each way. */
function countEnds(ended: TaskView[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type, status, error } of ended) {
    const how = [type, status, (error as { code: string } | undefined)?.code].filter(Boolean).join(' ');
    counts[how] = (counts[how] ?? 0) + 1;
  }
  return counts;
}

/** How a task ends whose starter was killed in each attempt. It says nothing about the work. */
const NOT_STARTED = 'the processor failed, timed out or was not available in each of 3 attempts';

/** Checks that each task has the end that it should have, and that it was published, and no other. */
function expectOneEnd(ended: TaskView[], plans: Plan[]): void {
  const lives = ended.map((task, i) => {
    const ends = observed.get(task.taskId)!.filter((event) => ENDS.includes(event['detail-type']));
    const published = new Map(ends.map(({ detail: { version, status } }) => [version, status]));
    return { plan: plans[i], task, published: [...published.values()] };
  });
  expect(lives).toMatchObject(ended.map(({ status, error }, i) => ({
    task: (error as { message: string } | undefined)?.message === NOT_STARTED ? {} : plans[i].end ?? {}, published: [status],
  })));
}

/** Checks that the work of each task was started once, and again only after it had been reclaimed. */
async function expectOneStart(ended: TaskView[], plans: Plan[]): Promise<void> {
  const names = ended.map((task) => work.nameOf(task));
  const workflows = (await work.executions('Workflow')).map(({ name }) => name!);
  expect(new Set(workflows).size).toBe(workflows.length);
  const groups = (await work.containers()).map(({ group }) => group!);
  expect([...workflows, ...groups].filter((name) => !names.includes(name))).toEqual([]);
  ended.forEach((task, i) => {
    const containers = groups.filter((group) => group === names[i]).length;
    const reclaims = plans[i].troubles.filter(({ name }) => name === 'reclaim the container').length;
    expect(containers).toBeLessThanOrEqual(1 + reclaims);
    expect(work.pidsOf(task).length).toBeLessThanOrEqual(containers);
  });
}

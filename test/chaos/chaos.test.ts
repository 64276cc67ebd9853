import { DeleteFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ID, STACK, synthesize } from './app';
import type { WorkMessage } from './work-queue';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { Random } from '../support/random';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// The failure path of the local engine depends on local/engine/fixes. These tests show that our parts fit together, not what AWS does.
jest.setTimeout(900_000);

let target: Target;
let tasks: DeployedTaskManager;

beforeAll(async () => {
  const assembly = temporaryDirectory('chaos');
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  tasks = new DeployedTaskManager(target, ID);
});

afterAll(() => target?.release());

const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3 } };
const FAILED = (code: string, message: unknown = expect.any(String)) => ({ status: 'FAILED', error: { code, message } });

describe('a processor that', () => {
  test.each([
    ['succeeds', SUCCESSFUL],
    ['throws', FAILED('ProcessorFailed', expect.stringContaining('no such row'))],
    ['throws late', FAILED('ProcessorFailed', expect.stringContaining('no such row'))],
    ['exits', FAILED('ProcessorFailed')],
    ['rejects with nothing', FAILED('ProcessorFailed')],
    ['hangs', FAILED('ProcessorFailed')],
    ['is slow', SUCCESSFUL],
    ['repeats', SUCCESSFUL],
  ])('%s ends its task as expected', async (behaviour, expected) => {
    const { taskId } = await tasks.create('chaotic', { behaviour });
    expect(await tasks.untilEnded(taskId)).toMatchObject(expected);
  });

  test('is malformed leaves a dead letter, and its next report ends the task', async () => {
    await tasks.withShortVisibility(async () => {
      const { taskId } = await tasks.create('chaotic', { behaviour: 'is malformed' });
      expect(await tasks.untilEnded(taskId)).toMatchObject(SUCCESSFUL);
      expect(await tasks.untilDeadReport()).toMatchObject({ detail: { taskId, status: 'DONE' } });
    });
  });

  test('contradicts itself ends its task once', async () => {
    const { taskId } = await tasks.create('chaotic', { behaviour: 'contradicts' });
    const ended = await tasks.untilEnded(taskId);
    const events = await tasks.untilObserved(taskId, ended.status === 'FAILED' ? 'TaskFailedEvent' : 'TaskSuccessfulEvent');
    expect(events.filter((event) => /Failed|Successful/.test(event['detail-type']))).toHaveLength(1);
  });

  test('throws behind an alias fails its task, too', async () => {
    const { taskId } = await tasks.create('aliased', { behaviour: 'throws' });
    expect(await tasks.untilEnded(taskId)).toMatchObject(FAILED('ProcessorFailed'));
  });

  test('only returns ends its task with the return value as the result', async () => {
    const { taskId } = await tasks.create('returning', {});
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL', result: { rows: 7 } });
  });

  test('was deleted fails its task', async () => {
    await new LambdaClient(target.sdkClientConfig).send(new DeleteFunctionCommand({ FunctionName: target.output('GoneFunction') }));
    const { taskId } = await tasks.create('gone', { behaviour: 'succeeds' });
    expect(await tasks.untilEnded(taskId)).toMatchObject(FAILED('DeliveryFailed'));
  });

  test('never reports is ended by the sweep', async () => {
    const { taskId } = await tasks.create('chaotic', { behaviour: 'is silent' }, 2);
    const item = await eventually('the sweep to end the task', async () => {
      await tasks.sweep();
      return (await tasks.items()).find((candidate) => candidate.taskId.S === taskId && candidate.status?.S === 'FAILED');
    });
    expect(item.error.M!.code.S).toBe('TaskTimeout');
    expect(item).not.toHaveProperty('checkAt');
  });

  test('never reports is ended by a poll after the deadline', async () => {
    const { taskId } = await tasks.create('chaotic', { behaviour: 'is silent' }, 2);
    expect(await tasks.untilEnded(taskId)).toMatchObject(FAILED('TaskTimeout'));
  });
});

describe('work that asks for the status of its task', () => {
  const seen: WorkMessage[] = [];

  /** Waits until the work on a task has sent a message. Returns all messages about the task so far. */
  async function untilWork(taskId: string, ...expected: WorkMessage['work'][]): Promise<WorkMessage[]> {
    const sqs = new SQSClient(target.sdkClientConfig);
    const QueueUrl = target.output('WorkQueue');
    return eventually(`the work on ${taskId} to be ${expected.join(' or ')}`, async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      await Promise.all(Messages.map(async ({ Body, ReceiptHandle }) => {
        seen.push(JSON.parse(Body!));
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }));
      const messages = seen.filter((message) => message.taskId === taskId);
      return messages.some(({ work }) => expected.includes(work)) ? messages : undefined;
    });
  }

  const cancel = async (taskId: string) => expect((await tasks.request('POST', `tasks/${taskId}/cancel`)).status).toBe(200);
  /** More steps than the test has time for. */
  const ENDLESS = 500;

  describe.each([['with the helper', 'helped'], ['by itself', 'cancellable']])('%s', (_with, taskType) => {
    test('goes on while the task is open', async () => {
      const { taskId } = await tasks.create(taskType, { steps: 30 });
      expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL', result: { steps: 30 } });
      expect(await untilWork(taskId, 'done', 'stopped')).toContainEqual({ taskId, work: 'done' });
    });

    test.each<[string, (taskId: string) => Promise<unknown>, string]>([
      ['is cancelled', cancel, 'CANCELLED'],
      ['is ended by somebody else', (taskId) => tasks.report(taskType, { taskId, ...SUCCESSFUL }), 'SUCCESSFUL'],
    ])('stops if its running task %s', async (_, end, status) => {
      const { taskId } = await tasks.create(taskType, { steps: ENDLESS });
      await untilWork(taskId, 'started');
      await tasks.untilStatus(taskId, 'RUNNING');
      await end(taskId);
      expect(await untilWork(taskId, 'stopped', 'done')).toContainEqual({ taskId, work: 'stopped', status });
    });

    test('stops if the deadline of its task passes, which ends the task without a poll or a sweep', async () => {
      const { taskId } = await tasks.create(taskType, { steps: ENDLESS }, 3);
      expect(await untilWork(taskId, 'stopped', 'done')).toContainEqual({ taskId, work: 'stopped', status: 'FAILED' });
    });
  });

  test('does not start again if the task has ended before a retry', async () => {
    const { taskId } = await tasks.create('cancellable', { steps: ENDLESS, throwsWhenStopped: true });
    await untilWork(taskId, 'started');
    await cancel(taskId);
    const messages = await untilWork(taskId, 'not started');
    expect(messages.map(({ work }) => work).sort()).toEqual(expect.arrayContaining(['not started', 'started', 'stopped']));
    expect(messages.filter(({ work }) => work === 'started')).toHaveLength(1);
    expect(await tasks.find(taskId)).toMatchObject({ status: 'CANCELLED' });
  });

  test('stops or does not start if forty tasks are cancelled at any time, and goes on for the others', async () => {
    const created = await Promise.all(Array.from({ length: 60 }, (_, i) => tasks.create('cancellable', { steps: i % 3 === 0 ? 3 : ENDLESS })));
    const [short, endless] = [0, 1].map((isEndless) => created.filter((_task, i) => (i % 3 === 0 ? 0 : 1) === isEndless));
    await Promise.all(endless.map(async ({ taskId }, i) => {
      // Half of them may still wait for the function.
      if (i % 2 === 0) await tasks.untilStatus(taskId, 'RUNNING', 'CANCELLED');
      await cancel(taskId);
      const messages = await untilWork(taskId, 'stopped', 'not started', 'done');
      expect(messages).toContainEqual({ taskId, work: expect.stringMatching(/stopped|not started/), status: 'CANCELLED' });
    }));
    for (const { taskId } of short) expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL' });
  });
});

test('a large payload and a large result are not changed', async () => {
  const text = 'ü'.repeat(20_000);
  const { taskId } = await tasks.create('nobody', { text });
  await tasks.report('nobody', { taskId, status: 'SUCCESSFUL', result: { text } });
  expect(await tasks.untilEnded(taskId)).toMatchObject({ payload: { text }, result: { text } });
  const [created] = await tasks.untilObserved(taskId, 'TaskCreatedEvent');
  expect(created.detail.payload).toEqual({ text });
});

test('five hundred tasks with random faults end once each, and leave no dead letters', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000));
  console.log(`chaos: seed ${seed}; to repeat: SEED=${seed} npm run chaos`);
  const random = new Random(seed);
  const common = ['succeeds', 'repeats', 'contradicts', 'throws', 'throws late', 'recovers', 'is silent'];
  const created: TaskView[] = [];
  for (let batch = 0; batch < 10; batch++) {
    created.push(...await Promise.all(Array.from({ length: 50 }, () => {
      const behaviour = random.chance(0.05) ? random.pick(['exits', 'is slow', 'hangs']) : random.pick(common);
      return tasks.create('chaotic', { behaviour }, 30);
    })));
  }

  const ids = new Set(created.map(({ taskId }) => taskId));
  const heads = await eventually('all tasks to end', async () => {
    await tasks.sweep();
    const items = (await tasks.items()).filter(({ taskId, item }) => item.S === 'task' && ids.has(taskId.S!));
    return items.length === 500 && items.every(({ endedAt }) => endedAt) ? items : undefined;
  }, 300_000);

  for (const { taskId, status } of heads) {
    const events = await tasks.untilObserved(taskId.S!, status.S === 'FAILED' ? 'TaskFailedEvent' : 'TaskSuccessfulEvent');
    const ends = new Set(events.filter((event) => /Failed|Successful/.test(event['detail-type'])).map(({ detail }) => detail.version));
    expect(ends.size).toBe(1);
  }
  expect(await tasks.receive('PublisherDeadLetters')).toEqual([]);
  expect(await tasks.receive('Undelivered')).toEqual([]);
  expect(await tasks.receive('UpdaterDeadLetters')).toEqual([]);
});

import { synthesize, STACK } from './app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

let target: Target;
let one: DeployedTaskManager;
let two: DeployedTaskManager;

beforeAll(async () => {
  const assembly = temporaryDirectory('integration');
  synthesize(assembly);
  target = await deployToTarget(assembly, STACK);
  one = new DeployedTaskManager(target, 'One');
  two = new DeployedTaskManager(target, 'Two');
});

afterAll(() => target?.release());

const RUNNING = { status: 'RUNNING', sequence: 0, progress: { percent: 50, message: 'half' } };
const SUCCESSFUL = { status: 'SUCCESSFUL', result: { rows: 3, empty: '', nothing: null } };
const FAILED = { status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };

describe('a task', () => {
  test('is accepted, processed, and SUCCESSFUL with its result', async () => {
    const created = await one.request('POST', 'tasks', JSON.stringify({ type: 'export', payload: { reports: [RUNNING, SUCCESSFUL] } }));
    expect(created.status).toBe(202);
    expect(created.headers.get('Retry-After')).toBe('1');
    const { taskId } = await created.json() as { taskId: string };
    expect(created.headers.get('Location')).toBe(`tasks/${taskId}`);

    const task = await one.untilEnded(taskId);
    expect(task).toMatchObject({ type: 'export', status: 'SUCCESSFUL', result: SUCCESSFUL.result });
    expect(task).not.toHaveProperty('error');

    const polled = await one.request('GET', `tasks/${taskId}`);
    expect(polled.status).toBe(200);
    expect(polled.headers.get('Retry-After')).toBeNull();
  });

  test('publishes each status once, with rising versions', async () => {
    const { taskId } = await one.create('export', { reports: [] });
    await one.untilObserved(taskId, 'TaskCreatedEvent');
    await one.report('export', { taskId, ...RUNNING });
    await one.untilObserved(taskId, 'TaskRunningEvent');
    await one.report('export', { taskId, ...RUNNING, sequence: 1 });
    await one.report('export', { taskId, ...SUCCESSFUL });
    const events = await one.untilObserved(taskId, 'TaskSuccessfulEvent');
    expect(events.map((event) => event['detail-type'])).toEqual(['TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent']);
    expect(events.map(({ source }) => source)).toEqual(Array(3).fill(one.output('EventSource')));
    const versions = events.map(({ detail }) => detail.version);
    expect(versions).toEqual([...new Set(versions)].sort());
  });

  test('that fails has an error', async () => {
    const { taskId } = await one.create('report', { reports: [RUNNING, FAILED] });
    const task = await one.untilEnded(taskId);
    expect(task).toMatchObject({ status: 'FAILED', error: FAILED.error });
    const events = await one.untilObserved(taskId, 'TaskFailedEvent');
    expect(events.at(-1)!.detail).toMatchObject({ type: 'report', error: FAILED.error });
  });

  test('of a type without a processor stays PENDING', async () => {
    const { taskId } = await one.create('nobody', { reports: [SUCCESSFUL] });
    await one.untilObserved(taskId, 'TaskCreatedEvent');
    expect(await one.find(taskId)).toMatchObject({ status: 'PENDING', history: [{ status: 'PENDING' }] });
  });

  test('that does not exist is a 404 with problem details', async () => {
    const response = await one.request('GET', 'tasks/nobody');
    expect(response.status).toBe(404);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({ title: 'Not Found', status: 404, detail: 'there is no such task' });
  });
});

describe('a request', () => {
  test.each([
    ['{', {}, 400],
    ['{"type":"a b"}', {}, 400],
    ['{"type":"export"}', { 'Content-Type': 'text/plain' }, 415],
    [JSON.stringify({ type: 'export', payload: 'x'.repeat(65_536) }), {}, 413],
  ])('that is invalid gets problem details, and writes nothing', async (body, headers, status) => {
    const before = await one.items();
    const response = await one.request('POST', 'tasks', body, headers);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
    expect(await one.items()).toHaveLength(before.length);
  });

  test('that is not signed is refused', async () => {
    const response = await fetch(one.url('tasks/nobody'));
    expect(response.status).toBe(403);
  });
});

describe('a report', () => {
  test('that is sent twenty times is written once', async () => {
    const { taskId } = await one.create('export', { reports: [] });
    await one.report('export', ...Array(10).fill({ taskId, ...SUCCESSFUL }));
    await one.report('export', ...Array(10).fill({ taskId, ...SUCCESSFUL }));
    await one.untilEnded(taskId);
    await untilUpdatesAreHandled();
    const item = (await one.items()).find((candidate) => candidate.taskId.S === taskId);
    expect(item!.version.N).toBe('2');
  });

  test('that is sent after the end changes nothing', async () => {
    const { taskId } = await one.create('export', { reports: [SUCCESSFUL] });
    const ended = await one.untilEnded(taskId);
    await one.report('export', { taskId, ...FAILED }, { taskId, ...RUNNING });
    await untilUpdatesAreHandled();
    expect(await one.find(taskId)).toEqual(ended);
  });

  test('with an older sequence does not change the progress', async () => {
    const { taskId } = await one.create('export', { reports: [] });
    await one.report('export', { taskId, status: 'RUNNING', sequence: 2, progress: { percent: 20 } });
    await one.untilStatus(taskId, 'RUNNING');
    await one.report('export', { taskId, status: 'RUNNING', sequence: 1, progress: { percent: 10 } });
    await untilUpdatesAreHandled();
    expect(await one.find(taskId)).toMatchObject({ progress: { percent: 20 } });
  });

  test('of an unknown task creates no item', async () => {
    const before = (await one.items()).length;
    await one.report('export', { taskId: 'ghost', ...RUNNING }, { taskId: 'ghost', ...SUCCESSFUL });
    await untilUpdatesAreHandled();
    // The additional item is the task of untilUpdatesAreHandled.
    expect(await one.items()).toHaveLength(before + 1);
  });

  test('by a processor of another type is ignored', async () => {
    const { taskId } = await one.create('export', { reports: [] });
    await one.report('report', { taskId, ...SUCCESSFUL });
    await untilUpdatesAreHandled();
    expect(await one.find(taskId)).toMatchObject({ status: 'PENDING' });
  });

  test('that is malformed goes to the dead-letter queue, and does not block others', async () => {
    const { taskId } = await one.create('export', { reports: [] });
    const deadReport = await one.withShortVisibility(async () => {
      await one.report('export', { taskId, status: 'DONE' }, { taskId, ...SUCCESSFUL });
      await one.untilEnded(taskId);
      return one.untilDeadReport();
    });
    expect(deadReport).toMatchObject({ detail: { taskId, status: 'DONE' } });
  });

  /** Waits for the end of a task that is reported last. The order is not guaranteed, but likely. */
  async function untilUpdatesAreHandled(): Promise<void> {
    const { taskId } = await one.create('nobody', {});
    await one.report('nobody', { taskId, ...SUCCESSFUL });
    await one.untilEnded(taskId);
  }
});

test('a hundred concurrent tasks all end', async () => {
  const created = await Promise.all(Array.from({ length: 100 }, (_, i) => one.create('export', { reports: [RUNNING, i % 2 ? SUCCESSFUL : FAILED] })));
  expect(new Set(created.map(({ taskId }) => taskId)).size).toBe(100);
  const ended = await Promise.all(created.map(({ taskId }) => one.untilEnded(taskId)));
  expect(ended.map(({ status }) => status)).toEqual(created.map((_, i) => (i % 2 ? 'SUCCESSFUL' : 'FAILED')));
});

test('two TaskManagers in one stack are independent', async () => {
  const task = await one.create('export', { reports: [SUCCESSFUL] });
  const other = await two.create('export', { reports: [] });
  await one.untilEnded(task.taskId);
  // The other TaskManager ignores a report on a task that it does not have.
  await two.report('export', { taskId: task.taskId, ...FAILED }, { taskId: other.taskId, ...SUCCESSFUL });
  await two.untilEnded(other.taskId);

  expect((await one.find(task.taskId)).status).toBe('SUCCESSFUL');
  expect((await two.request('GET', `tasks/${task.taskId}`)).status).toBe(404);
  const events = await two.untilObserved(other.taskId, 'TaskSuccessfulEvent');
  expect(events.every(({ source }) => source === two.output('EventSource'))).toBe(true);
  expect((await two.items()).map(({ taskId }) => taskId.S)).toEqual([other.taskId]);
});

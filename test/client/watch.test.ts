import { abortListeners, harness, thrownBy } from './harness';
import { LATENCY, LiveServer } from './live-server';
import { Task, TaskApiError, TaskClientOptions, TaskSummary } from '../../client/src';
import { sleep } from '../../client/src/abortable';
import { clock } from '../../client/src/clock';
import { aTask } from '../support/api-server';

// Before that of the harness, which fails if a timer is left.
afterEach(async () => {
  const endedAt = h.clock.now;
  await h.clock.untilIdle();
  expect(h.clock.now - endedAt).toBeLessThanOrEqual(1000 + LATENCY);
  expect(server.openSockets).toBe(0);
});

const h = harness();
const { taskId } = aTask();
const reason = { why: 'the user left' };

let server: LiveServer;

beforeEach(() => {
  server = new LiveServer(h);
});

const withSocket: Partial<TaskClientOptions> = {};
const withoutSocket: Partial<TaskClientOptions> = { liveUrl: undefined };
const running = (percent: number): Partial<Task> => ({ status: 'RUNNING', progress: { percent } });
const successful: Partial<Task> = { status: 'SUCCESSFUL', result: { rows: 3 } };

function at(ms: number, act: () => void): void {
  clock.after(ms, act);
}

describe('watch', () => {
  test.each([
    ['with a socket', withSocket, [[0, 'PENDING'], [2010, 'RUNNING', 10], [4010, 'RUNNING', 20], [6010, 'SUCCESSFUL', 20]], 3],
    ['without a socket', withoutSocket, [[0, 'PENDING'], [2000, 'RUNNING', 10], [4000, 'RUNNING', 20], [6000, 'SUCCESSFUL', 20]], 7],
  ] as const)('yields the task, and then the task after each change until its end, %s', async (_, options, expected, reads) => {
    server.task({ 2000: running(10), 4000: running(20), 6000: successful });
    const seen: unknown[] = [];
    for await (const { status, progress } of server.client(options).watch(taskId)) {
      seen.push(progress ? [h.clock.now, status, progress.percent] : [h.clock.now, status]);
    }
    expect(seen).toEqual(expected);
    expect(h.api.received).toHaveLength(reads);
  });

  test.each(['FAILED', 'CANCELLED'] as const)('yields a task that is %s, and does not throw', async (status) => {
    server.task({ 2000: { status } });
    const seen: string[] = [];
    for await (const task of server.client().watch(taskId)) seen.push(task.status);
    expect(seen).toEqual(['PENDING', status]);
  });

  test('has the type of the result', async () => {
    server.task({}, successful);
    const { value } = await server.client().watch<{ rows: number }>(taskId).next();
    expect(value?.result?.rows).toBe(3);
  });

  test('shows the newest state when the loop has taken its time', async () => {
    server.task({ 2000: running(2), 3000: running(3), 4000: running(4), 5000: successful });
    const seen: unknown[] = [];
    for await (const { progress } of server.client().watch(taskId)) {
      seen.push(progress?.percent);
      await sleep(2500);
    }
    expect(seen).toEqual([undefined, 2, 4]);
  });

  test('throws what a request throws', async () => {
    expect(await thrownBy(server.client().watch(taskId).next())).toBeInstanceOf(TaskApiError);
    await expect(server.client().watch('..').next()).rejects.toThrow(TypeError);
  });
});

describe('watchAll', () => {
  /** Takes what is yielded until a time, and when. */
  async function take(ms: number, options: Partial<TaskClientOptions> = {}) {
    const seen: [number, string, string, number?][] = [];
    const tasks = server.client(options).watchAll();
    at(ms, () => void tasks.return());
    for await (const { taskId: id, status, progress } of tasks) seen.push([h.clock.now, id, status, progress?.percent]);
    return seen;
  }

  const tasksOf = (seen: [number, ...unknown[]][]) => seen.map(([, ...task]) => task);

  test('yields the newest tasks first, and then each that is new or changes, as soon as a message says so', async () => {
    server.task({}, { taskId: 'b' });
    server.task({ 2000: running(10), 4000: running(20), 4100: running(20), 6000: successful }, { taskId: 'a' });
    at(3000, () => server.task({}, { taskId: 'c' }));
    expect(await take(10_000)).toEqual([
      [0, 'a', 'PENDING'], [0, 'b', 'PENDING'], [2010, 'a', 'RUNNING', 10], [3010, 'c', 'PENDING'], [4010, 'a', 'RUNNING', 20], [6010, 'a', 'SUCCESSFUL', 20],
    ]);
    expect(server.actions).toEqual(['watchAll']);
    // Once more when the messages begin. Then only changes of the status are read.
    expect(h.api.lines).toEqual([
      'GET /prod/tasks?limit=100', 'GET /prod/tasks?limit=100', 'GET /prod/tasks/a', 'GET /prod/tasks/c', 'GET /prod/tasks/a',
    ]);
  });

  test('lists the tasks again every ten seconds without a socket', async () => {
    server.task({}, { taskId: 'b' });
    server.task({ 2000: running(10), 14_000: running(20), 24_000: successful }, { taskId: 'a' });
    expect(await take(45_000, withoutSocket)).toEqual([
      [0, 'a', 'PENDING'], [0, 'b', 'PENDING'], [10_000, 'a', 'RUNNING', 10], [20_000, 'a', 'RUNNING', 20], [30_000, 'a', 'SUCCESSFUL', 20],
    ]);
    expect(h.clock.sentAt).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
  });

  test('yields summaries, also of tasks that it has read', async () => {
    server.task({ 2000: { status: 'SUCCESSFUL', result: 1, resultUrl: 'https://example.com', resultUrlExpiresAt: 'soon' } }, { payload: 1 });
    const seen: TaskSummary[] = [];
    const tasks = server.client().watchAll();
    at(3000, () => void tasks.return());
    for await (const task of tasks) seen.push(task);
    const { payload, ...pending } = aTask();
    expect(seen).toEqual([pending, { ...pending, status: 'SUCCESSFUL', history: expect.anything(), updatedAt: expect.anything() }]);
    expect(seen[1]).not.toHaveProperty('result');
    expect(seen[1]).not.toHaveProperty('resultUrl');
    expect(seen[1]).not.toHaveProperty('resultUrlExpiresAt');
  });

  test('lists the tasks at once when the connection is lost, and when there is one again', async () => {
    server.task({ 5010: { status: 'RUNNING' } });
    at(5000, () => server.socket.cut());
    expect(await take(20_000)).toEqual([[0, taskId, 'PENDING'], [6030, taskId, 'RUNNING']]);
    expect(h.clock.sentAt).toEqual([0, 30, 5000, 6030]);
  });

  test('lists the tasks at once after a loop during which a connection began', async () => {
    server.task();
    const tasks = server.client().watchAll();
    await tasks.next();
    await sleep(1000);
    const next = tasks.next();
    at(500, () => void tasks.return());
    expect(await next).toEqual({ done: true, value: undefined });
    expect(h.clock.sentAt).toEqual([0, 1000]);
  });

  test('polls lists while the connection can not be had', async () => {
    server.task({ 25_000: successful });
    server.connect = (socket) => socket.cut();
    expect(await take(45_000)).toEqual([[0, taskId, 'PENDING'], [30_000, taskId, 'SUCCESSFUL']]);
    expect(h.clock.sentAt).toEqual([0, 10_000, 20_000, 30_000, 40_000]);
  });

  test('finds changes whose message was lost, although others arrive all the time', async () => {
    server.task({ 10_000: successful });
    server.task({}, { taskId: 'busy' });
    for (let ms = 500; ms < 125_000; ms += 1000) at(ms, () => server.change('busy', running(ms)));
    at(9000, () => {
      const { post } = server;
      server.post = (socket, message) => 'taskId' in message && message.taskId === taskId || post(socket, message);
    });
    const seen = await take(125_000);
    expect(seen.filter(([, id]) => id === taskId)).toEqual([[0, taskId, 'PENDING'], [60_030, taskId, 'SUCCESSFUL']]);
    expect(h.api.lines.filter((line) => line.includes('?'))).toHaveLength(4);
  });

  test('ignores messages that are late, doubled or about the past', async () => {
    const { createdAt } = server.task({ 2000: running(2), 3000: running(3), 4000: running(4) });
    const say = (version: number) => server.socket.say({ taskId, createdAt, version, status: 'RUNNING', progress: { percent: version } });
    at(3500, () => say(2));
    at(4500, () => [2, 4, 3].forEach(say));
    expect(tasksOf(await take(10_000))).toEqual([[taskId, 'PENDING'], [taskId, 'RUNNING', 2], [taskId, 'RUNNING', 3], [taskId, 'RUNNING', 4]]);
    expect(h.api.received).toHaveLength(3);
  });

  test('drops a message that arrives during a read whose response is as new', async () => {
    const { createdAt } = server.task({ 2000: running(2) });
    const { answer } = h.api;
    h.api.answer = (request) => {
      if (h.clock.now === 2010) {
        h.api.answer = answer;
        server.socket.say({ taskId, createdAt, version: 3, status: 'RUNNING', progress: { percent: 3 } });
        server.change(taskId, running(3));
      }
      return answer(request);
    };
    expect(tasksOf(await take(5000))).toEqual([[taskId, 'PENDING'], [taskId, 'RUNNING', 3]]);
    expect(h.api.received).toHaveLength(3);
  });

  test('does not go back if a list is older than a message', async () => {
    server.task({ 2000: running(2), 3000: running(3), 20_000: running(5) });
    at(2500, () => {
      const old = server.list();
      at(5000, () => { server.list = () => old.map((task) => ({ ...task, updatedAt: '2026-01-01T00:00:02.500Z' })); });
    });
    at(8000, () => server.socket.cut());
    expect(tasksOf(await take(25_000))).toEqual([[taskId, 'PENDING'], [taskId, 'RUNNING', 2], [taskId, 'RUNNING', 3], [taskId, 'RUNNING', 5]]);
  });

  test('does not go back if a list is older than the one before', async () => {
    server.task({ 5000: running(2) });
    const old = server.list();
    at(15_000, () => { server.list = () => old; });
    expect(tasksOf(await take(25_000, withoutSocket))).toEqual([[taskId, 'PENDING'], [taskId, 'RUNNING', 2]]);
  });

  test('yields a later task of the same id', async () => {
    server.task({ 5000: successful });
    at(15_000, () => server.task({}, { createdAt: '2026-01-01T00:00:15.000Z' }));
    expect(tasksOf(await take(25_000))).toEqual([[taskId, 'PENDING'], [taskId, 'SUCCESSFUL'], [taskId, 'PENDING']]);
  });

  test.each([['with a socket', withSocket], ['without a socket', withoutSocket]])(
    'forgets what has ended and is too old for the list, %s', async (_, options) => {
      server.task({}, { taskId: 'old', createdAt: '2026-01-01T00:00:00.000Z', status: 'SUCCESSFUL', endedAt: '2026-01-01T00:00:00.000Z' });
      at(1000, () => {
        const newer = server.task({}, { taskId: 'new', createdAt: '2026-01-01T00:00:01.000Z' });
        const { list } = server;
        server.list = () => [newer];
        // What is forgotten is new again.
        at(60_000, () => { server.list = list; });
      });
      const ids = (await take(125_000, options)).map(([, id]) => id);
      expect(ids).toEqual(['old', 'new', 'old']);
    });

  test('leaves out a task that is removed before it can be read', async () => {
    at(2000, () => {
      server.task();
      server.remove(taskId);
    });
    expect(await take(10_000)).toEqual([]);
    expect(h.api.lines.at(-1)).toBe(`GET /prod/tasks/${taskId}`);
  });

  test('throws what a request throws', async () => {
    server.task();
    at(2000, () => {
      h.api.answer = () => ({ status: 403 });
      server.change(taskId, successful);
    });
    expect(await thrownBy(take(2500))).toMatchObject({ name: 'TaskApiError', status: 403 });
  });
});

describe.each([
  ['watch', 'with a socket', withSocket, 'watch'],
  ['watch', 'without a socket', withoutSocket, 'watch'],
  ['watchAll', 'with a socket', withSocket, 'watchAll'],
  ['watchAll', 'without a socket', withoutSocket, 'watchAll'],
] as const)('%s, %s,', (_, __, clientOptions, method) => {
  let controller: AbortController;

  const start = () => {
    server.task({}, running(10));
    controller = new AbortController();
    const client = server.client(clientOptions);
    return method === 'watch' ? client.watch(taskId, { signal: controller.signal }) : client.watchAll({ signal: controller.signal });
  };

  afterEach(() => {
    expect(abortListeners(controller.signal)).toBe(0);
  });

  test('stops with `break`', async () => {
    for await (const task of start()) {
      expect(task.taskId).toBe(taskId);
      await sleep(500);
      break;
    }
    expect(h.clock.now).toBe(500);
  });

  test('stops when the loop throws', async () => {
    const loop = async () => {
      for await (const task of start()) throw new Error(task.status);
    };
    await expect(loop()).rejects.toThrow(new Error('RUNNING'));
  });

  test('`return` ends a step that is pending', async () => {
    const steps = start();
    await steps.next();
    const pending = steps.next();
    await sleep(500);
    expect(await steps.return()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(h.clock.now).toBe(500);
  });

  test('`throw` ends a step that is pending', async () => {
    const steps = start();
    await steps.next();
    const pending = steps.next();
    await sleep(500);
    expect(await thrownBy(steps.throw(reason))).toBe(reason);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(h.clock.now).toBe(500);
  });

  test('does nothing if it is ended before it has begun', async () => {
    const steps = start();
    expect(await steps.return()).toEqual({ done: true, value: undefined });
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(h.api.received).toEqual([]);
  });

  test('throws the reason of its signal, which ends a step that is pending', async () => {
    const steps = start();
    await steps.next();
    at(500, () => controller.abort(reason));
    expect(await thrownBy(steps.next())).toBe(reason);
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(h.clock.now).toBe(500);
  });

  test('throws the reason of its signal with the next step, if the loop is busy when it aborts', async () => {
    const steps = start();
    await steps.next();
    at(100, () => server.change(taskId, running(20)));
    await steps.next();
    controller.abort(reason);
    await h.clock.untilIdle();
    expect(server.openSockets).toBe(0);
    expect(await thrownBy(steps.next())).toBe(reason);
  });

  test('throws the reason of a signal that has aborted before', async () => {
    const steps = start();
    controller.abort(reason);
    expect(await thrownBy(steps.next())).toBe(reason);
    expect(h.api.received).toEqual([]);
  });

  test('ends a request', async () => {
    h.api.answer = () => 'hang';
    const answered = h.api.nextRequest();
    const steps = start();
    const pending = steps.next();
    await answered;
    await steps.return();
    expect(await pending).toEqual({ done: true, value: undefined });
  });
});

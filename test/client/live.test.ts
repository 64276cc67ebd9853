import { abortListeners, harness, thrownBy } from './harness';
import { FakeSocket, LATENCY, LiveServer } from './live-server';
import { Task, TaskApiError, TaskCancelledError, TaskClientOptions, TaskFailedError, WaitOptions } from '../../client/src';
import { sleep } from '../../client/src/abortable';
import { clock } from '../../client/src/clock';
import { aTask } from '../support/api-server';
import * as lazyModules from '../support/lazy-modules';

// Before that of the harness, which fails if a timer is left.
afterEach(async () => {
  const endedAt = h.clock.now;
  await h.clock.untilIdle();
  expect(h.clock.now - endedAt).toBeLessThanOrEqual(1000 + LATENCY);
  expect(server.openSockets).toBe(0);
  jest.restoreAllMocks();
});

const h = harness();
const { taskId, createdAt } = aTask();

let server: LiveServer;

beforeEach(() => {
  server = new LiveServer(h);
});

/** Waits for the task. Returns when it was read, and what was shown when. */
async function follow(options: Partial<TaskClientOptions> = {}, waitOptions: WaitOptions = {}) {
  const shown: [number, string, number?][] = [];
  const end = await server.client(options).wait(taskId, {
    onChange: ({ status, progress }) => shown.push([h.clock.now, status, progress?.percent]),
    ...waitOptions,
  });
  return { reads: h.clock.sentAt, shown, end };
}

function at(ms: number, act: () => void): void {
  clock.after(ms, act);
}

const running = (percent: number): Partial<Task> => ({ status: 'RUNNING', progress: { percent } });
const successful: Partial<Task> = { status: 'SUCCESSFUL', result: { rows: 3 } };

describe('a task that runs for minutes', () => {
  const LIFE = { 20_000: { status: 'RUNNING' }, 20_500: running(1), 21_000: running(50), 400_000: successful } as const;

  test('is read when its status changes, and seldom otherwise', async () => {
    server.task(LIFE);
    const { reads, shown, end } = await follow();
    expect(shown).toEqual([
      [0, 'PENDING', undefined], [20_010, 'RUNNING', undefined], [20_510, 'RUNNING', 1], [21_010, 'RUNNING', 50], [400_010, 'SUCCESSFUL', 50],
    ]);
    expect(end.result).toEqual({ rows: 3 });
    expect(reads).toEqual([0, 5000, 10_000, 15_000, 20_010, 31_010, 46_010, 71_010, 106_010, 161_010, 221_010, 281_010, 341_010, 400_010]);
    expect(server.actions.filter((action) => action !== 'ping')).toEqual(['watch']);
  });

  test('is read almost four times as often without a socket', async () => {
    server.task(LIFE);
    const { reads, shown } = await follow({ liveUrl: undefined });
    expect(reads).toHaveLength(51);
    expect(shown).toEqual([[0, 'PENDING', undefined], [21_000, 'RUNNING', 50], [427_000, 'SUCCESSFUL', 50]]);
    expect(server.sockets).toEqual([]);
  });

  test('shows each change at once also to run', async () => {
    const shown: [number, unknown][] = [];
    server.created = (created) => {
      for (const [ms, change] of Object.entries(LIFE)) at(Number(ms), () => server.change(created, change));
    };
    const result = await server.client().run('export', {}, { onChange: ({ status }) => shown.push([h.clock.now, status]) });
    expect(result).toEqual({ rows: 3 });
    expect(shown.map(([ms]) => ms)).toEqual([0, 20_010, 20_510, 21_010, 400_010]);
    expect(h.api.lines[0]).toBe('POST /prod/tasks');
  });
});

describe('a task is polled as without a socket', () => {
  /** From second 15 on, the API asks for longer pauses. */
  const POLLS = [...Array(16).keys(), 17, 19, 21, 23, 25, 28, 31].map((seconds) => seconds * 1000);
  const isPolled = async (options: Partial<TaskClientOptions> = {}) => {
    server.task({ 20_000: { status: 'RUNNING' }, 30_000: successful });
    expect((await follow(options)).reads).toEqual(POLLS);
  };
  const hang = () => new Promise<never>(() => {});

  test('if there is no liveUrl', async () => {
    await isPolled({ liveUrl: undefined });
    expect(server.sockets).toEqual([]);
  });

  test('if there is no WebSocket', async () => {
    const { WebSocket } = globalThis;
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      await isPolled({ webSocket: undefined });
    } finally {
      if (WebSocket) globalThis.WebSocket = WebSocket;
    }
  });

  test('if the code for the socket cannot be loaded, which the next watch tries again', async () => {
    const load = jest.spyOn(lazyModules, 'loadLiveSocket').mockRejectedValue(new TypeError('Failed to fetch dynamically imported module'));
    const client = server.client();
    server.task({ 20_000: { status: 'RUNNING' }, 30_000: successful });
    await client.wait(taskId);
    expect(h.clock.sentAt).toEqual(POLLS);
    expect(load).toHaveBeenCalledTimes(1);
    load.mockRestore();
    server.task();
    at(100, () => server.change(taskId, successful));
    await client.wait(taskId);
    expect(server.sockets).toHaveLength(1);
  });

  test.each<[string, Partial<TaskClientOptions>]>([
    ['liveUrl throws', { liveUrl: () => { throw new Error('no URL'); } }],
    ['liveUrl rejects', { liveUrl: async () => { throw new Error('no URL'); } }],
    ['liveUrl hangs', { liveUrl: hang }],
    ['liveToken throws', { liveToken: () => { throw new Error('no token'); } }],
    ['liveToken rejects', { liveToken: async () => { throw new Error('no token'); } }],
    ['liveToken hangs', { liveToken: hang }],
  ])('if %s', async (_, options) => {
    await isPolled(options);
    expect(server.sockets).toEqual([]);
  });

  test('if the constructor throws', async () => {
    await isPolled({
      webSocket: class extends server.webSocket {
        constructor(url: string) {
          super(new URL(url, 'invalid').href, []);
        }
      },
      liveUrl: 'invalid',
    });
  });

  test.each<[string, (socket: FakeSocket) => void]>([
    ['is refused', (socket) => socket.cut()],
    ['is not opened', () => {}],
    ['is cut at once', (socket) => {
      socket.open();
      socket.cut();
    }],
  ])('if the connection %s', async (_, connect) => {
    server.connect = connect;
    await isPolled();
    expect(server.sockets.length).toBeGreaterThan(1);
  });

  const error = (code: string, more: object = {}) => ({ error: { code, message: 'no' }, ...more });
  const state = { taskId, createdAt, version: 1, status: 'PENDING' };
  test.each<[string, unknown[]]>([
    ['nothing', []],
    ['no such task', [error('NoSuchTask', { action: 'watch', taskId })]],
    ['an invalid message', [error('InvalidMessage', { action: 'watch', taskId })]],
    ['an error of no action', [error('InvalidMessage')]],
    ['the end of the connection', [error('ConnectionEnded')]],
    ['an unknown error', [error('Sunday', { action: 'watch', taskId })]],
    ['too many requests', [{ message: 'Too Many Requests', connectionId: 'c', requestId: 'r' }]],
    ['an internal error', [{ message: 'Internal server error', connectionId: 'c', requestId: 'r' }]],
    ['no JSON', ['', '{', 'hello', new ArrayBuffer(3), undefined]],
    ['no object', ['null', '1', '"watch"', '[]', '[{}]', '{}']],
    ['states that lack something', Object.keys(state).map((name) => ({ ...state, [name]: undefined }))],
    ['states with wrong types', Object.keys(state).map((name) => ({ ...state, [name]: {} }))],
    ['another task', [{ ...state, taskId: 'another' }]],
    ['acknowledgements', ['watchAll', 'unwatchAll', 'ping', 'dance'].map((action) => ({ action }))],
  ])('if the answer is %s', async (_, answers) => {
    server.receive = (socket) => answers.forEach((answer) => socket.say(answer));
    await isPolled();
  });
});

describe('a socket that fails', () => {
  test('is pinged after 30 seconds of silence and, without an answer, replaced; polls go on at once', async () => {
    server.task({ 200_000: successful });
    // The first connection is dead after 20 seconds: nothing arrives, in both directions.
    at(20_000, () => server.socket.die());
    const { reads } = await follow();
    expect(server.sockets[0].sent).toEqual([{ action: 'watch', taskId }, { action: 'ping' }]);
    expect(server.openingTimes).toEqual([0, 36_030]);
    expect(reads).toEqual([0, 5000, 10_000, 15_000, 25_000, 35_030, 55_030, 85_030, 130_030, 190_030, 200_010]);
  });

  test('stays if pings are answered, and gets fewer of them with time', async () => {
    const pings: number[] = [];
    const { receive } = server;
    server.receive = (socket, request) => {
      if (request.action === 'ping') pings.push(Math.round(h.clock.now / 1000));
      receive(socket, request);
    };
    server.task({ 800_000: successful });
    await follow();
    expect(pings).toEqual([30, 90, 210, 390, 570, 750]);
    expect(server.sockets).toHaveLength(1);
  });

  test('is replaced when it is cut, and the task is polled at once', async () => {
    server.task({ 50_000: { status: 'RUNNING' }, 100_000: successful });
    at(40_000, () => server.socket.cut());
    const { reads } = await follow();
    expect(reads).toEqual([0, 5000, 10_000, 15_000, 25_000, 40_000, 50_010, 75_010, 100_010]);
    expect(server.openingTimes).toEqual([0, 41_000]);
  });

  test('is polled at its pace while it is replaced', async () => {
    server.task({ 100_000: successful });
    at(15_500, () => {
      server.connect = () => {};
      server.socket.cut();
    });
    const { reads } = await follow();
    expect(reads.slice(0, 12)).toEqual([0, 5000, 10_000, 15_000, 17_000, 19_000, 21_000, 23_000, 25_000, 28_000, 31_000, 34_000]);
  });

  test('is opened again after longer and longer pauses', async () => {
    server.task({ 100_000: successful });
    server.connect = (socket) => socket.cut();
    await follow();
    expect(server.openingTimes).toEqual([0, 1010, 3020, 7030, 15_040, 30_050, 45_060, 60_070, 75_080, 90_090, 105_100]);
  });

  test('is opened again after longer and longer pauses, too, if it is cut soon after an answer', async () => {
    server.task({ 20_000: successful });
    server.post = (socket, message) => {
      socket.say(message);
      socket.cut();
    };
    await follow();
    expect(server.openingTimes).toEqual([0, 1020, 3040, 7060, 15_080]);
  });

  test('is opened again soon if it has worked for a minute', async () => {
    server.task({ 100_000: successful });
    const { connect } = server;
    server.connect = (socket) => server.sockets.length < 4 ? socket.cut() : connect(socket);
    at(80_000, () => server.socket.cut());
    await follow();
    expect(server.openingTimes).toEqual([0, 1010, 3020, 7030, 81_000]);
  });

  test('is opened again with a new URL and a new token', async () => {
    let opened = 0;
    server.task({ 20_000: successful });
    at(5000, () => server.socket.say({ error: { code: 'ConnectionEnded', message: 'the token has expired' } }));
    await follow({ liveUrl: async () => new URL(`wss://example.com/live?signature=${++opened}`), liveToken: () => `token-${opened}` });
    expect(server.sockets.map(({ url, protocols }) => [url, protocols])).toEqual([
      ['wss://example.com/live?signature=1', ['cdk-task-manager', 'bearer.token-1']],
      ['wss://example.com/live?signature=2', ['cdk-task-manager', 'bearer.token-2']],
    ]);
    expect(server.sockets[1].sent).toEqual([{ action: 'watch', taskId }]);
  });

  test('sends no token if there is none', async () => {
    server.task({ 1000: successful });
    await follow({ liveToken: () => '' });
    expect(server.socket.protocols).toEqual(['cdk-task-manager']);
  });

  test('is asked again if the answer to a watch is lost or refused for now, while other messages arrive', async () => {
    server.task({ 20_000: successful });
    server.task({}, { taskId: 'busy' });
    for (let ms = 0; ms < 20_000; ms += 1000) at(ms, () => server.change('busy', running(ms / 1000)));
    const abort = new AbortController();
    const client = server.client();
    const busy = thrownBy(client.wait('busy', { signal: abort.signal }));
    const { receive } = server;
    let refusals = 0;
    server.receive = (socket, message) => message.taskId === taskId && ++refusals < 3
      ? socket.say({ message: 'Too Many Requests', connectionId: 'c', requestId: 'r' })
      : receive(socket, message);
    await client.wait(taskId);
    abort.abort();
    await busy;
    expect(server.sockets).toHaveLength(1);
    expect(server.socket.sent.filter((sent) => sent.taskId === taskId)).toEqual(Array(3).fill({ action: 'watch', taskId }));
    expect(h.api.lines.filter((line) => line.endsWith(taskId)).length).toBe(13);
  });

  test('is found to be dead even if new watches begin all the time', async () => {
    const task = server.task({ 60_000: successful });
    at(1000, () => server.socket.die());
    const client = server.client();
    const ids = Array.from({ length: 50 }, (_, i) => `task-${i}`);
    const waits = ids.map(async (id, i) => {
      await sleep(i * 1000);
      server.task({ 60_000: successful }, { taskId: id });
      await client.wait(id);
    });
    await Promise.all([client.wait(task.taskId), ...waits]);
    expect(server.openingTimes).toEqual([0, 7000]);
  });
});

describe('messages', () => {
  const state = (version: number, change: Partial<Task> = {}) => ({ taskId, createdAt, version, status: 'RUNNING', ...change });
  const progress = (version: number) => state(version, { progress: { percent: version } });
  const say = (ms: number, ...messages: unknown[]) => at(ms, () => messages.forEach((message) => server.socket.say(message)));
  /** From now on, only the messages of the test are sent. */
  const muteServer = (ms = 100) => at(ms, () => { server.post = () => {}; });

  test('that are lost are made up for by a poll, while the socket works', async () => {
    server.task({ 19_000: { status: 'RUNNING' }, 20_000: successful });
    at(18_000, () => { server.post = (socket, message) => 'version' in message || at(LATENCY, () => socket.say(message)); });
    const { reads } = await follow();
    expect(reads).toEqual([0, 5000, 10_000, 15_000, 25_000]);
    expect(server.sockets).toHaveLength(1);
  });

  test('that are doubled, late or out of order are dropped', async () => {
    server.task({ 12_000: { status: 'RUNNING' }, 40_000: successful });
    muteServer();
    say(12_050, state(2));
    say(12_100, progress(3), progress(5), progress(4), progress(5), state(1, { status: 'PENDING' }), progress(3));
    say(12_200, progress(4), progress(6), progress(6));
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [12_050, 'RUNNING'], [12_100, 'RUNNING', 5], [12_200, 'RUNNING', 6], [42_200, 'SUCCESSFUL']]);
    expect(reads).toEqual([0, 5000, 10_000, 12_050, 17_200, 27_200, 42_200]);
  });

  test('about several changes of the status at once cause one read', async () => {
    server.task({ 20_000: { status: 'RUNNING' }, 20_001: running(10), 20_002: successful });
    at(19_000, () => { server.post = (socket, message) => at(20_100 - h.clock.now, () => socket.say(message)); });
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [20_100, 'SUCCESSFUL', 10]]);
    expect(reads).toEqual([0, 5000, 10_000, 15_000, 20_100]);
  });

  test('with the same progress change nothing', async () => {
    server.task({ 2000: running(10), 3000: running(10), 4000: { progress: { percent: 10, message: 'ten' } }, 5000: successful });
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2010, 'RUNNING', 10], [4010, 'RUNNING', 10], [5010, 'SUCCESSFUL', 10]]);
    expect(reads).toEqual([0, 2010, 5010]);
  });

  test('that arrive during a read are shown after it, if they are newer', async () => {
    server.task({ 2000: running(2), 6000: successful });
    muteServer();
    say(2100, state(2));
    const { answer } = h.api;
    h.api.answer = (request) => {
      if (h.clock.now === 2100) [progress(4), state(1, { status: 'PENDING' }), progress(3)].forEach((message) => server.socket.say(message));
      return answer(request);
    };
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2100, 'RUNNING', 2], [2100, 'RUNNING', 4], [7100, 'SUCCESSFUL', 2]]);
    expect(reads).toEqual([0, 2100, 7100]);
  });

  test('that arrive during a read are dropped, if the response is as new', async () => {
    server.task({ 2000: running(2), 6000: successful });
    muteServer();
    say(2100, state(2));
    const { answer } = h.api;
    h.api.answer = (request) => {
      if (h.clock.now === 2100) {
        server.change(taskId, running(3));
        server.socket.say(progress(3));
      }
      return answer(request);
    };
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2100, 'RUNNING', 3], [7100, 'SUCCESSFUL', 3]]);
    expect(reads).toEqual([0, 2100, 7100]);
  });

  test('about a later task of the same id cause a read, and those about an earlier one do not', async () => {
    server.task({ 2000: { createdAt: '2026-01-01T00:00:02.000Z' }, 3000: successful });
    muteServer();
    say(1000, state(7, { createdAt: '2025-12-31T00:00:00.000Z', status: 'FAILED' }));
    say(2010, state(1, { createdAt: '2026-01-01T00:00:02.000Z', status: 'PENDING' }));
    const { reads } = await follow();
    expect(reads).toEqual([0, 2010, 7010]);
  });

  test('with an impossible version or time do not hide the end of the task', async () => {
    server.task({ 2000: { status: 'RUNNING' }, 6000: successful });
    muteServer(2100);
    say(3000, progress(1e9));
    say(4000, state(1, { createdAt: 'later' }));
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2010, 'RUNNING'], [3000, 'RUNNING', 1e9], [9000, 'SUCCESSFUL']]);
    expect(reads).toEqual([0, 2010, 4000, 9000]);
  });

  test('cause reads instead of being shown, if responses have no ETag', async () => {
    server.task({ 2000: { status: 'RUNNING' }, 3000: running(10), 4000: running(20), 5000: successful });
    const { answer } = h.api;
    h.api.answer = (request) => ({ ...answer(request) as object, headers: {} });
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2010, 'RUNNING'], [3010, 'RUNNING', 10], [4010, 'RUNNING', 20], [5010, 'SUCCESSFUL', 20]]);
    expect(reads).toEqual([0, 30, 2010, 3010, 4010, 5010]);
  });

  test('are not undone by a response that is older', async () => {
    server.task({ 2000: { status: 'RUNNING' }, 6000: successful });
    muteServer(2100);
    say(3000, progress(7));
    say(4000, state(8, { status: 'SUCCESSFUL' }));
    const { shown, reads } = await follow();
    expect(shown).toEqual([[0, 'PENDING'], [2010, 'RUNNING'], [3000, 'RUNNING', 7], [9000, 'SUCCESSFUL']]);
    expect(reads).toEqual([0, 2010, 4000, 9000]);
  });
});

describe('a wait', () => {
  const reason = { why: 'the user left' };

  test.each([
    ['FAILED', TaskFailedError],
    ['CANCELLED', TaskCancelledError],
  ] as const)('throws if the task is %s', async (status, type) => {
    server.task({ 5500: { status, error: { code: 'NoSuchTable', message: 'there is no such table' } } });
    expect(await thrownBy(follow())).toBeInstanceOf(type);
    expect(h.clock.now).toBe(5510);
  });

  test('opens no socket for a task that has ended', async () => {
    server.task({}, successful);
    await follow();
    expect(server.sockets).toEqual([]);
  });

  test('holds polls only while there are no messages', async () => {
    server.task({ 4000: { status: 'RUNNING' }, 5000: successful });
    at(2000, () => server.socket.cut());
    await follow({}, { pollWaitSeconds: 20 });
    expect(h.api.received.map(({ headers }) => headers.prefer)).toEqual(['wait=20', 'wait=20', 'wait=20', undefined, undefined]);
  });

  test('throws what a poll throws', async () => {
    server.task();
    at(2000, () => { h.api.answer = () => ({ status: 403 }); });
    expect(await thrownBy(follow())).toBeInstanceOf(TaskApiError);
  });

  test('throws after waitTimeoutMs', async () => {
    server.task();
    expect(await thrownBy(follow({}, { waitTimeoutMs: 7000 }))).toMatchObject({ name: 'TaskWaitTimeoutError', taskId });
    expect(h.clock.now).toBe(7000);
  });

  test.each([
    ['throws', () => { throw new Error('a bug'); }],
    ['rejects', async () => { throw new Error('a bug'); }],
  ])('ends with the error when onChange %s', async (_, fail) => {
    server.task({ 2000: running(10), 3000: running(20) });
    const onChange = (task: Task) => task.progress?.percent === 20 && fail();
    await expect(follow({}, { onChange })).rejects.toThrow(new Error('a bug'));
    expect(h.clock.now).toBe(3010);
  });

  test('shows the newest state when onChange has taken its time', async () => {
    server.task({ 2000: running(2), 3000: running(3), 4000: running(4), 5000: successful });
    const shown: unknown[] = [];
    await follow({}, {
      onChange: async ({ progress }) => {
        shown.push(progress?.percent);
        await sleep(2500);
      },
    });
    expect(shown).toEqual([undefined, 2, 4]);
  });

  test.each<[string, (abort: () => void) => void]>([
    ['before the socket is open', (abort) => at(5, abort)],
    ['before the answer', (abort) => at(15, abort)],
    ['while it rests', (abort) => at(3000, abort)],
    ['when the socket has failed', (abort) => at(3000, () => {
      server.socket.cut();
      abort();
    })],
  ])('ends when its signal aborts %s', async (_, plan) => {
    server.task();
    const controller = new AbortController();
    plan(() => controller.abort(reason));
    expect(await thrownBy(follow({}, { signal: controller.signal }))).toBe(reason);
    expect(abortListeners(controller.signal)).toBe(0);
  });

  test('opens no socket if it has ended before the code for it is loaded', async () => {
    server.task({ 500: successful });
    const { loadLiveSocket } = lazyModules;
    jest.spyOn(lazyModules, 'loadLiveSocket').mockImplementation(async () => {
      await sleep(2000);
      return loadLiveSocket();
    });
    await follow();
    expect(h.clock.now).toBe(1000);
    expect(server.sockets).toEqual([]);
    await sleep(1000);
  });

  test('leaves nothing behind when its signal aborts while onChange waits for ever', async () => {
    server.task();
    const controller = new AbortController();
    at(3000, () => controller.abort(reason));
    expect(await thrownBy(follow({}, { signal: controller.signal, onChange: () => new Promise(() => {}) }))).toBe(reason);
  });
});

describe('many waits', () => {
  test('share a socket, which is closed after the last one', async () => {
    const ids = Array.from({ length: 200 }, (_, i) => `task-${i}`);
    for (const [i, id] of ids.entries()) server.task({ [2000 + i]: { status: 'RUNNING' }, [3000 + i]: running(50), [4000 + i]: successful }, { taskId: id });
    const client = server.client();
    await Promise.all(ids.map((id) => client.wait(id)));
    expect(server.sockets).toHaveLength(1);
    expect(server.actions.filter((action) => action === 'watch')).toHaveLength(200);
    // The first state, RUNNING and the end of each task.
    expect(h.api.received).toHaveLength(600);
  });

  test('for one task share its watch, and each of them gets the state', async () => {
    server.task({ 4000: successful });
    const client = server.client();
    const first = client.wait(taskId);
    await sleep(1500);
    await Promise.all([first, client.wait(taskId)]);
    expect(server.actions).toEqual(['watch', 'watch']);
    expect(h.clock.sentAt).toEqual([0, 1500, 4010, 4010]);
  });

  test('one after the other use the same socket', async () => {
    server.task({ 2000: successful });
    server.task({ 4000: successful }, { taskId: 'another' });
    const client = server.client();
    await client.wait(taskId);
    await client.wait('another');
    expect(server.sockets).toHaveLength(1);
    await h.clock.untilIdle();
    expect(server.actions).toEqual(['watch', 'watch', 'unwatch']);
  });

  test('of the same task as one whose watch is being ended are sent again, because the server may handle both at once', async () => {
    server.task({ 10_000: successful });
    server.task({ 60_000: successful }, { taskId: 'another' });
    server.receive = (socket, request) => void clock.after(request.action === 'unwatch' ? 500 : 0, () => server.respond(socket, request));
    const client = server.client();
    const another = client.wait('another');
    const controller = new AbortController();
    const first = thrownBy(client.wait(taskId, { signal: controller.signal }));
    await sleep(500);
    controller.abort();
    await first;
    await sleep(1100);
    await client.wait(taskId);
    expect(h.clock.now).toBe(10_010);
    expect(server.actions.slice(0, 5)).toEqual(['watch', 'watch', 'unwatch', 'watch', 'watch']);
    await another;
  });

  test('of the same task in quick succession do not end its watch', async () => {
    server.task({ 4000: successful });
    const client = server.client();
    const controller = new AbortController();
    const first = thrownBy(client.wait(taskId, { signal: controller.signal }));
    await sleep(500);
    controller.abort();
    await first;
    await client.wait(taskId);
    expect(server.sockets).toHaveLength(1);
    expect(server.actions).toEqual(['watch', 'watch']);
    expect(h.clock.now).toBe(4010);
  });
});

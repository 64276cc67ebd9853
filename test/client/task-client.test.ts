import { AwsClient } from 'aws4fetch';
import { abortListeners, harness, thrownBy } from './harness';
import { TaskApiError, TaskClient, TaskClientOptions, TaskConnectionError, TaskStatus } from '../../client/src';
import { aTask, Reply } from '../support/api-server';

const h = harness();
const { client } = h;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const accepted = { status: 202, body: aTask() };
const { taskId } = aTask();

describe('create', () => {
  test('posts the task with a key, and returns the accepted task', async () => {
    h.api.script(accepted);
    await expect(client().create('export', { table: 'customers' }, { taskTimeoutSeconds: 60 })).resolves.toEqual(aTask());
    const [{ headers, body }] = h.api.received;
    expect(h.api.lines).toEqual(['POST /prod/tasks']);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': expect.stringMatching(UUID) });
    expect(JSON.parse(body)).toEqual({ type: 'export', payload: { table: 'customers' }, timeoutSeconds: 60 });
  });

  test('leaves out missing options', async () => {
    h.api.script(accepted);
    await client().create('export');
    expect(h.api.received[0].body).toBe('{"type":"export"}');
  });

  test('sends the given key', async () => {
    h.api.script(accepted);
    await client().create('export', 1, { idempotencyKey: 'order-1' });
    expect(h.api.received[0].headers['idempotency-key']).toBe('order-1');
  });

  test('sends a new key with each call', async () => {
    h.api.script(accepted, accepted);
    await client().create('export');
    await client().create('export');
    const [first, second] = h.api.received.map(({ headers }) => headers['idempotency-key']);
    expect(first).not.toBe(second);
  });

  test('creates one task when responses are lost', async () => {
    const tasks = new Map<unknown, object>();
    const lost: Reply[] = ['drop', 'truncate', { status: 504, body: '<html>' }];
    h.api.answer = ({ headers }) => {
      const key = headers['idempotency-key'];
      if (!tasks.has(key)) tasks.set(key, aTask({ taskId: `task-${tasks.size + 1}` }));
      return lost.shift() ?? { status: 202, body: tasks.get(key) };
    };
    await expect(client().create('export', { table: 'customers' })).resolves.toMatchObject({ taskId: 'task-1' });
    expect(tasks.size).toBe(1);
    expect(new Set(h.api.received.map(({ body }) => body)).size).toBe(1);
    expect(h.api.received).toHaveLength(4);
  });

  test('throws at once when the payload or the key cannot be sent', async () => {
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    await expect(client().create('export', cycle)).rejects.toThrow(TypeError);
    await expect(client().create('export', 1, { idempotencyKey: 'two\nlines' })).rejects.toMatchObject({ name: 'TypeError' });
    expect(h.clock.sentAt).toEqual([]);
  });
});

describe('get', () => {
  test('reads a task, with its id encoded', async () => {
    h.api.script({ body: aTask({ result: { rows: 3 } }) });
    const { result } = await client().get<{ rows: number }>('a/b?c');
    expect(result?.rows).toBe(3);
    expect(h.api.lines).toEqual(['GET /prod/tasks/a%2Fb%3Fc']);
    expect(h.api.received[0].headers).not.toHaveProperty('prefer');
  });

  test('sends Prefer: wait', async () => {
    h.api.script({ body: aTask(), headers: { 'Preference-Applied': 'wait=20' } });
    await client().get(taskId, { pollWaitSeconds: 20 });
    expect(h.api.received[0].headers.prefer).toBe('wait=20');
  });

  test.each(['', '.', '..'])('refuses the task id %p, which would address another resource', async (id) => {
    await expect(client().get(id)).rejects.toThrow(new TypeError(`taskId must be the id of a task, got '${id}'`));
    await expect(client().cancel(id)).rejects.toThrow(TypeError);
    await expect(client().wait(id)).rejects.toThrow(TypeError);
    expect(h.clock.sentAt).toEqual([]);
  });

  test('retries after a 304, which it did not ask for', async () => {
    h.api.script({ status: 304 }, { body: aTask() });
    await expect(client().get(taskId)).resolves.toEqual(aTask());
  });
});

describe('list', () => {
  test('asks for all tasks', async () => {
    h.api.script({ body: { tasks: [aTask()], nextToken: 'abc' } });
    await expect(client().list()).resolves.toEqual({ tasks: [aTask()], nextToken: 'abc' });
    expect(h.api.lines).toEqual(['GET /prod/tasks']);
  });

  test('sends the filter and the position of a page', async () => {
    h.api.script({ body: { tasks: [] } });
    await client().list({ status: 'RUNNING', type: 'export', limit: 10, nextToken: 'a+b/c=&' });
    const query = new URL(h.api.received[0].url, h.api.url).searchParams;
    expect(Object.fromEntries(query)).toEqual({ status: 'RUNNING', type: 'export', limit: '10', nextToken: 'a+b/c=&' });
  });
});

describe('a list of several statuses', () => {
  test.each<[TaskStatus | TaskStatus[], string]>([
    ['RUNNING', '?status=RUNNING'], [['RUNNING', 'FAILED'], '?status=RUNNING&status=FAILED'], [[], ''],
  ])('%j sends the query %j', async (status, query) => {
    h.api.script({ body: { tasks: [] } });
    await client().list({ status });
    expect(h.api.lines).toEqual([`GET /prod/tasks${query}`]);
  });
});

describe('cancel', () => {
  test('posts, and returns the task', async () => {
    const cancelled = aTask({ status: 'CANCELLED' });
    h.api.script({ status: 503 }, { body: cancelled });
    await expect(client().cancel(taskId)).resolves.toEqual(cancelled);
    expect(h.api.lines).toEqual(Array(2).fill(`POST /prod/tasks/${taskId}/cancel`));
  });

  test('throws the problem when the task has ended in another way', async () => {
    h.api.script({ status: 409, body: { title: 'Conflict', status: 409, detail: 'the task is already SUCCESSFUL' } });
    const error = await thrownBy(client().cancel(taskId));
    expect(error).toBeInstanceOf(TaskApiError);
    expect(error).toMatchObject({ status: 409, title: 'Conflict', detail: 'the task is already SUCCESSFUL', taskId });
    expect(h.api.received).toHaveLength(1);
  });
});

describe('a request that fails', () => {
  test.each<[string, Reply]>([
    ['a closed connection', 'drop'],
    ['half a response', 'truncate'],
    ['408', { status: 408 }],
    ['429', { status: 429, body: { title: 'Too Many Requests' } }],
    ['500', { status: 500, body: { title: 'Internal Server Error' } }],
    ['an error page of a proxy', { status: 502, headers: { 'Content-Type': 'text/html' }, body: '<html>Bad Gateway</html>' }],
    ['the login page of a network', { status: 200, body: '<html>Welcome</html>' }],
    ['JSON that is not a task', { status: 200, body: '{}' }],
    ['null', { status: 200, body: 'null' }],
    ['an error with a task in it', { status: 500, body: aTask({ status: 'FAILED' }) }],
    ['a task without a status', { status: 200, body: { taskId } }],
  ])('is retried after %s', async (_, reply) => {
    h.api.script(reply, { body: aTask() });
    await expect(client().get(taskId)).resolves.toEqual(aTask());
  });

  test.each([400, 403, 404, 409, 413, 415, 422])('is not retried after %i', async (status) => {
    h.api.script({ status, headers: { 'Retry-After': '1' } });
    await expect(client().create('export')).rejects.toMatchObject({ name: 'TaskApiError', status });
    expect(h.api.received).toHaveLength(1);
  });

  test('is retried after growing pauses, and throws the last response', async () => {
    h.api.answer = () => ({ status: 500 + h.api.received.length });
    await expect(client().get(taskId)).rejects.toMatchObject({ name: 'TaskApiError', status: 505, taskId });
    expect(h.clock.sentAt).toEqual([0, 250, 750, 1750, 3750]);
  });

  test('throws the error of the last attempt', async () => {
    h.api.answer = () => 'drop';
    const error = await thrownBy(client().get(taskId));
    expect(error).toBeInstanceOf(TaskConnectionError);
    expect(error).toMatchObject({ message: 'the API could not be reached: TypeError: fetch failed', taskId, cause: { name: 'TypeError' } });
    expect(h.api.received).toHaveLength(5);
  });

  test.each([
    ['seconds', '3', 3250],
    ['a date by the clock of the server', 'Fri, 01 Jan 2100 00:00:03 GMT', 3250],
    ['garbage', 'soon', 250],
  ])('is retried after the pause of Retry-After: %s', async (_, retryAfter, at) => {
    const headers = { 'Retry-After': retryAfter, 'Date': 'Fri, 01 Jan 2100 00:00:00 GMT' };
    h.api.script({ status: 429, headers }, { body: aTask() });
    await client().get(taskId);
    expect(h.clock.sentAt).toEqual([0, at]);
  });

  test('is retried at the date of Retry-After when the response has no Date', async () => {
    const fetch: TaskClientOptions['fetch'] = async () => h.clock.now === 0
      ? new Response('', { status: 503, headers: { 'Retry-After': 'Thu, 01 Jan 2026 00:00:02 GMT' } })
      : Response.json(aTask());
    await client({ fetch }).get(taskId);
    expect(h.clock.now).toBe(2250);
  });

  test('is retried when no response arrives', async () => {
    h.api.script('hang', 'stall', { body: aTask() });
    const task = client().get(taskId);
    await h.api.nextRequest();
    h.clock.advance(30_000);
    await h.api.nextRequest();
    h.clock.advance(30_000);
    await expect(task).resolves.toEqual(aTask());
  });

  test.each([[undefined, 30], [20, 50]])('throws an error that says so when no response arrives, with pollWaitSeconds %p', async (pollWaitSeconds, seconds) => {
    const error = await thrownBy(client({ fetch: () => new Promise(() => {}) }).get(taskId, { pollWaitSeconds }));
    expect(error).toMatchObject({ name: 'TaskConnectionError', cause: new Error(`no response within ${seconds} seconds`) });
    expect(h.clock.now).toBe(5 * seconds * 1000 + 3750);
  });
});

describe('the URL of the API', () => {
  test.each([
    ['https://id.execute-api.eu-west-1.amazonaws.com/prod/', 'https://id.execute-api.eu-west-1.amazonaws.com/prod/tasks'],
    ['https://id.execute-api.eu-west-1.amazonaws.com/prod', 'https://id.execute-api.eu-west-1.amazonaws.com/prod/tasks'],
    ['https://tasks.example.com', 'https://tasks.example.com/tasks'],
    ['https://example.com/a/b//', 'https://example.com/a/b/tasks'],
    [new URL('https://example.com/a'), 'https://example.com/a/tasks'],
    ['https://example.com/a#top', 'https://example.com/a/tasks'],
    ['https://example.com?code=a%2Fb+c', 'https://example.com/tasks?code=a%2Fb+c'],
    ['https://example.com/a/?code=1&sig=/#top', 'https://example.com/a/tasks?code=1&sig=/'],
    [new URL('https://example.com/a?code=1'), 'https://example.com/a/tasks?code=1'],
  ])('%s becomes %s', async (url, expected) => {
    const fetch = jest.fn(async () => Response.json(aTask()));
    await client({ url, fetch }).create('export');
    expect(fetch).toHaveBeenCalledWith(expected, expect.anything());
  });

  test('can be relative to the page', async () => {
    const location = { href: 'https://example.com/app/index.html?page=1#top' };
    Object.assign(globalThis, { location });
    try {
      const fetch = jest.fn(async () => Response.json(aTask()));
      await client({ url: '/api', fetch }).get(taskId);
      expect(fetch).toHaveBeenCalledWith(`https://example.com/api/tasks/${taskId}`, expect.anything());
      await client({ url: '', fetch }).get(taskId);
      expect(fetch).toHaveBeenLastCalledWith(`https://example.com/tasks/${taskId}`, expect.anything());
    } finally {
      delete (globalThis as { location?: object }).location;
    }
  });

  test.each<[string, (api: TaskClient) => Promise<unknown>, string]>([
    ['get', (api) => api.get('a?b'), 'tasks/a%3Fb?code=1'],
    ['cancel', (api) => api.cancel('a'), 'tasks/a/cancel?code=1'],
    ['wait', (api) => api.wait('a'), 'tasks/a?code=1'],
    ['list', (api) => api.list({ limit: 1, type: 'a b' }), 'tasks?code=1&type=a+b&limit=1'],
    ['list of all', (api) => api.list(), 'tasks?code=1'],
  ])('keeps its query in each request: %s', async (_, call, expected) => {
    const fetch = jest.fn(async () => Response.json({ ...aTask({ status: 'SUCCESSFUL' }), tasks: [] }));
    await call(client({ url: 'https://example.com/prod?code=1', fetch }));
    expect(fetch).toHaveBeenCalledWith(`https://example.com/prod/${expected}`, expect.anything());
  });

  test.each(['https://ann:secret@example.com', 'https://ann@example.com', 'https://:secret@example.com'])('%s is refused, and the error does not quote it', (url) => {
    expect(() => client({ url })).toThrow(new TypeError('url must not contain credentials: use headers'));
  });

  test('must be valid', () => {
    expect(() => new TaskClient({ url: '/api' })).toThrow('Invalid URL');
  });
});

describe('a request that is answered 401', () => {
  const unauthorized = { status: 401, body: { detail: 'the request has no valid credentials' } };

  test('is retried at once with new headers', async () => {
    h.api.script(unauthorized, { body: aTask() });
    let count = 0;
    await expect(client({ headers: async () => ({ Authorization: `Bearer ${++count}` }) }).get(taskId)).resolves.toEqual(aTask());
    expect(h.api.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
    expect(h.clock.sentAt).toEqual([0, 0]);
  });

  test('is retried by the given fetch, which can sign it again', async () => {
    h.api.script(unauthorized, { status: 202, body: aTask() });
    await client().create('export');
    expect(h.api.received[0].headers['idempotency-key']).toBe(h.api.received[1].headers['idempotency-key']);
  });

  test('is retried only once', async () => {
    h.api.answer = () => unauthorized;
    await expect(client({ headers: () => ({}) }).get(taskId)).rejects.toMatchObject({ name: 'TaskApiError', status: 401, taskId });
    expect(h.api.received).toHaveLength(2);
  });

  test('is retried only once, also when another failure follows', async () => {
    h.api.script(unauthorized, { status: 500 }, unauthorized);
    await expect(client({ headers: () => ({}) }).get(taskId)).rejects.toMatchObject({ status: 401 });
    expect(h.clock.sentAt).toEqual([0, 0, 250]);
  });

  test('keeps its five attempts for other failures', async () => {
    h.api.answer = () => h.api.received.length === 1 ? unauthorized : { status: 500 };
    await expect(client({ headers: () => ({}) }).get(taskId)).rejects.toMatchObject({ status: 500 });
    expect(h.api.received).toHaveLength(6);
  });

  test('is not retried when its headers are always the same', async () => {
    const fetch = jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('', { status: 401 }));
    try {
      await expect(new TaskClient({ url: h.api.url, headers: { Authorization: 'old' } }).get(taskId)).rejects.toMatchObject({ status: 401 });
      expect(fetch).toHaveBeenCalledTimes(1);
    } finally {
      fetch.mockRestore();
    }
  });
});

describe('fetch and headers', () => {
  test('calls the global fetch as a global function', async () => {
    const fetch = jest.spyOn(globalThis, 'fetch').mockResolvedValue(Response.json(aTask()));
    try {
      await new TaskClient({ url: h.api.url }).get(taskId);
      expect(fetch.mock.contexts).toEqual([globalThis]);
    } finally {
      fetch.mockRestore();
    }
  });

  test('sends the same headers with each request', async () => {
    h.api.script({ status: 500 }, { body: aTask() });
    await client({ headers: { 'X-Task-Owner': 'alice' } }).get(taskId);
    expect(h.api.received.map(({ headers }) => headers['x-task-owner'])).toEqual(['alice', 'alice']);
  });

  test('asks for new headers before each attempt', async () => {
    h.api.script({ status: 500 }, { body: aTask() });
    let count = 0;
    await client({ headers: async () => ({ Authorization: `Bearer ${++count}` }) }).get(taskId);
    expect(h.api.received.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  test('never replaces the headers of the client', async () => {
    h.api.script(accepted);
    await client({ headers: { 'idempotency-key': 'mine', 'content-type': 'text/plain' } }).create('export', 1, { idempotencyKey: 'call' });
    expect(h.api.received[0].headers).toMatchObject({ 'idempotency-key': 'call', 'content-type': 'application/json' });
  });

  test('retries when the function for the headers throws', async () => {
    h.api.script({ body: aTask() });
    const headers = jest.fn(() => ({})).mockImplementationOnce(() => {
      throw new Error('offline');
    });
    await client({ headers }).get(taskId);
    expect(headers).toHaveBeenCalledTimes(2);
  });

  test('signs each attempt with aws4fetch', async () => {
    h.api.script({ status: 500 }, { status: 202, body: aTask() });
    const aws = new AwsClient({ accessKeyId: 'key', secretAccessKey: 'secret', region: 'eu-west-1', service: 'execute-api', retries: 0 });
    const fetch = h.clock.watch((url, init) => aws.fetch(url, init));
    await client({ fetch }).create('export', { table: 'customers' });
    expect(h.api.received).toHaveLength(2);
    for (const { headers, body } of h.api.received) {
      expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\/.*SignedHeaders=\S*idempotency-key/);
      expect(JSON.parse(body)).toEqual({ type: 'export', payload: { table: 'customers' } });
    }
  });
});

describe('an aborted signal', () => {
  const reason = new Error('the user left');

  test.each<[string, (api: TaskClient, signal: AbortSignal) => Promise<unknown>]>([
    ['create', (api, signal) => api.create('export', 1, { signal })],
    ['get', (api, signal) => api.get(taskId, { signal })],
    ['list', (api, signal) => api.list({ signal })],
    ['cancel', (api, signal) => api.cancel(taskId, { signal })],
    ['wait', (api, signal) => api.wait(taskId, { signal })],
    ['run', (api, signal) => api.run('export', 1, { signal })],
  ])('ends %s before its first request, and in flight', async (_, call) => {
    expect(await thrownBy(call(client(), AbortSignal.abort(reason)))).toBe(reason);
    expect(h.clock.sentAt).toEqual([]);

    h.api.answer = () => 'hang';
    const abort = new AbortController();
    const thrown = thrownBy(call(client(), abort.signal));
    await h.api.nextRequest();
    abort.abort(reason);
    expect(await thrown).toBe(reason);
    expect(abortListeners(abort.signal)).toBe(0);
  });

  test('ends a call whose fetch ignores the signal', async () => {
    const abort = new AbortController();
    const thrown = thrownBy(client({ fetch: () => new Promise(() => {}) }).get(taskId, { signal: abort.signal }));
    abort.abort(reason);
    expect(await thrown).toBe(reason);
  });

  test('ends a call that reads a response', async () => {
    h.api.answer = () => 'stall';
    const abort = new AbortController();
    let isReading = () => {};
    const reading = new Promise<void>((resolve) => { isReading = resolve; });
    const thrown = thrownBy(client({
      fetch: async (url, init) => {
        const response = await h.clock.fetch(url, init);
        isReading();
        return response;
      },
    }).get(taskId, { signal: abort.signal }));
    await reading;
    abort.abort(reason);
    expect(await thrown).toBe(reason);
  });

  test('ends a call that waits for headers', async () => {
    const abort = new AbortController();
    const thrown = thrownBy(client({ headers: () => new Promise(() => {}) }).get(taskId, { signal: abort.signal }));
    abort.abort(reason);
    expect(await thrown).toBe(reason);
    expect(h.clock.sentAt).toEqual([]);
  });

  test('ends the last attempt', async () => {
    const abort = new AbortController();
    h.api.answer = () => h.api.received.length < 5 ? 'drop' : 'hang';
    const thrown = thrownBy(client().get(taskId, { signal: abort.signal }));
    for (let tries = 0; tries < 5; tries++) await h.api.nextRequest();
    abort.abort(reason);
    expect(await thrown).toBe(reason);
  });

  test('ends the pause before a retry', async () => {
    h.clock.isHeld = true;
    h.api.answer = () => ({ status: 500 });
    const abort = new AbortController();
    const thrown = thrownBy(client().get(taskId, { signal: abort.signal }));
    await h.clock.untilAsleep();
    abort.abort(reason);
    expect(await thrown).toBe(reason);
    expect(h.api.received).toHaveLength(1);
    expect(abortListeners(abort.signal)).toBe(0);
  });

  test('throws the reason of the platform when it has no reason', async () => {
    expect(await thrownBy(client().get(taskId, { signal: AbortSignal.abort() }))).toMatchObject({ name: 'AbortError' });
  });

  test('has no listener after a call has ended', async () => {
    const { signal } = new AbortController();
    h.api.script({ status: 500 }, { body: aTask() });
    await client().get(taskId, { signal });
    expect(abortListeners(signal)).toBe(0);
  });
});

import { abortListeners, harness, thrownBy } from './harness';
import { Task, TaskApiError, TaskCancelledError, TaskConnectionError, TaskFailedError, TaskWaitTimeoutError } from '../../client/src';
import { aTask, Reply } from '../support/api-server';

const h = harness();
const { client } = h;
const { taskId } = aTask();
const pending = aTask();
const running = (percent: number) => aTask({ status: 'RUNNING', progress: { percent } });
const successful = aTask({ status: 'SUCCESSFUL', result: { rows: 3 } });

const accepted = (retryAfter?: string): Reply => ({ status: 202, body: pending, headers: { Location: `tasks/${taskId}`, ...withRetryAfter(retryAfter) } });
const ok = (body: Task, retryAfter?: string, etag?: string): Reply =>
  ({ body, headers: { ...withRetryAfter(retryAfter), ...(etag && { ETag: etag }) } });
const notModified = (retryAfter?: string): Reply => ({ status: 304, headers: withRetryAfter(retryAfter) });
const withRetryAfter = (seconds?: string) => (seconds === undefined ? {} : { 'Retry-After': seconds }) as Record<string, string>;

describe('run', () => {
  test('creates a task, polls it as often as the API asks for, and returns the result', async () => {
    h.api.script(accepted('1'), ok(pending, '2'), ok(running(50), '3'), ok(successful));
    const result = await client().run<{ rows: number }>('export', { table: 'customers' });
    expect(result.rows).toBe(3);
    expect(h.api.lines).toEqual(['POST /prod/tasks', ...Array(3).fill(`GET /prod/tasks/${taskId}`)]);
    expect(h.clock.sentAt).toEqual([0, 1000, 3000, 6000]);
  });

  test('uses a new token each time that the old one has expired', async () => {
    const unauthorized = { status: 401 };
    let token = 0;
    h.api.script(unauthorized, accepted('1'), unauthorized, ok(pending, '1'), unauthorized, ok(successful));
    await expect(client({ headers: () => ({ Authorization: `${++token}` }) }).run('export')).resolves.toEqual({ rows: 3 });
    expect(h.api.received.map(({ headers }) => headers.authorization)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('returns undefined when the task has no result', async () => {
    h.api.script(accepted(), ok(aTask({ status: 'SUCCESSFUL' })));
    await expect(client().run('export')).resolves.toBeUndefined();
  });

  test('does not poll a task that has already ended, such as that of a repeated key', async () => {
    h.api.script({ status: 202, body: successful, headers: { 'Idempotent-Replayed': 'true' } });
    await expect(client().run('export', undefined, { idempotencyKey: 'order-1' })).resolves.toEqual({ rows: 3 });
    expect(h.api.received[0].headers['idempotency-key']).toBe('order-1');
  });

  test('sends the options of a creation', async () => {
    h.api.script({ status: 202, body: successful });
    await client().run('export', 1, { taskTimeoutSeconds: 60 });
    expect(JSON.parse(h.api.received[0].body)).toEqual({ type: 'export', payload: 1, timeoutSeconds: 60 });
  });

  test('asks only for new versions, and calls onChange once for each', async () => {
    const shown = jest.fn();
    h.api.script(accepted('1'), ok(pending, '1', '"1"'), notModified('4'), ok(running(50), '1', 'W/"2"'), notModified('1'), ok(running(90), '1'), ok(successful));
    await client().run('export', 1, { onChange: shown });
    expect(shown.mock.calls).toEqual([[pending], [running(50)], [running(90)], [successful]]);
    expect(h.api.received.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined, '"1"', '"1"', 'W/"2"', 'W/"2"', undefined]);
    expect(h.clock.sentAt).toEqual([0, 1000, 2000, 6000, 7000, 8000, 9000]);
  });

  test('polls at its own pace when the API asks for none', async () => {
    h.api.script(accepted('soon'), ok(pending), ok(pending, '-1'), ok(successful));
    await client().run('export');
    expect(h.clock.sentAt).toEqual([0, 1000, 2100, 3310]);
  });

  test('sends Prefer: wait with each poll', async () => {
    h.api.script(accepted('1'), ok(pending, '1'), ok(successful));
    await client().run('export', 1, { pollWaitSeconds: 20 });
    expect(h.api.received.map(({ headers }) => headers.prefer)).toEqual([undefined, 'wait=20', 'wait=20']);
  });

  test('goes on polling after an unknown status', async () => {
    h.api.script(accepted(), ok({ ...pending, status: 'PAUSED' as Task['status'] }), ok(successful));
    await expect(client().run('export')).resolves.toEqual({ rows: 3 });
  });

  test('waits for the promise of onChange before the next poll', async () => {
    const order: string[] = [];
    h.api.answer = () => {
      order.push('asked');
      return ok(h.api.received.length < 2 ? pending : successful);
    };
    await client().run('export', 1, {
      onChange: async ({ status }) => {
        await new Promise(setImmediate);
        order.push(status);
      },
    });
    expect(order).toEqual(['asked', 'PENDING', 'asked', 'SUCCESSFUL']);
  });

  test.each([
    ['throws', () => { throw new Error('a bug'); }],
    ['rejects', async () => { throw new Error('a bug'); }],
  ])('ends with the error when onChange %s', async (_, onChange) => {
    h.api.script(accepted());
    await expect(client().run('export', 1, { onChange })).rejects.toThrow(new Error('a bug'));
  });
});

describe('wait', () => {
  test('polls at once, and returns the task', async () => {
    h.api.script(ok(pending, '2'), ok(successful));
    const task = await client().wait<{ rows: number }>(taskId);
    expect(task.result?.rows).toBe(3);
    expect(task).toEqual(successful);
    expect(h.clock.sentAt).toEqual([0, 2000]);
  });

  test.each([403, 404])('throws at once when the API answers %i', async (status) => {
    h.api.script(ok(pending), { status });
    const error = await thrownBy(client().wait(taskId));
    expect(error).toBeInstanceOf(TaskApiError);
    expect(error).toMatchObject({ status, taskId });
  });
});

describe('a task that does not succeed', () => {
  test('throws a TaskFailedError with its code', async () => {
    const failed = aTask({ status: 'FAILED', error: { code: 'NoSuchTable', message: 'there is no table customers' } });
    h.api.script(accepted(), ok(failed), ok(failed));
    const error = await thrownBy(client().run('export'));
    expect(error).toBeInstanceOf(TaskFailedError);
    expect(error).toMatchObject({ message: 'there is no table customers', code: 'NoSuchTable', task: failed, taskId });
    await expect(client().wait(taskId)).rejects.toMatchObject({ name: 'TaskFailedError' });
  });

  test('throws a TaskCancelledError', async () => {
    const cancelled = aTask({ status: 'CANCELLED' });
    h.api.script(accepted(), ok(cancelled));
    const error = await thrownBy(client().run('export'));
    expect(error).toBeInstanceOf(TaskCancelledError);
    expect(error).toMatchObject({ task: cancelled, taskId });
  });
});

describe('an API that fails temporarily', () => {
  test('is polled again, with the last ETag', async () => {
    h.api.script(accepted('1'), ok(pending, '1', '"1"'), 'drop', { status: 503, body: '<html>' }, { status: 429, headers: { 'Retry-After': '5' } }, ok(successful));
    await expect(client().run('export')).resolves.toEqual({ rows: 3 });
    expect(h.clock.sentAt).toEqual([0, 1000, 2000, 2250, 2750, 8750]);
    expect(h.api.received.slice(2).every(({ headers }) => headers['if-none-match'] === '"1"')).toBe(true);
  });

  test('is an error after ten failed polls in a row', async () => {
    h.api.answer = ({ method }) => method === 'POST' ? accepted() : 'drop';
    const error = await thrownBy(client().run('export'));
    expect(error).toBeInstanceOf(TaskConnectionError);
    expect(error).toMatchObject({ taskId });
    expect(h.api.received).toHaveLength(11);
  });

  test('gets ten attempts again after each response', async () => {
    h.api.answer = () => {
      const count = h.api.received.length;
      return count % 10 !== 0 ? 'drop' : ok(count < 50 ? pending : successful);
    };
    await expect(client().wait(taskId)).resolves.toEqual(successful);
    expect(h.api.received).toHaveLength(50);
  });

  test('is polled until waitTimeoutMs is over', async () => {
    h.api.answer = ({ method }) => method === 'POST' ? accepted() : { status: 500 };
    const error = await thrownBy(client().run('export', 1, { waitTimeoutMs: 3_600_000 }));
    expect(error).toBeInstanceOf(TaskWaitTimeoutError);
    expect(error).toMatchObject({ taskId, cause: { name: 'TaskApiError', status: 500 } });
    expect(h.api.received.length).toBeGreaterThan(100);
    expect(h.clock.now).toBe(3_600_000);
  });

  test('gets five attempts to create the task, also with a long waitTimeoutMs', async () => {
    h.api.answer = () => 'drop';
    const error = await thrownBy(client().run('export', 1, { waitTimeoutMs: 3_600_000 }));
    expect(error).toBeInstanceOf(TaskConnectionError);
    expect(error).toMatchObject({ taskId: undefined });
    expect(h.api.received).toHaveLength(5);
  });
});

describe('waitTimeoutMs', () => {
  test('throws an error with the task id, and wait() can wait for that task again', async () => {
    h.api.answer = () => ok(h.clock.now < 60_000 ? pending : successful, '10');
    const error = await thrownBy(client().run('export', 1, { waitTimeoutMs: 25_000 })) as TaskWaitTimeoutError;
    expect(error).toMatchObject({ name: 'TaskWaitTimeoutError', message: 'the task has not ended within 25000 ms', taskId, cause: undefined });
    expect(h.clock.now).toBe(25_000);
    await expect(client().wait(error.taskId!, { waitTimeoutMs: 60_000 })).resolves.toEqual(successful);
  });

  test('throws an error without a cause when the last request succeeded', async () => {
    h.api.script('drop', accepted('60'));
    expect(await thrownBy(client().run('export', 1, { waitTimeoutMs: 25_000 }))).toMatchObject({ name: 'TaskWaitTimeoutError', taskId, cause: undefined });
  });

  test('also ends a request in flight', async () => {
    h.api.answer = () => 'hang';
    const thrown = thrownBy(client().run('export', 1, { waitTimeoutMs: 5_000 }));
    await h.api.nextRequest();
    h.clock.advance(5000);
    expect(await thrown).toMatchObject({ name: 'TaskWaitTimeoutError', taskId: undefined });
  });

  test('also ends a wait for onChange', async () => {
    h.api.script(accepted());
    const thrown = thrownBy(client().run('export', 1, { waitTimeoutMs: 5_000, onChange: () => new Promise(() => {}) }));
    expect(await thrown).toMatchObject({ name: 'TaskWaitTimeoutError', taskId });
  });
});

describe('an aborted signal', () => {
  const reason = { why: 'the user left' };

  test('ends the pause between two polls', async () => {
    h.clock.isHeld = true;
    h.api.script(accepted('30'));
    const abort = new AbortController();
    const thrown = thrownBy(client().run('export', 1, { signal: abort.signal, waitTimeoutMs: 60_000 }));
    await h.clock.untilAsleep();
    abort.abort(reason);
    expect(await thrown).toBe(reason);
    expect(abortListeners(abort.signal)).toBe(0);
    expect(h.api.received).toHaveLength(1);
  });

  test('ends a poll', async () => {
    h.api.answer = ({ method }) => method === 'POST' ? accepted() : 'hang';
    const abort = new AbortController();
    const thrown = thrownBy(client().run('export', 1, { signal: abort.signal }));
    await h.api.nextRequest();
    await h.api.nextRequest();
    abort.abort(reason);
    expect(await thrown).toBe(reason);
    expect(abortListeners(abort.signal)).toBe(0);
  });

  test.each(['PENDING', 'SUCCESSFUL'])('ends the wait when onChange aborts it at %s', async (status) => {
    h.api.script(accepted(), ok(successful));
    const abort = new AbortController();
    const onChange = (task: Task) => task.status === status && abort.abort(reason);
    expect(await thrownBy(client().run('export', 1, { signal: abort.signal, onChange }))).toBe(reason);
    expect(h.api.received).toHaveLength(status === 'PENDING' ? 1 : 2);
  });

  test.each([...Array(20).keys()])('prevents further calls of onChange, %i steps after the response', async (steps) => {
    const abort = new AbortController();
    const fetch = async () => {
      const response = Response.json(successful, { status: 202 });
      const text = await response.text();
      const abortIn = (left: number): void => left === 0 ? abort.abort(reason) : queueMicrotask(() => abortIn(left - 1));
      return Object.assign(response, {
        text: async () => {
          abortIn(steps);
          return text;
        },
      });
    };
    const abortedBefore: boolean[] = [];
    const onChange = () => abortedBefore.push(abort.signal.aborted);
    await client({ fetch }).run('export', 1, { signal: abort.signal, onChange }).catch((error) => expect(error).toBe(reason));
    await new Promise(setImmediate);
    expect(abortedBefore).not.toContain(true);
  });

  test('has no listener, and the clock no timer, after a task that succeeded', async () => {
    const { signal } = new AbortController();
    h.api.script(accepted(), 'drop', ok(pending), ok(successful));
    await client().run('export', 1, { signal, waitTimeoutMs: 60_000 });
    expect(abortListeners(signal)).toBe(0);
    expect(h.clock.pending).toBe(0);
  });
});

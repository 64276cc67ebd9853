import { Readable } from 'node:stream';
import * as v from 'valibot';
import { OutOfTime, TaskEnded, TaskFailure, taskProcessor } from '../../processor/src';
import { fakeTask } from '../../processor/src/testing';

beforeEach(() => {
  jest.spyOn(console, 'info').mockImplementation();
});

test('a task that has not run is PENDING', () => {
  const task = fakeTask();
  expect([task.status, task.result, task.error, task.resultObject, task.progress, task.reports]).toEqual(['PENDING', undefined, undefined, undefined, [], []]);
});

test('a task that ran has all progress and its result, as JSON has them', async () => {
  const handler = taskProcessor<{ rows: number[]; since: string }>(async ({ payload }, { progress }) => {
    for (const row of payload.rows) await progress(row, 'working');
    return { until: new Date(1), since: payload.since };
  });
  const task = await fakeTask({ rows: [1, 2, 3], since: new Date(0) }).run(handler);
  expect(task.status).toBe('SUCCESSFUL');
  expect(task.result).toEqual({ until: '1970-01-01T00:00:00.001Z', since: '1970-01-01T00:00:00.000Z' });
  expect(task.progress).toEqual([1, 2, 3].map((percent) => ({ percent, message: 'working' })));
  expect(task.reports.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'SUCCESSFUL']);
});

test('a task has the type and the owner of its options', async () => {
  const task = await fakeTask(undefined, { type: 'export', owner: 'ada' }).runWork(({ type, owner, payload }) => ({ type, owner, hasPayload: payload !== undefined }));
  expect(task.result).toEqual({ type: 'export', owner: 'ada', hasPayload: false });
});

test('a task fails by a TaskFailure', async () => {
  const task = await fakeTask().runWork(async () => {
    throw new TaskFailure('UnknownTable', 'no such table');
  });
  expect([task.status, task.error]).toEqual(['FAILED', { code: 'UnknownTable', message: 'no such table' }]);
});

test('a task whose payload does not match the schema fails', async () => {
  const schema = v.object({ table: v.pipe(v.string(), v.trim()), limit: v.optional(v.number(), 10) });
  expect((await fakeTask({ table: ' a ' }).runWork(({ payload }) => payload, { schema })).result).toEqual({ table: 'a', limit: 10 });
  expect((await fakeTask({ table: 1 }).runWork(() => 1, { schema })).error).toEqual({
    code: 'InvalidPayload', message: 'table: Invalid type: Expected string but received 1',
  });
});

test('an error that Lambda would retry for is thrown, and leaves the task RUNNING', async () => {
  const task = fakeTask();
  const error = new Error('no luck');
  await expect(task.runWork(async () => Promise.reject(error))).rejects.toBe(error);
  expect(task.status).toBe('RUNNING');
  expect((await task.runWork(() => 'second attempt')).status).toBe('SUCCESSFUL');
});

test.each([
  ['a string', () => 'a,b\n'],
  ['bytes', () => Buffer.from('a,b\n')],
  ['a stream', () => Readable.from(['a,', 'b\n'])],
  ['a web stream', () => new Blob(['a,b\n']).stream()],
  ['a generator', async function* () { yield 'a,'; yield Buffer.from('b\n'); }],
])('an upload of %s is kept', async (_, body) => {
  const task = await fakeTask().runWork(async ({ upload }) => upload(body(), { contentType: 'text/csv', fileName: 'a.csv' }));
  expect(task.uploads).toEqual([{ body: Buffer.from('a,b\n'), contentType: 'text/csv' }]);
  expect(task.resultObject).toMatchObject({ contentType: 'text/csv', fileName: 'a.csv' });
});

test('a task without a bucket refuses an upload', async () => {
  const task = fakeTask(undefined, { resultBucket: false });
  await expect(task.runWork(async ({ upload }) => upload('a', { contentType: 'text/plain' }))).rejects.toThrow('resultBucket');
});

describe('a task that is cancelled', () => {
  test('while it runs aborts the signal at once, and its work is not retried', async () => {
    const task = fakeTask();
    let reason: unknown;
    await task.runWork(async (_, { progress, signal }) => {
      task.cancel();
      reason = signal.reason;
      await progress(50);
      throw new Error('stopped');
    });
    expect(reason).toEqual(new TaskEnded('CANCELLED'));
    expect([task.status, task.progress]).toEqual(['CANCELLED', []]);
  });

  test('before it runs starts with an aborted signal', async () => {
    const task = fakeTask();
    task.cancel();
    await task.runWork(async (_, { signal }) => signal.throwIfAborted());
    expect(task.status).toBe('CANCELLED');
  });

  test('after its end stays as it is', async () => {
    const task = await fakeTask().runWork(() => 1);
    task.cancel();
    expect(task.status).toBe('SUCCESSFUL');
  });
});

test.each([['before', true], ['while', false]])('a task that runs out of time %s its work runs aborts the signal, and can be retried', async (_, isBefore) => {
  const task = fakeTask();
  if (isBefore) task.runOutOfTime();
  const running = task.runWork(async (__, { signal }) => {
    if (!isBefore) task.runOutOfTime();
    signal.throwIfAborted();
  });
  await expect(running).rejects.toEqual(new OutOfTime());
  expect(task.status).toBe('RUNNING');
});

test('tasks run at the same time', async () => {
  const tasks = await Promise.all([1, 2, 3].map(async (payload) => fakeTask(payload).runWork<number>(async (task, { progress }) => {
    await progress(task.payload);
    return task.payload;
  })));
  expect(tasks.map(({ result, progress }) => [result, progress])).toEqual([1, 2, 3].map((number) => [number, [{ percent: number }]]));
});

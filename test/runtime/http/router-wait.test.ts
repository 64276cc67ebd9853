import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { RouterOptions } from '../../../src/runtime/http/router';
import { Task } from '../../../src/runtime/task/task';
import { aRouter } from '../../support/a-router';
import { anItem, aRequest, aTask, at, NOW } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

/** The time that has passed. Only waiting takes time. */
let seconds = 0;

beforeEach(() => {
  dynamodb.reset();
  seconds = 0;
});

const running = (task: Partial<Task> = {}) => aTask({ status: 'RUNNING', version: 2, startedAt: at(0), ...task });
const successful = aTask({ status: 'SUCCESSFUL', version: 3, result: '1', endedAt: at(2) });

/** Puts these tasks into the table, each at its second. */
const tableWith = (tasks: Record<number, Task | undefined>) => dynamodb.on(GetItemCommand).callsFake(() => {
  const since = Object.keys(tasks).map(Number).sort((a, b) => a - b).filter((second) => second <= seconds).at(-1)!;
  return { Item: tasks[since] && anItem(tasks[since]) };
});

const get = (headers: Record<string, string>, options: Partial<RouterOptions> = {}) => aRouter({
  maxWaitSeconds: 20,
  now: () => new Date(NOW.getTime() + seconds * 1000),
  sleep: async (ms) => { seconds += ms / 1000; },
  ...options,
}).answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: aTask().taskId }, headers }));

describe('a request with Prefer: wait', () => {
  test('gets its reply as soon as the task has ended', async () => {
    tableWith({ 0: running(), 2: successful });
    const { statusCode, headers, body } = await get({ prefer: 'wait=10' });
    expect(seconds).toBe(2);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ status: 'SUCCESSFUL', result: 1 });
    expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': '"3"', 'Preference-Applied': 'wait=10' });
  });

  test('gets the current task when the wait is over', async () => {
    tableWith({ 0: running(), 11: successful });
    const { headers, body } = await get({ Prefer: 'wait=10' });
    expect(seconds).toBe(10);
    expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
    expect(headers).toMatchObject({ 'Preference-Applied': 'wait=10', 'Retry-After': '1' });
  });

  test('can be repeated after a second, however old the task is', async () => {
    tableWith({ 0: running() });
    const { headers } = await get({ Prefer: 'wait=10' }, { now: () => new Date(NOW.getTime() + 300_000 + seconds * 1000) });
    expect(headers).toMatchObject({ 'Retry-After': '1' });
  });

  test('waits for the end of the task instead of progress', async () => {
    tableWith({ 0: aTask(), 1: running(), 2: running({ version: 3, progress: { percent: 50 } }), 3: successful });
    await get({ Prefer: 'wait=10' });
    expect(seconds).toBe(3);
  });

  test('gets its reply at once if the task has already ended', async () => {
    tableWith({ 0: successful });
    const { headers } = await get({ Prefer: 'wait=10' });
    expect(seconds).toBe(0);
    expect(headers).toMatchObject({ 'Preference-Applied': 'wait=10' });
  });

  test('waits no longer than the maximum, which Preference-Applied states', async () => {
    tableWith({ 0: running() });
    const { headers } = await get({ Prefer: 'wait=21' });
    expect(seconds).toBe(20);
    expect(headers).toMatchObject({ 'Preference-Applied': 'wait=20' });
  });

  test('does not wait if waiting is off, and gets no Preference-Applied', async () => {
    tableWith({ 0: running() });
    const { statusCode, headers } = await get({ Prefer: 'wait=10' }, { maxWaitSeconds: 0 });
    expect(seconds).toBe(0);
    expect(statusCode).toBe(200);
    expect(headers).not.toHaveProperty('Preference-Applied');
  });

  test('reads the task twice a second, and long contents only at the end', async () => {
    tableWith({ 0: running({ payloadItem: 'payload#1' }) });
    await get({ Prefer: 'wait=3' });
    const items = dynamodb.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input.Key!.item.S);
    expect(items).toEqual([...Array(7).fill('task'), 'payload#1']);
  });

  test('reads the task for the last time when the wait is over, not a step later', async () => {
    // Each read takes some time.
    dynamodb.on(GetItemCommand).callsFake(() => {
      seconds += 0.2;
      return { Item: anItem(running()) };
    });
    await get({ Prefer: 'wait=1' });
    expect(seconds).toBeCloseTo(1.2);
  });

  test('gets a task that becomes overdue after its end is written', async () => {
    tableWith({ 0: running({ deadlineAt: at(2) }) });
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'FAILED', version: 3 })) });
    const { body } = await get({ Prefer: 'wait=10' });
    expect(seconds).toBe(2);
    expect(JSON.parse(body)).toMatchObject({ status: 'FAILED' });
  });

  test('gets a 404 at once if there is no such task', async () => {
    tableWith({ 0: undefined });
    expect((await get({ Prefer: 'wait=10' })).statusCode).toBe(404);
    expect(seconds).toBe(0);
  });

  test('gets a 404 if the task is removed meanwhile', async () => {
    tableWith({ 0: running(), 1: undefined });
    expect((await get({ Prefer: 'wait=10' })).statusCode).toBe(404);
    expect(seconds).toBe(1);
  });

  test('is an error of the server if the table cannot be read meanwhile', async () => {
    dynamodb.on(GetItemCommand).resolvesOnce({ Item: anItem(running()) }).rejects(new Error('throttled'));
    await expect(get({ Prefer: 'wait=10' })).rejects.toThrow('throttled');
  });
});

describe('a request with Prefer: wait and If-None-Match', () => {
  test('gets its reply as soon as there is another version', async () => {
    tableWith({ 0: running(), 3: running({ version: 3, progress: { percent: 50 } }) });
    const { statusCode, headers, body } = await get({ 'Prefer': 'wait=10', 'If-None-Match': '"2"' });
    expect(seconds).toBe(3);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'ETag': '"3"', 'Preference-Applied': 'wait=10' });
    expect(JSON.parse(body)).toMatchObject({ progress: { percent: 50 } });
  });

  test('gets its reply at once if there is already another version', async () => {
    tableWith({ 0: running() });
    expect((await get({ 'Prefer': 'wait=10', 'If-None-Match': '"1"' })).statusCode).toBe(200);
    expect(seconds).toBe(0);
  });

  test('gets a 304 when the wait is over', async () => {
    tableWith({ 0: running() });
    expect(await get({ 'Prefer': 'wait=10', 'If-None-Match': '"2"' })).toEqual({
      statusCode: 304, headers: { 'ETag': '"2"', 'Cache-Control': 'no-store', 'Retry-After': '1', 'Preference-Applied': 'wait=10' }, body: '',
    });
    expect(seconds).toBe(10);
  });

  test('gets a 304 at once if the task has already ended', async () => {
    tableWith({ 0: successful });
    expect(await get({ 'Prefer': 'wait=10', 'If-None-Match': '"3"' })).toMatchObject({ statusCode: 304, headers: { 'Preference-Applied': 'wait=10' } });
    expect(seconds).toBe(0);
  });
});

test.each(['', 'wait', 'wait=', 'wait=0', 'wait=-1', 'wait=1.5', 'wait=ten', 'wait=1234567890', 'respond-async', 'nowait=5', 'x-wait=5'])(
  'the header Prefer: %s is ignored',
  async (prefer) => {
    tableWith({ 0: running() });
    const { statusCode, headers } = await get({ Prefer: prefer });
    expect(seconds).toBe(0);
    expect(statusCode).toBe(200);
    expect(headers).not.toHaveProperty('Preference-Applied');
  },
);

test.each(['Wait=5', ' wait = 5 ', 'wait="5"', 'respond-async, wait=5', 'wait=5, respond-async', 'wait=5;x=y', 'wait=005'])(
  'the header Prefer: %s waits for 5 seconds',
  async (prefer) => {
    tableWith({ 0: running() });
    expect((await get({ Prefer: prefer })).headers).toMatchObject({ 'Preference-Applied': 'wait=5' });
    expect(seconds).toBe(5);
  },
);

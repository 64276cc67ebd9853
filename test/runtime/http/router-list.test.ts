import { BatchGetItemCommand, DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { TASK_STATUSES } from '../../../src/protocol/wire';
import { WAVE } from '../../../src/runtime/support/waves';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aRouter } from '../../support/a-router';
import { aTable } from '../../support/a-table';
import { aFailedCondition, anItem, aRequest, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => dynamodb.reset());

/** Returns the id of the task with a number. Its first digits are its shard. */
const id = (number: number) => `${number.toString(16).padStart(8, '0')}-6b1e-4a63-9d5e-0d3a3a3d7f10`;

/** Puts these tasks into an empty table. */
const tableWith = async (...tasks: Partial<Task>[]) => {
  const table = aTable(dynamodb);
  for (const [number, task] of tasks.entries()) await store.create(aTask({ taskId: id(number), ...task }));
  return table;
};

const list = (query = '', { owner = undefined as string | undefined, now = at(0) } = {}) => (
  aRouter({ ownerOf: () => owner, now: () => new Date(now) }).answer(aRequest(`GET /tasks?${query}`, { headers: {} }))
);
const listed = async (...request: Parameters<typeof list>) => {
  const { tasks, nextToken } = JSON.parse((await list(...request)).body);
  return { ids: tasks.map(({ taskId }: Task) => taskId) as string[], nextToken: nextToken as string | undefined };
};

/** Reads all pages. */
async function pagesOf(query: string, owner?: string): Promise<string[][]> {
  const pages = [];
  let token = '';
  do {
    const { ids, nextToken } = await listed(`${query}${token}`, { owner });
    pages.push(ids);
    token = nextToken === undefined ? '' : `&nextToken=${nextToken}`;
  } while (token !== '');
  return pages;
}

describe('GET /tasks', () => {
  test('ends the overdue tasks of a page in waves', async () => {
    await tableWith(...Array.from({ length: 60 }, () => ({})));
    const counts = { running: 0, most: 0 };
    dynamodb.on(UpdateItemCommand).callsFake(async () => {
      counts.most = Math.max(counts.most, ++counts.running);
      await new Promise(setImmediate);
      counts.running--;
      return { Attributes: anItem(aTask({ status: 'FAILED' })) };
    });
    await list('limit=60', { now: at(3601) });
    expect(counts).toEqual({ running: 0, most: WAVE });
  });

  test('returns the tasks without their payloads and results', async () => {
    await tableWith({
      owner: 'ann', status: 'SUCCESSFUL', version: 3, payload: '"secret"', result: '"secret"', progress: { percent: 100 }, startedAt: at(1), endedAt: at(2), updatedAt: at(2),
    });
    const { statusCode, headers, body } = await list('', { owner: 'ann' });
    expect(statusCode).toBe(200);
    expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(JSON.parse(body)).toEqual({
      tasks: [{
        taskId: id(0),
        type: 'export',
        status: 'SUCCESSFUL',
        progress: { percent: 100 },
        createdAt: at(0),
        updatedAt: at(2),
        startedAt: at(1),
        endedAt: at(2),
        deadlineAt: at(3600),
        history: [{ status: 'PENDING', at: at(0) }, { status: 'RUNNING', at: at(1) }, { status: 'SUCCESSFUL', at: at(2) }],
      }],
    });
  });

  test('returns an empty list if there are no tasks', async () => {
    await tableWith();
    expect(JSON.parse((await list()).body)).toEqual({ tasks: [] });
    expect(JSON.parse((await list('', { owner: 'ann' })).body)).toEqual({ tasks: [] });
    expect(dynamodb.commandCalls(BatchGetItemCommand)).toEqual([]);
  });

  test.each([undefined, 'ann'])('returns the newest tasks first, for owner %s', async (owner) => {
    await tableWith(...[5, 1, 3, 2, 4].map((seconds) => ({ owner, createdAt: at(seconds) })));
    expect((await listed('', { owner })).ids).toEqual([id(0), id(4), id(2), id(3), id(1)]);
  });

  test('returns 20 tasks by default', async () => {
    await tableWith(...Array.from({ length: 21 }, () => ({ owner: 'ann' })));
    const { ids, nextToken } = await listed('', { owner: 'ann' });
    expect(ids).toHaveLength(20);
    expect((await listed(`nextToken=${nextToken}`, { owner: 'ann' })).ids).toEqual([id(0)]);
  });

  test('returns as many tasks as the limit says, up to 100', async () => {
    await tableWith(...Array.from({ length: 101 }, () => ({ owner: 'ann' })));
    expect((await listed('limit=1', { owner: 'ann' })).ids).toHaveLength(1);
    expect((await listed('limit=100', { owner: 'ann' })).ids).toHaveLength(100);
  });

  test('reads only the tasks that it returns, with one query and one batch', async () => {
    await tableWith(...Array.from({ length: 10 }, () => ({ owner: 'ann' })));
    await list('limit=3', { owner: 'ann' });
    expect(dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input.Limit)).toEqual([3]);
    const reads = dynamodb.commandCalls(BatchGetItemCommand).map(({ args: [{ input }] }) => input.RequestItems!.TaskStatus.Keys!.length);
    expect(reads).toEqual([3]);
  });

  test('reads only the tasks that it returns, even from several shards', async () => {
    await tableWith(...Array.from({ length: 10 }, () => ({})));
    await list('limit=3');
    const reads = dynamodb.commandCalls(BatchGetItemCommand).map(({ args: [{ input }] }) => input.RequestItems!.TaskStatus.Keys!.length);
    expect(reads).toEqual([3]);
  });

  test('returns no nextToken at the end of the list', async () => {
    await tableWith({ owner: 'ann' }, { owner: 'ann' });
    expect(await listed('limit=3', { owner: 'ann' })).toEqual({ ids: [id(1), id(0)], nextToken: undefined });
    expect(dynamodb.commandCalls(QueryCommand)).toHaveLength(1);
  });

  test('reads further tasks in place of those that the table has removed', async () => {
    const table = await tableWith(...[0, 1, 2, 3].map((seconds) => ({ owner: 'ann', createdAt: at(seconds) })));
    // The index still has it.
    const index = [...table.items.values()].map((item) => ({ ...item })).reverse();
    dynamodb.on(QueryCommand).callsFake(({ Limit, ExpressionAttributeValues: values }) => {
      const Items = index.filter(({ createdKey }) => !(createdKey.S! >= values[':after']?.S)).slice(0, Limit);
      return { Items, ...(Items.length === Limit && { LastEvaluatedKey: Items.at(-1) }) };
    });
    table.items.delete(`${id(3)}/task`);
    expect((await listed('limit=2', { owner: 'ann' })).ids).toEqual([id(2), id(1)]);
  });

  test('returns an overdue task after its end is written', async () => {
    await tableWith({ owner: 'ann', deadlineAt: at(60) }, { owner: 'ann', deadlineAt: at(61) });
    const { tasks } = JSON.parse((await list('', { owner: 'ann', now: at(60) })).body);
    expect(tasks).toMatchObject([{ status: 'PENDING' }, { status: 'FAILED', error: { code: 'TaskTimeout' }, endedAt: at(60) }]);
    expect(await store.find(id(0))).toMatchObject({ status: 'FAILED' });
  });

  test('returns a task as ended if its deadline passes while the list is read', async () => {
    await tableWith({ owner: 'ann', deadlineAt: at(60) });
    const times = [at(59), at(60)];
    dynamodb.on(BatchGetItemCommand).callsFakeOnce(async ({ RequestItems: { TaskStatus: { Keys } } }) => {
      times.shift();
      return { Responses: { TaskStatus: [anItem((await store.find(Keys[0].taskId.S))!)] } };
    });
    const { body } = await aRouter({ ownerOf: () => 'ann', now: () => new Date(times[0]) }).answer(aRequest('GET /tasks', { headers: {} }));
    expect(JSON.parse(body).tasks).toMatchObject([{ status: 'FAILED', error: { code: 'TaskTimeout' } }]);
  });

  test('filters an overdue task by its status after its end', async () => {
    await tableWith({ owner: 'ann', deadlineAt: at(60) });
    expect((await listed('status=PENDING', { owner: 'ann', now: at(60) })).ids).toEqual([]);
    expect((await listed('status=FAILED', { owner: 'ann', now: at(60) })).ids).toEqual([id(0)]);
  });

  test('leaves out an overdue task that is removed before its end is written', async () => {
    await tableWith({ owner: 'ann', deadlineAt: at(60) }, { owner: 'ann' });
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect((await listed('', { owner: 'ann', now: at(60) })).ids).toEqual([id(1)]);
  });

  test('is an error of the server if the table cannot be read', async () => {
    dynamodb.on(QueryCommand).rejects(new Error('throttled'));
    await expect(list()).rejects.toThrow('throttled');
  });
});

describe('GET /tasks with a filter', () => {
  test('finds the only task of a type after many others', async () => {
    const others = Array.from({ length: 30 }, (_, i) => ({ owner: 'ann', createdAt: at(i + 1) }));
    await tableWith({ owner: 'ann', type: 'report' }, ...others);
    expect(await listed('type=report&limit=1', { owner: 'ann' })).toMatchObject({ ids: [id(0)] });
  });

  beforeEach(() => tableWith(
    { owner: 'ann', createdAt: at(1) },
    { owner: 'ann', createdAt: at(2), status: 'RUNNING' },
    { owner: 'ann', createdAt: at(3), type: 'report', status: 'RUNNING' },
    { owner: 'ann', createdAt: at(4), status: 'CANCELLED' },
    { owner: 'ann', createdAt: at(5), status: 'RUNNING' },
  ));

  test.each([
    ['status=RUNNING', [4, 2, 1]],
    ['status=CANCELLED', [3]],
    ['status=FAILED', []],
    ['status=RUNNING&status=CANCELLED', [4, 3, 2, 1]],
    ['status=FAILED&status=CANCELLED&status=CANCELLED', [3]],
    ['status=RUNNING&status=CANCELLED&type=export', [4, 3, 1]],
    ['type=report', [2]],
    ['type=repor', []],
    ['status=RUNNING&type=export', [4, 1]],
    ['status=PENDING&type=report', []],
  ])('%s returns the tasks that match', async (query, numbers) => {
    expect(await listed(query, { owner: 'ann' })).toEqual({ ids: numbers.map(id), nextToken: undefined });
  });

  test('fills the page with tasks that match', async () => {
    const { ids, nextToken } = await listed('status=RUNNING&type=export&limit=1', { owner: 'ann' });
    expect(ids).toEqual([id(4)]);
    expect(await listed(`status=RUNNING&type=export&limit=1&nextToken=${nextToken}`, { owner: 'ann' })).toMatchObject({ ids: [id(1)] });
  });

  test('by type reads no tasks of other types', async () => {
    await list('type=report', { owner: 'ann' });
    expect(dynamodb.commandCalls(BatchGetItemCommand)[0].args[0].input.RequestItems!.TaskStatus.Keys).toHaveLength(1);
  });
});

test('a page with a filter can be short or empty if the tasks that match are far down in the list', async () => {
  await tableWith({ owner: 'ann', status: 'FAILED', createdAt: at(-2) }, ...Array.from({ length: 500 }, () => ({ owner: 'ann' })));
  const page = await listed('status=FAILED', { owner: 'ann' });
  expect(page).toEqual({ ids: [], nextToken: expect.any(String) });
  expect(dynamodb.commandCalls(QueryCommand)).toHaveLength(5);
  expect(await listed(`status=FAILED&nextToken=${page.nextToken}`, { owner: 'ann' })).toEqual({ ids: [id(0)], nextToken: undefined });
});

describe('GET /tasks by an owner', () => {
  test('returns no tasks of others', async () => {
    await tableWith({ owner: 'ann' }, { owner: 'bob' }, {}, { owner: 'ann2' }, { owner: 'shared#0' });
    expect((await listed('', { owner: 'ann' })).ids).toEqual([id(0)]);
    expect((await listed('', { owner: 'bob' })).ids).toEqual([id(1)]);
    expect((await listed()).ids).toEqual([id(2)]);
    expect((await listed('', { owner: 'shared#0' })).ids).toEqual([id(4)]);
    expect((await listed('', { owner: 'nobody' })).ids).toEqual([]);
  });

  test('returns no tasks of others, even if the index is wrong', async () => {
    const table = await tableWith({ owner: 'ann' }, { owner: 'ann' });
    const [key, item] = [...table.items.entries()][0];
    table.items.set(key, { ...item, owner: { S: 'bob' } });
    expect((await listed('', { owner: 'ann' })).ids).toEqual([id(1)]);
  });

  test('returns only own tasks, even with the nextToken of another owner', async () => {
    await tableWith(...[1, 2, 3].flatMap((seconds) => ['ann', 'bob'].map((owner) => ({ owner, createdAt: at(seconds) }))));
    const { nextToken } = await listed('limit=1', { owner: 'ann' });
    expect((await listed(`nextToken=${nextToken}`, { owner: 'bob' })).ids).toEqual([id(3), id(1)]);
  });
});

describe('the pages of a list', () => {
  const fits = (value: string, wanted: string[]) => wanted.length === 0 || wanted.includes(value);
  const aListedTask = fc.record({
    taskId: fc.uuid(),
    owner: fc.constantFrom(undefined, 'ann', 'bob'),
    type: fc.constantFrom('export', 'report'),
    status: fc.constantFrom(...TASK_STATUSES),
    // Many tasks in the same millisecond.
    createdAt: fc.integer({ min: 0, max: 5 }).map((seconds) => at(seconds)),
  });
  const aFilter = fc.record({ type: fc.subarray(['export', 'report'], { maxLength: 1 }), status: fc.subarray([...TASK_STATUSES]) });

  test('have each task that matches exactly once, in order', async () => {
    const tasks = fc.uniqueArray(aListedTask, { maxLength: 40, selector: ({ taskId }) => taskId });
    await fc.assert(fc.asyncProperty(tasks, fc.constantFrom(undefined, 'ann'), aFilter, fc.integer({ min: 1, max: 9 }), async (all, owner, filter, limit) => {
      dynamodb.reset();
      await tableWith(...all);
      const query = new URLSearchParams({ limit: String(limit) });
      for (const [name, values] of Object.entries(filter)) for (const value of values) query.append(name, value);
      const pages = await pagesOf(query.toString(), owner);
      expect(pages.flat()).toEqual(all
        .filter((task) => task.owner === owner && fits(task.type, filter.type) && fits(task.status, filter.status))
        .map(({ taskId, createdAt }) => ({ taskId, key: `${createdAt}#${taskId}` }))
        .sort((a, b) => a.key < b.key ? 1 : -1)
        .map(({ taskId }) => taskId));
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
    }), { numRuns: 50 });
  });

  test('have no task twice if new ones are created meanwhile', async () => {
    await tableWith(...[1, 2, 3].map((seconds) => ({ owner: 'ann', createdAt: at(seconds) })));
    const { ids, nextToken } = await listed('limit=2', { owner: 'ann' });
    await store.create(aTask({ taskId: id(9), owner: 'ann', createdAt: at(9) }));
    expect([...ids, ...(await listed(`limit=2&nextToken=${nextToken}`, { owner: 'ann' })).ids]).toEqual([id(2), id(1), id(0)]);
  });

  test('end with an empty page if the one before is full', async () => {
    await tableWith({ owner: 'ann' });
    const { nextToken } = await listed('limit=1', { owner: 'ann' });
    expect(await listed(`limit=1&nextToken=${nextToken}`, { owner: 'ann' })).toEqual({ ids: [], nextToken: undefined });
  });
});

test('GET /tasks with an invalid query returns 400 without reading the table', async () => {
  const { statusCode, headers, body } = await list('limit=0');
  expect(statusCode).toBe(400);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  expect(JSON.parse(body)).toEqual({
    title: 'Bad Request', status: 400, detail: 'the query is not valid', errors: [{ parameter: 'limit', detail: 'must be a whole number from 1 to 100' }],
  });
  expect(dynamodb.calls()).toEqual([]);
});

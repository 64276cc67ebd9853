import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aRouter } from '../../support/a-router';
import { aTable } from '../../support/a-table';
import { aFailedCondition, aReport, aRequest, at, TRACE } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);
let table: ReturnType<typeof aTable>;

beforeEach(() => {
  dynamodb.reset();
  table = aTable(dynamodb);
});

const request = { type: 'export', payload: { table: 'customers' } };
const LONG = 'x'.repeat(5000);

const postText = (body: string, { key = 'key-1', owner = undefined as string | undefined, now = at(0), trace = {} } = {}) => aRouter({
  ownerOf: () => owner, now: () => new Date(now),
}).answer(aRequest('POST /tasks', { headers: { 'Content-Type': 'application/json', 'idempotency-key': key, ...trace }, body }));

const post = (body: object, options?: Parameters<typeof postText>[1]) => postText(JSON.stringify(body), options);

const writtenItems = () => dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item!));

describe('the first request with an Idempotency-Key', () => {
  test('creates a task, and its reply has no Idempotent-Replayed', async () => {
    const { statusCode, headers, body } = await post(request);
    const { taskId } = JSON.parse(body);
    expect(statusCode).toBe(202);
    expect(taskId).toMatch(/^[0-9a-f]{64}$/);
    expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': '"1"', 'Retry-After': '1', 'Location': `tasks/${taskId}` });
  });

  test('causes one write and no read if its payload is short', async () => {
    await post(request);
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('leaves its key neither in the reply nor in the table', async () => {
    const { body } = await post(request, { key: 'secret-key' });
    expect(body + JSON.stringify([...table.items.values()])).not.toContain('secret-key');
  });

  test('gets the same reply if the SDK repeats its call and finds the task that it has written', async () => {
    dynamodb.on(PutItemCommand).callsFake((input) => {
      table.items.set('lost', input.Item);
      throw aFailedCondition(unmarshall(input.Item) as any);
    });
    const { statusCode, headers } = await post(request);
    expect(statusCode).toBe(202);
    expect(headers).not.toHaveProperty('Idempotent-Replayed');
  });
});

test('a task whose deadline passes while it is written is returned as ended', async () => {
  let now = at(0);
  dynamodb.on(PutItemCommand).callsFake((input) => {
    now = at(1);
    return table.execute(new PutItemCommand(input));
  });
  const { statusCode, body } = await aRouter({ now: () => new Date(now) }).answer(aRequest('POST /tasks', { body: JSON.stringify({ ...request, timeoutSeconds: 1 }) }));
  expect(statusCode).toBe(202);
  expect(JSON.parse(body)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' }, payload: request.payload });
});

describe('a second request with the same Idempotency-Key and body', () => {
  test('returns the same task with Idempotent-Replayed', async () => {
    const first = JSON.parse((await post(request)).body);
    const { statusCode, headers, body } = await post(request, { now: at(100) });
    expect(statusCode).toBe(202);
    expect(JSON.parse(body)).toEqual(first);
    expect(headers).toEqual({
      'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': '"1"', 'Retry-After': '10', 'Location': `tasks/${first.taskId}`, 'Idempotent-Replayed': 'true',
    });
    expect(table.items.size).toBe(1);
  });

  test.each([
    ['escapes and white space', '{"type":"export","payload":"customers"}', '{ "payload": "cus\\u0074omers", "type": "export" }'],
    ['properties in another order', '{"type":"export","payload":{"a":1,"b":2}}', '{"payload":{"b":2,"a":1},"type":"export"}'],
    ['nested properties in another order', '{"type":"export","payload":[{"x":{"é":[],"\\ud83d\\ude00":null}}]}', '{"type":"export","payload":[{"x":{"😀":null,"\\u00e9":[]}}]}'],
    ['other forms of the same numbers', '{"type":"export","payload":[1,100,0.5,0],"timeoutSeconds":60}', '{"timeoutSeconds":6e1,"type":"export","payload":[1.0,1e2,5e-1,-0]}'],
    ['a name that JavaScript knows', '{"type":"export","payload":{"__proto__":1,"toJSON":2}}', '{"type":"export","payload":{"toJSON":2,"__proto__":1}}'],
  ])('can differ in its text: %s', async (_, first, second) => {
    await postText(first);
    const { statusCode, headers } = await postText(second, { now: at(1) });
    expect({ statusCode, headers }).toMatchObject({ statusCode: 202, headers: { 'Idempotent-Replayed': 'true' } });
  });

  test.each([[TRACE, {}], [TRACE, { traceparent: TRACE.traceparent.replace('-01', '-00') }]])('leaves the trace context %j of the first one, and ignores its own: %j', async (first, second) => {
    const { taskId } = JSON.parse((await post(request, { trace: first })).body);
    const { headers } = await post(request, { now: at(1), trace: second });
    expect(headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(await store.find(taskId)).toMatchObject(first);
  });

  test('returns a Location that is relative to its own URL', async () => {
    const { taskId } = JSON.parse((await post(request)).body);
    const { headers } = await aRouter({ now: () => new Date(at(1)) }).answer(aRequest('POST /tasks', {
      path: '/v1/tasks/', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'key-1' }, body: JSON.stringify(request),
    }));
    expect(headers).toMatchObject({ 'Location': taskId, 'Idempotent-Replayed': 'true' });
  });

  test('returns the task as it is at that time', async () => {
    const { taskId } = JSON.parse((await post(request)).body);
    await store.update(aReport({ taskId, status: 'SUCCESSFUL', result: [1] }), new Date(at(5)));
    const { headers, body } = await post(request, { now: at(10) });
    expect(JSON.parse(body)).toMatchObject({ taskId, status: 'SUCCESSFUL', result: [1], payload: request.payload });
    expect(headers).not.toHaveProperty('Retry-After');
  });

  test('returns an overdue task after its end is written', async () => {
    const { taskId } = JSON.parse((await post(request)).body);
    const { body } = await post(request, { now: at(3600) });
    expect(JSON.parse(body)).toMatchObject({ taskId, status: 'FAILED', error: { code: 'TaskTimeout' } });
    expect(await store.find(taskId)).toMatchObject({ status: 'FAILED', endedAt: at(3600) });
  });

  test('returns a long payload without storing it again', async () => {
    await post({ ...request, payload: LONG });
    const { headers, body } = await post({ ...request, payload: LONG }, { now: at(1) });
    expect(headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(JSON.parse(body).payload).toBe(LONG);
    expect(writtenItems()).toHaveLength(2);
  });

  test('returns the task of the first if both find none and the first writes in between', async () => {
    await post({ ...request, payload: LONG });
    dynamodb.on(GetItemCommand).resolvesOnce({}).callsFake((input) => table.execute(new GetItemCommand(input)));
    const { statusCode, headers, body } = await post({ ...request, payload: LONG }, { now: at(1) });
    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({ 'Idempotent-Replayed': 'true' });
    expect(JSON.parse(body)).toMatchObject({ createdAt: at(0), payload: LONG });
  });

  test('creates the task if the first request failed', async () => {
    dynamodb.on(PutItemCommand).rejectsOnce(new Error('throttled')).callsFake(() => ({}));
    await expect(post(request)).rejects.toThrow('throttled');
    expect((await post(request)).headers).not.toHaveProperty('Idempotent-Replayed');
  });
});

describe('a second request with the same Idempotency-Key and another body', () => {
  test.each([
    ['payload', { ...request, payload: 1 }],
    ['long payload', { ...request, payload: LONG }],
    ['type', { ...request, type: 'report' }],
    ['timeout', { ...request, timeoutSeconds: 60 }],
    ['name of a property', { ...request, payload: { Table: 'customers' } }],
    ['type of a value', { ...request, payload: { table: ['customers'] } }],
    ['property, even if it is null', { ...request, payload: { table: 'customers', rows: null } }],
  ])('is refused without writing anything if it has another %s', async (_, other) => {
    await post(request);
    const before = [...table.items.values()];
    const { statusCode, headers, body } = await post(other, { now: at(1) });
    expect(statusCode).toBe(422);
    expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
    expect(JSON.parse(body)).toEqual({
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'the Idempotency-Key has been used for another request',
      errors: [{ header: 'Idempotency-Key', detail: 'must be new for each new request' }],
    });
    expect([...table.items.values()]).toEqual(before);
  });

  test('is refused if the elements of a list are in another order', async () => {
    await post({ ...request, payload: [1, 2] });
    expect((await post({ ...request, payload: [2, 1] })).statusCode).toBe(422);
  });

  test('is refused even in the same millisecond', async () => {
    await post(request);
    expect((await post({ type: 'report' })).statusCode).toBe(422);
  });

  test('is refused as malformed if its body is malformed', async () => {
    await post(request);
    expect((await post({})).statusCode).toBe(400);
  });
});

test.each([
  ['another key', { key: 'key-2' }],
  ['the same key of another owner', { owner: 'ann' }],
])('a request with %s makes another task', async (_, other) => {
  const { taskId } = JSON.parse((await post(request)).body);
  const { statusCode, headers, body } = await post({ type: 'report' }, other);
  expect(statusCode).toBe(202);
  expect(headers).not.toHaveProperty('Idempotent-Replayed');
  expect(JSON.parse(body).taskId).not.toBe(taskId);
  expect(table.items.size).toBe(2);
});

test('each request without an Idempotency-Key creates a task', async () => {
  const create = () => aRouter().answer(aRequest('POST /tasks', { body: JSON.stringify(request) }));
  await create();
  expect((await create()).headers).not.toHaveProperty('Idempotent-Replayed');
  expect(table.items.size).toBe(2);
});

test.each(['', 'a b', 'k'.repeat(256), 'schlüssel', 'a\tb'])('the Idempotency-Key %j is refused without writing anything', async (key) => {
  const { statusCode, body } = await post(request, { key });
  expect(statusCode).toBe(400);
  expect(JSON.parse(body)).toEqual({
    title: 'Bad Request',
    status: 400,
    detail: 'the header Idempotency-Key must be 1 to 255 visible ASCII characters',
    errors: [{ header: 'Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' }],
  });
  expect(dynamodb.calls()).toEqual([]);
});

test.each(['k', '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '~'.repeat(255)])('the Idempotency-Key %j is accepted', async (key) => {
  expect((await post(request, { key })).statusCode).toBe(202);
});

test('two Idempotency-Keys are refused', async () => {
  const { statusCode, body } = await aRouter().answer(aRequest('POST /tasks', {
    multiValueHeaders: { 'Content-Type': ['application/json'], 'Idempotency-Key': ['a', 'b'] }, body: JSON.stringify(request),
  }));
  expect(statusCode).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ header: 'Idempotency-Key', detail: 'must be sent only once' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('an Idempotency-Key gets a 404 if its overdue task is removed before its end is written', async () => {
  await post(request);
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
  expect((await post(request, { now: at(3600) })).statusCode).toBe(404);
});

test('a task of another owner is never returned, even if it has the same id', async () => {
  // Ids of different owners and keys differ. This is a second barrier.
  await post(request);
  const [item] = [...table.items.values()];
  item.owner = { S: 'eve' };
  expect((await post(request, { now: at(1) })).statusCode).toBe(422);
});

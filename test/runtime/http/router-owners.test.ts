import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { ownerFrom } from '../../../src/runtime/http/owner';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aRouter } from '../../support/a-router';
import { aTable } from '../../support/a-table';
import { aRequest, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => {
  dynamodb.reset();
  aTable(dynamodb);
});

const router = aRouter({ ownerOf: ownerFrom('header:X-Owner') });
const headersOf = (owner: string | undefined) => ({ 'Content-Type': 'application/json', ...(owner !== undefined && { 'x-owner': owner }) });

const MISSING = 'c'.repeat(64);
const answer = (route: string, owner: string | undefined, taskId: string = aTask().taskId) => (
  router.answer(aRequest(route, { headers: headersOf(owner), pathParameters: { taskId }, body: '{"type":"export"}' }))
);

const ROUTES_OF_A_TASK = ['GET /tasks/{taskId}', 'POST /tasks/{taskId}/cancel'];
const ROUTES = ['POST /tasks', 'GET /tasks', ...ROUTES_OF_A_TASK];

test('a task belongs to the caller that created it, and is returned without its owner', async () => {
  const { body } = await answer('POST /tasks', 'ann');
  expect(body).not.toContain('ann');
  const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
  expect(unmarshall(input.Item!)).toMatchObject({ owner: 'ann', ownerSpace: 'owner#ann' });
});

describe('a task with an owner', () => {
  test.each(ROUTES_OF_A_TASK)('is found by its owner: %s', async (route) => {
    await store.create(aTask({ owner: 'ann' }));
    expect((await answer(route, 'ann')).statusCode).toBe(200);
  });

  test.each(ROUTES_OF_A_TASK.flatMap((route) => ['bob', 'Ann', 'an', 'ann2'].map((owner) => [route, owner])))(
    'does not exist for others: %s by %s',
    async (route, owner) => {
      await store.create(aTask({ owner: 'ann' }));
      const missing = await answer(route, owner, MISSING);
      expect(missing.statusCode).toBe(404);
      expect(await answer(route, owner)).toEqual(missing);
      expect(await store.find(aTask().taskId)).toMatchObject({ status: 'PENDING' });
    },
  );

  test.each(ROUTES_OF_A_TASK)('does not exist for others, even if they send If-None-Match and Prefer: %s', async (route) => {
    await store.create(aTask({ owner: 'ann' }));
    const request = (taskId: string) => router.answer(aRequest(route, {
      headers: { 'X-Owner': 'bob', 'If-None-Match': '*', 'Prefer': 'wait=10' }, pathParameters: { taskId },
    }));
    const missing = await request(MISSING);
    expect(missing.statusCode).toBe(404);
    expect(await request(aTask().taskId)).toEqual(missing);
  });

  test.each(ROUTES_OF_A_TASK)('is not ended by the request of another caller if it is overdue: %s', async (route) => {
    await store.create(aTask({ owner: 'ann', deadlineAt: at(-1) }));
    expect((await answer(route, 'bob')).statusCode).toBe(404);
    expect(await store.find(aTask().taskId)).toMatchObject({ status: 'PENDING' });
  });

  test('is only in the list of its owner', async () => {
    await store.create(aTask({ owner: 'ann' }));
    expect(JSON.parse((await answer('GET /tasks', 'ann')).body).tasks).toEqual([expect.objectContaining({ taskId: aTask().taskId })]);
    expect(JSON.parse((await answer('GET /tasks', 'bob')).body)).toEqual({ tasks: [] });
  });

  test.each(ROUTES_OF_A_TASK)('is not found by a router without owners: %s', async (route) => {
    await store.create(aTask({ owner: 'ann' }));
    const { taskId } = aTask();
    expect((await aRouter().answer(aRequest(route, { headers: headersOf('ann'), pathParameters: { taskId } }))).statusCode).toBe(404);
  });
});

test.each(ROUTES_OF_A_TASK)('a task without an owner is not found by a caller with one: %s', async (route) => {
  await store.create(aTask());
  expect((await answer(route, 'ann')).statusCode).toBe(404);
});

describe('a request without an owner', () => {
  test.each(ROUTES)('is refused without reading the table: %s', async (route) => {
    const { statusCode, body } = await answer(route, undefined);
    expect(statusCode).toBe(400);
    expect(JSON.parse(body)).toEqual({
      title: 'Bad Request',
      status: 400,
      detail: 'the header X-Owner is missing: it identifies the owner of the tasks',
      errors: [{ header: 'X-Owner', detail: 'is missing: it identifies the owner of the tasks' }],
    });
    expect(dynamodb.calls()).toEqual([]);
  });

  test.each(ROUTES_OF_A_TASK)('is refused even if its task id is invalid: %s', async (route) => {
    expect((await answer(route, undefined, 'x')).statusCode).toBe(400);
  });

  test.each(ROUTES)('is refused if no identity was verified: %s', async (route) => {
    const cognito = aRouter({ ownerOf: ownerFrom('claim:sub') });
    const request = aRequest(route, { headers: headersOf('ann'), pathParameters: { taskId: aTask().taskId }, body: '{"type":"export"}' });
    expect((await cognito.answer(request)).statusCode).toBe(403);
    expect(dynamodb.calls()).toEqual([]);
  });
});

test.each(ROUTES)('a request with two owner headers is refused: %s', async (route) => {
  await store.create(aTask({ owner: 'ann' }));
  const { statusCode, body } = await router.answer(aRequest(route, {
    headers: headersOf('ann'),
    multiValueHeaders: { 'Content-Type': ['application/json'], 'X-Owner': ['bob', 'ann'] },
    pathParameters: { taskId: aTask().taskId },
    body: '{"type":"export"}',
  }));
  expect(statusCode).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ header: 'X-Owner', detail: 'must be sent only once' }] });
});

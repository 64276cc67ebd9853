import './environment';
import { ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/api.lambda';
import { aRequest, aTask } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

describe('POST /tasks', () => {
  const request = aRequest('POST /tasks', { body: JSON.stringify({ type: 'export', payload: { table: 'customers' } }) });

  test('answers 202 with the task, where to poll it and when', async () => {
    const { statusCode, headers, body } = await handler(request);
    const task = JSON.parse(body);
    expect(statusCode).toBe(202);
    expect(task).toMatchObject({ type: 'export', status: 'PENDING', payload: { table: 'customers' }, history: [{ status: 'PENDING', at: task.createdAt }] });
    expect(headers).toEqual({
      'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '1', 'Location': `tasks/${task.taskId}`,
    });
  });

  test('answers only after the task is written', async () => {
    let written = () => {};
    dynamodb.on(PutItemCommand).callsFake(() => new Promise<void>((resolve) => { written = resolve; }));
    let answered = false;
    const answer = handler(request).then(() => { answered = true; });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    written();
    await answer;
    expect(dynamodb.commandCalls(PutItemCommand)).toHaveLength(1);
  });

  test('shows a task that is not written as an error of the server', async () => {
    dynamodb.on(PutItemCommand).rejects(new Error('no table'));
    await expect(handler(request)).rejects.toThrow('no table');
  });

  test('writes nothing of a bad request', async () => {
    const { statusCode, headers } = await handler(aRequest('POST /tasks', { body: '{}' }));
    expect(statusCode).toBe(400);
    expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
    expect(dynamodb.calls()).toHaveLength(0);
  });

  test('never overwrites a task', async () => {
    dynamodb.on(PutItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' }));
    await expect(handler(request)).rejects.toThrow(ConditionalCheckFailedException);
  });
});

describe('GET /tasks/{taskId}', () => {
  const get = (taskId: string) => handler(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId } }));

  test('answers with the task and when to ask again', async () => {
    const now = new Date().toISOString();
    const task = aTask({ status: 'RUNNING', version: 2, progress: { percent: 50, message: 'half' }, sequence: 1, createdAt: now, updatedAt: now, startedAt: now });
    dynamodb.on(GetItemCommand).resolves({ Item: marshall({ ...task, item: 'task', previousStatus: 'PENDING' }) });
    const { statusCode, headers, body } = await get(task.taskId);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'Retry-After': '1' });
    expect(JSON.parse(body)).toEqual({
      taskId: task.taskId,
      type: 'export',
      status: 'RUNNING',
      progress: { percent: 50, message: 'half' },
      createdAt: now,
      updatedAt: now,
      startedAt: now,
      history: [{ status: 'PENDING', at: now }, { status: 'RUNNING', at: now }],
    });
  });

  test('gives the result of a task that ended, and no time to ask again', async () => {
    const task = aTask({ status: 'SUCCESSFUL', result: '{"rows":3}', endedAt: aTask().createdAt });
    dynamodb.on(GetItemCommand).resolves({ Item: marshall(task) });
    const { headers, body } = await get(task.taskId);
    expect(JSON.parse(body)).toMatchObject({ status: 'SUCCESSFUL', result: { rows: 3 } });
    expect(headers).not.toHaveProperty('Retry-After');
  });

  test('answers 404 for a task that does not exist', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    const { statusCode, body } = await get('nobody');
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toEqual({ title: 'Not Found', status: 404, detail: 'there is no such task' });
  });
});

test('a route that is not ours is not found', async () => {
  expect((await handler(aRequest('DELETE /tasks'))).statusCode).toBe(404);
});

import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aRouter } from '../../support/a-router';
import { aTable } from '../../support/a-table';
import { aFailedCondition, anItem, aReport, aRequest, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => dynamodb.reset());

const cancel = (now = at(10), taskId = aTask().taskId) => (
  aRouter({ now: () => new Date(now) }).answer(aRequest('POST /tasks/{taskId}/cancel', { pathParameters: { taskId }, headers: {} }))
);

/** Has the table hold a task. */
const tableWith = async (task: Task) => {
  aTable(dynamodb);
  await store.create(task);
};

const writes = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input);

test.each([
  [aTask({ payload: '1', checkAt: at(3600) }), ['PENDING', 'CANCELLED']],
  [aTask({ status: 'RUNNING', version: 5, startedAt: at(2), payload: '1', progress: { percent: 10 } }), ['PENDING', 'RUNNING', 'CANCELLED']],
])('cancels a task that has not ended, and answers 200 with it', async (task, history) => {
  await tableWith(task);
  const { statusCode, headers, body } = await cancel();
  expect(statusCode).toBe(200);
  expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': `"${task.version + 1}"` });
  expect(JSON.parse(body)).toMatchObject({ taskId: task.taskId, status: 'CANCELLED', payload: 1, updatedAt: at(10), endedAt: at(10) });
  expect(JSON.parse(body).history.map(({ status }: { status: string }) => status)).toEqual(history);
  expect(await store.find(task.taskId)).toMatchObject({ status: 'CANCELLED', version: task.version + 1, endedAt: at(10) });
});

test('has no error and no result to show', async () => {
  await tableWith(aTask());
  const task = JSON.parse((await cancel()).body);
  expect(task).not.toHaveProperty('error');
  expect(task).not.toHaveProperty('result');
});

test('is one conditional write, which takes the task out of the index of the open ones', async () => {
  await tableWith(aTask());
  await cancel(at(10));
  expect(writes()).toHaveLength(1);
  const [{ ConditionExpression, UpdateExpression, ExpressionAttributeValues }] = writes();
  expect(ConditionExpression).toBe('#status IN (:pending, :running)');
  expect(UpdateExpression).toContain('REMOVE #checkShard, #checkAt');
  expect(unmarshall(ExpressionAttributeValues!)).toMatchObject({ ':status': 'CANCELLED', ':expiresAt': Date.parse(at(10)) / 1000 + 604_800 });
});

test('answers 200 again when the task is cancelled already, and writes nothing', async () => {
  await tableWith(aTask());
  const first = await cancel(at(10));
  expect(await cancel(at(20))).toEqual(first);
  expect(writes()).toHaveLength(1);
});

test.each(['SUCCESSFUL', 'FAILED'] as const)('answers 409 when the task is %s already, and writes nothing', async (status) => {
  await tableWith(aTask({ status, version: 3, endedAt: at(2) }));
  const { statusCode, headers, body } = await cancel();
  expect(statusCode).toBe(409);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  expect(JSON.parse(body)).toEqual({ title: 'Conflict', status: 409, detail: `the task is already ${status}` });
  expect(writes()).toEqual([]);
});

test('answers 409 when the task is overdue, once that is written', async () => {
  await tableWith(aTask());
  expect(await cancel(at(3600))).toMatchObject({ statusCode: 409, body: expect.stringContaining('the task is already FAILED') });
  expect(await store.find(aTask().taskId)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
});

test.each([
  ['409 when the task ends', aTask({ status: 'SUCCESSFUL', version: 2 }), 409],
  ['200 when somebody else cancels it', aTask({ status: 'CANCELLED', version: 2 }), 200],
  ['404 when the table removes it', undefined, 404],
])('answers %s at the same moment', async (_, task, status) => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(task));
  expect((await cancel()).statusCode).toBe(status);
  expect(writes()).toHaveLength(1);
});

test('answers 404 for a task that does not exist, and writes nothing', async () => {
  await tableWith(aTask());
  expect(await cancel(at(10), 'b'.repeat(64))).toMatchObject({ statusCode: 404, body: expect.stringContaining('there is no such task') });
  expect(writes()).toEqual([]);
});

test('answers 404 for what no task is called, without asking the table', async () => {
  expect((await cancel(at(10), 'x')).statusCode).toBe(404);
  expect(dynamodb.calls()).toEqual([]);
});

test('is an error of the server when it can not be written', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  await expect(cancel()).rejects.toThrow('throttled');
});

test('a processor that reports later is ignored', async () => {
  await tableWith(aTask());
  await cancel();
  expect(await store.update(aReport({ taskId: aTask().taskId, status: 'SUCCESSFUL' }), new Date(at(20)))).toEqual({
    applied: false, reason: 'the task is already CANCELLED',
  });
});

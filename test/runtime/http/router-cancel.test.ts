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

/** Puts a task into the table. */
const tableWith = async (task: Task) => {
  aTable(dynamodb);
  await store.create(task);
};

const writes = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input);

test.each([
  [aTask({ payload: '1', checkAt: at(3600) }), ['PENDING', 'CANCELLED']],
  [aTask({ status: 'RUNNING', version: 5, startedAt: at(2), payload: '1', progress: { percent: 10 } }), ['PENDING', 'RUNNING', 'CANCELLED']],
])('POST /tasks/{taskId}/cancel cancels an open task and returns it', async (task, history) => {
  await tableWith(task);
  const { statusCode, headers, body } = await cancel();
  expect(statusCode).toBe(200);
  expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': `"${task.version + 1}"` });
  expect(JSON.parse(body)).toMatchObject({ taskId: task.taskId, status: 'CANCELLED', payload: 1, updatedAt: at(10), endedAt: at(10) });
  expect(JSON.parse(body).history.map(({ status }: { status: string }) => status)).toEqual(history);
  expect(await store.find(task.taskId)).toMatchObject({ status: 'CANCELLED', version: task.version + 1, endedAt: at(10) });
});

test('a cancelled task has no error and no result', async () => {
  await tableWith(aTask());
  const task = JSON.parse((await cancel()).body);
  expect(task).not.toHaveProperty('error');
  expect(task).not.toHaveProperty('result');
});

test('a cancellation is one conditional write, which removes the task from the index of open tasks', async () => {
  await tableWith(aTask());
  await cancel(at(10));
  expect(writes()).toHaveLength(1);
  const [{ ConditionExpression, UpdateExpression, ExpressionAttributeValues }] = writes();
  expect(ConditionExpression).toBe('#status IN (:pending, :running)');
  expect(UpdateExpression).toContain('REMOVE #checkShard, #checkAt');
  expect(unmarshall(ExpressionAttributeValues!)).toMatchObject({ ':status': 'CANCELLED', ':expiresAt': Date.parse(at(10)) / 1000 + 604_800 });
});

test('a second cancellation returns the same reply and writes nothing', async () => {
  await tableWith(aTask());
  const first = await cancel(at(10));
  expect(await cancel(at(20))).toEqual(first);
  expect(writes()).toHaveLength(1);
});

test.each(['SUCCESSFUL', 'FAILED'] as const)('the cancellation of a task that is %s returns 409 and writes nothing', async (status) => {
  await tableWith(aTask({ status, version: 3, endedAt: at(2) }));
  const { statusCode, headers, body } = await cancel();
  expect(statusCode).toBe(409);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  expect(JSON.parse(body)).toEqual({ title: 'Conflict', status: 409, detail: `the task is already ${status}` });
  expect(writes()).toEqual([]);
});

test('the cancellation of an overdue task ends the task as FAILED, then returns 409', async () => {
  await tableWith(aTask());
  expect(await cancel(at(3600))).toMatchObject({ statusCode: 409, body: expect.stringContaining('the task is already FAILED') });
  expect(await store.find(aTask().taskId)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
});

test.each([
  ['409 if the task ends', aTask({ status: 'SUCCESSFUL', version: 2 }), 409],
  ['200 if another caller cancels it', aTask({ status: 'CANCELLED', version: 2 }), 200],
  ['404 if the table removes it', undefined, 404],
])('a cancellation returns %s at the same time', async (_, task, status) => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(task));
  expect((await cancel()).statusCode).toBe(status);
  expect(writes()).toHaveLength(1);
});

test('the cancellation of an unknown task returns 404 and writes nothing', async () => {
  await tableWith(aTask());
  expect(await cancel(at(10), 'b'.repeat(64))).toMatchObject({ statusCode: 404, body: expect.stringContaining('there is no such task') });
  expect(writes()).toEqual([]);
});

test('the cancellation of an invalid task id returns 404 without reading the table', async () => {
  expect((await cancel(at(10), 'x')).statusCode).toBe(404);
  expect(dynamodb.calls()).toEqual([]);
});

test('a cancellation that cannot be written is an error of the server', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  await expect(cancel()).rejects.toThrow('throttled');
});

test('a report that arrives after the cancellation is ignored', async () => {
  await tableWith(aTask());
  await cancel();
  expect(await store.update(aReport({ taskId: aTask().taskId, status: 'SUCCESSFUL' }), new Date(at(20)))).toMatchObject({
    applied: false, reason: 'TaskEnded',
  });
});

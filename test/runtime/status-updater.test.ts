import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { StatusUpdater } from '../../src/runtime/status-updater';
import { TaskStore } from '../../src/runtime/task-store';
import { aFailedCondition, aMessage, anItem, anUndeliveredMessage, aTask, EVENT_SOURCE, NOW } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask()) });
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

const update = (...Records: SQSRecord[]) => new StatusUpdater({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60), eventSource: EVENT_SOURCE, now: () => NOW,
}).update({ Records });

const written = () => dynamodb.commandCalls(UpdateItemCommand)
  .map(({ args: [{ input }] }) => unmarshall({ ...input.Key, ...input.ExpressionAttributeValues }));

test('writes each report', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ taskId: 'b', status: 'SUCCESSFUL' }, {}, 'message-2'))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({ taskId: 'a' }), expect.objectContaining({ 'taskId': 'b', ':status': 'SUCCESSFUL' })]);
  expect(console.info).not.toHaveBeenCalled();
});

test('fails a task that could not be delivered', async () => {
  const task = aTask({ type: 'report' });
  expect(await update(anUndeliveredMessage(task, { ERROR_CODE: 'NO_PERMISSIONS' }))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({
    'taskId': task.taskId,
    ':type': 'report',
    ':status': 'FAILED',
    ':error': { code: 'DeliveryFailed', message: 'the task could not be handed to its processor: NO_PERMISSIONS' },
  })]);
});

test('leaves only the malformed message in the queue', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ secret: 'x' }, {}, 'message-2'))).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-2' }],
  });
  expect(console.error).toHaveBeenCalledWith({
    message: 'update failed', messageId: 'message-2', error: expect.stringContaining('Error: malformed event: '),
  });
});

test('leaves an undelivered event of another TaskManager in the queue', async () => {
  expect(await update(anUndeliveredMessage(aTask(), {}, { source: 'somebody.else' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('leaves a message in the queue when the table fails', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
});

test('acknowledges and logs an update that is ignored', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'FAILED' })));
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }))).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith({ message: 'update ignored', taskId: 'a', status: 'RUNNING', reason: 'the task is FAILED already' });
});

test('acknowledges an undelivered event of a task that is done all the same', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL' })));
  expect(await update(anUndeliveredMessage())).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith({ message: 'update ignored', taskId: aTask().taskId, status: 'FAILED', reason: 'the task is SUCCESSFUL already' });
});

test('ends a task whose result is too large', async () => {
  await update(aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'x'.repeat(300_000) }));
  expect(written()).toEqual([expect.objectContaining({ ':status': 'FAILED', ':error': expect.objectContaining({ code: 'ResultTooLarge' }) })]);
});

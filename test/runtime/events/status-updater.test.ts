import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { StatusUpdater } from '../../../src/runtime/events/status-updater';
import { TaskStore } from '../../../src/runtime/task/task-store';
import {
  aFailedCondition, aMessage, anItem, anUndeliveredMessage, aTask, at, EVENT_SOURCE, NOW, REPORTS_QUEUE_ARN, UNDELIVERED_QUEUE_ARN,
} from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask()) });
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

const update = (...Records: SQSRecord[]) => new StatusUpdater({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60), eventSource: EVENT_SOURCE, undeliveredQueueArn: UNDELIVERED_QUEUE_ARN, now: () => NOW,
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
  expect(await update(anUndeliveredMessage(task))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({
    'taskId': task.taskId,
    ':type': 'report',
    ':taskCreatedAt': task.createdAt,
    ':status': 'FAILED',
    ':error': { code: 'DeliveryFailed', message: 'EventBridge could not deliver the task to its processor: NO_PERMISSIONS: Lack of permissions' },
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
  expect(console.info).toHaveBeenCalledWith({ message: 'update ignored', taskId: 'a', status: 'RUNNING', reason: 'the task is already FAILED' });
});

test('acknowledges an undelivered event of a task that is done all the same', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL' })));
  expect(await update(anUndeliveredMessage())).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith({ message: 'update ignored', taskId: aTask().taskId, status: 'FAILED', reason: 'the task is already SUCCESSFUL' });
});

describe('refuses', () => {
  test.each([
    ['a report from the queue of the undelivered, to which every rule has access', { ...aMessage({ taskId: 'a', status: 'FAILED' }), eventSourceARN: UNDELIVERED_QUEUE_ARN }],
    ['a report with the attributes of a dead letter from there', {
      ...anUndeliveredMessage(), body: aMessage({ taskId: 'a', status: 'FAILED' }).body,
    }],
    ['a TaskCreatedEvent that a rule sent there', { ...anUndeliveredMessage(), messageAttributes: {} }],
    ['a TaskCreatedEvent from the queue of the reports', { ...anUndeliveredMessage(), messageAttributes: {}, eventSourceARN: REPORTS_QUEUE_ARN }],
    ['a dead letter from there', { ...anUndeliveredMessage(), eventSourceARN: REPORTS_QUEUE_ARN }],
  ])('%s', async (_, message) => {
    expect(await update(message)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(dynamodb.calls()).toEqual([]);
  });
});

test('tells which parts of a report are of no use, and not what is in them', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING', sequence: 'secret', progress: { percent: 1, message: { secret: 1 } } }))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({ 'taskId': 'a', ':running': 'RUNNING', ':progress': { percent: 1 } })]);
  expect(jest.mocked(console.warn).mock.calls).toEqual([[{ message: 'report has invalid parts', taskId: 'a', parts: ['progress.message', 'sequence'] }]]);
});

test('goes by the creation of the task that a report names, and else by the time of its event', async () => {
  await update(aMessage({ taskId: 'a', status: 'FAILED', taskCreatedAt: at(-5) }), aMessage({ taskId: 'b', status: 'FAILED' }, { time: '2026-11-23T10:00:07Z' }));
  expect(written()).toEqual([
    expect.objectContaining({ 'taskId': 'a', ':taskCreatedAt': at(-5) }), expect.objectContaining({ 'taskId': 'b', ':reportedBefore': at(8) }),
  ]);
});

test('ends a task whose result is not what payloads are', async () => {
  const message = aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'huge' });
  await update({ ...message, body: message.body.replace('"huge"', '[1e400]') });
  expect(written()).toEqual([expect.objectContaining({
    ':status': 'FAILED', ':error': { code: 'InvalidResult', message: 'the result contains a number that is too large' },
  })]);
});

test('ends a task whose result is too large', async () => {
  await update(aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'x'.repeat(300_000) }));
  expect(written()).toEqual([expect.objectContaining({ ':status': 'FAILED', ':error': expect.objectContaining({ code: 'ResultTooLarge' }) })]);
});

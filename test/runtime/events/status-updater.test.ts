import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { StatusUpdater, StatusUpdaterOptions } from '../../../src/runtime/events/status-updater';
import { TaskStore } from '../../../src/runtime/task/task-store';
import {
  aFailedCondition, aMessage, anItem, anUndeliveredMessage, aTask, at, EVENT_SOURCE, NOW, REPORTS_QUEUE_ARN, UNDELIVERED_QUEUE_ARN,
} from '../../support/builders';
import { RecordedMetrics } from '../../support/recorded-metrics';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask()) });
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

const updater = (options: Partial<StatusUpdaterOptions> = {}) => new StatusUpdater({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60),
  metrics: new RecordedMetrics(),
  eventSource: EVENT_SOURCE,
  undeliveredQueueArn: UNDELIVERED_QUEUE_ARN,
  now: () => NOW,
  ...options,
});
const update = (...Records: SQSRecord[]) => updater().update({ Records });

const written = () => dynamodb.commandCalls(UpdateItemCommand)
  .map(({ args: [{ input }] }) => unmarshall({ ...input.Key, ...input.ExpressionAttributeValues }));

test('the updater writes each report', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ taskId: 'b', status: 'SUCCESSFUL' }, {}, 'message-2'))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({ taskId: 'a' }), expect.objectContaining({ 'taskId': 'b', ':status': 'SUCCESSFUL' })]);
  expect(console.info).not.toHaveBeenCalled();
});

test('the updater fails a task whose event could not be delivered', async () => {
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

test('the updater leaves only a malformed message in the queue', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ secret: 'x' }, {}, 'message-2'))).toEqual({
    batchItemFailures: [{ itemIdentifier: 'message-2' }],
  });
  expect(console.error).toHaveBeenCalledWith({
    message: 'update failed', messageId: 'message-2', error: expect.stringContaining('Error: malformed event: '),
  });
});

test('the updater leaves a dead letter of another TaskManager in the queue', async () => {
  expect(await update(anUndeliveredMessage(aTask(), {}, { source: 'somebody.else' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('the updater leaves a message in the queue if the write fails', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
});

test('the updater deletes the message of an ignored update, and logs the reason', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ taskId: 'a', status: 'FAILED', version: 3 })));
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING' }))).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith({
    message: 'update ignored',
    taskId: 'a',
    taskType: 'export',
    version: 3,
    status: 'RUNNING',
    reason: 'TaskEnded',
    explanation: 'the task is already FAILED',
  });
});

test('the updater logs the report on an unknown task, too', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
  await update(aMessage({ taskId: 'a', status: 'RUNNING' }));
  expect(console.info).toHaveBeenCalledWith({
    message: 'update ignored', taskId: 'a', taskType: 'export', status: 'RUNNING', reason: 'UnknownTask', explanation: 'unknown task',
  });
});

test('the updater counts ignored reports, and those of each reason', async () => {
  const metrics = new RecordedMetrics();
  dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(aTask({ status: 'FAILED' }))).rejectsOnce(aFailedCondition())
    .resolves({ Attributes: anItem(aTask()) });
  await updater({ metrics }).update({ Records: ['a', 'b', 'c'].map((taskId) => aMessage({ taskId, status: 'SUCCESSFUL' })) });
  expect(metrics.written).toEqual([
    { name: 'ReportsIgnored', value: 1 },
    { name: 'ReportsIgnored', value: 1, Reason: 'TaskEnded' },
    { name: 'ReportsIgnored', value: 1 },
    { name: 'ReportsIgnored', value: 1, Reason: 'UnknownTask' },
  ]);
});

test('the updater deletes a dead letter of a task that has ended', async () => {
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL' })));
  expect(await update(anUndeliveredMessage())).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith(expect.objectContaining({ message: 'update ignored', taskId: aTask().taskId, status: 'FAILED', reason: 'TaskEnded' }));
});

describe('the updater refuses', () => {
  test.each([
    ['a report in the undelivered queue, to which every rule can send', { ...aMessage({ taskId: 'a', status: 'FAILED' }), eventSourceARN: UNDELIVERED_QUEUE_ARN }],
    ['a report in the undelivered queue with the attributes of a dead letter', {
      ...anUndeliveredMessage(), body: aMessage({ taskId: 'a', status: 'FAILED' }).body,
    }],
    ['a TaskCreatedEvent that a rule sent to the undelivered queue', { ...anUndeliveredMessage(), messageAttributes: {} }],
    ['a TaskCreatedEvent in the reports queue', { ...anUndeliveredMessage(), messageAttributes: {}, eventSourceARN: REPORTS_QUEUE_ARN }],
    ['a dead letter in the reports queue', { ...anUndeliveredMessage(), eventSourceARN: REPORTS_QUEUE_ARN }],
  ])('%s', async (_, message) => {
    expect(await update(message)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(dynamodb.calls()).toEqual([]);
  });
});

test('the updater logs the names of invalid parts of a report, without their contents', async () => {
  expect(await update(aMessage({ taskId: 'a', status: 'RUNNING', sequence: 'secret', progress: { percent: 1, message: { secret: 1 } } }))).toEqual({ batchItemFailures: [] });
  expect(written()).toEqual([expect.objectContaining({ 'taskId': 'a', ':running': 'RUNNING', ':progress': { percent: 1 } })]);
  expect(jest.mocked(console.warn).mock.calls).toEqual([[{ message: 'report has invalid parts', taskId: 'a', taskType: 'export', parts: ['progress.message', 'sequence'] }]]);
});

test('the updater identifies the task by taskCreatedAt, or else by the time of the event', async () => {
  await update(aMessage({ taskId: 'a', status: 'FAILED', taskCreatedAt: at(-5) }), aMessage({ taskId: 'b', status: 'FAILED' }, { time: '2026-11-23T10:00:07Z' }));
  expect(written()).toEqual([
    expect.objectContaining({ 'taskId': 'a', ':taskCreatedAt': at(-5) }), expect.objectContaining({ 'taskId': 'b', ':reportedBefore': at(8) }),
  ]);
});

test('the updater ends a task with an invalid result', async () => {
  const message = aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'huge' });
  await update({ ...message, body: message.body.replace('"huge"', '[1e400]') });
  expect(written()).toEqual([expect.objectContaining({
    ':status': 'FAILED', ':error': { code: 'InvalidResult', message: 'the result contains a number that is too large' },
  })]);
});

test('the updater ends a task with a result that is too large', async () => {
  await update(aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'x'.repeat(300_000) }));
  expect(written()).toEqual([expect.objectContaining({ ':status': 'FAILED', ':error': expect.objectContaining({ code: 'ResultTooLarge' }) })]);
});

describe('the updater ends a task with a result object', () => {
  const resultObject = { key: 'tasks/export/a/5f1d', contentType: 'text/csv' };
  const report = aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: { rows: 3 }, resultObject });

  test('as SUCCESSFUL, and stores where it is', async () => {
    await updater({ hasResultBucket: true }).update({ Records: [report] });
    expect(written()).toEqual([expect.objectContaining({ ':status': 'SUCCESSFUL', ':resultObject': resultObject, ':result': '{"rows":3}' })]);
  });

  test('as FAILED if the TaskManager has no result bucket', async () => {
    await update(report);
    expect(written()).toEqual([expect.objectContaining({
      ':status': 'FAILED', ':error': { code: 'InvalidResult', message: expect.stringContaining('set its resultBucket') },
    })]);
  });
});

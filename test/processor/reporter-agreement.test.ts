/** With completeOnReturn, the helper and the reporter both report how a task ended, and the bus delivers the reports in any order. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskFailure, taskProcessor, TaskWork } from '../../processor/src';
import { EventSender } from '../../src/runtime/events/event-sender';
import { Reporter } from '../../src/runtime/events/reporter';
import { Task } from '../../src/runtime/task/task';
import { TaskStore } from '../../src/runtime/task/task-store';
import { aStatusUpdater } from '../support/a-status-updater';
import { aTable } from '../support/a-table';
import { aCreatedEvent, aMessage, anInvocationRecord, aTask, NOW } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const eventbridge = mockClient(EventBridgeClient);
const s3 = mockClient(S3Client);
const reporter = new Reporter({ sender: new EventSender(new EventBridgeClient({})) });

type Report = Record<string, any>;

beforeAll(() => {
  process.env.AWS_REGION = 'eu-central-1';
});

beforeEach(() => {
  for (const client of [dynamodb, eventbridge, s3]) client.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  s3.on(PutObjectCommand).resolves({});
  jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  for (const level of ['info', 'warn'] as const) jest.spyOn(console, level).mockImplementation();
});

afterEach(() => {
  jest.useRealTimers();
});

/** Returns the reports that were sent since the last call. */
function sent(): Report[] {
  const entries = eventbridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!);
  eventbridge.resetHistory();
  return entries.map(({ Detail }) => JSON.parse(Detail!));
}

/** Runs the work of a task with the helper, and then the reporter with what the handler returned. Returns the reports of both. */
async function reportsOf(work: TaskWork<any>): Promise<{ helper: Report[]; reporter: Report[] }> {
  const created = aCreatedEvent(aTask());
  Object.assign((created.detail as Report).reportTo, { resultBucketName: 'results' });
  const returned = await taskProcessor(work)({ ...created, time: NOW.toISOString() });
  const helper = sent();
  // Lambda serializes what the handler returns, and undefined becomes null.
  const responsePayload = JSON.parse(JSON.stringify(returned === undefined ? null : returned));
  await reporter.report(anInvocationRecord('Success', { requestPayload: created, responsePayload }));
  return { helper, reporter: sent() };
}

/** Returns the task that the updater has stored after these reports. */
async function taskAfter(...reports: Report[]): Promise<Task> {
  aTable(dynamodb);
  const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60);
  const { taskId } = await store.create(aTask());
  const updater = aStatusUpdater(store);
  for (const report of reports) expect(await updater.update({ Records: [aMessage(report)] })).toEqual({ batchItemFailures: [] });
  return store.withContents((await store.find(taskId))!);
}

test.each<[string, TaskWork<any>, object]>([
  ['a result', () => ({ rows: 3 }), { status: 'SUCCESSFUL', result: '{"rows":3}' }],
  ['null', () => null, { status: 'SUCCESSFUL', result: 'null' }],
  ['nothing', () => {}, { status: 'SUCCESSFUL', result: 'null' }],
  ['a value that JSON writes in another way', () => new Date(0), { status: 'SUCCESSFUL', result: '"1970-01-01T00:00:00.000Z"' }],
  ['a result that is too large', () => 'x'.repeat(205_000), { status: 'FAILED', error: { code: 'ResultTooLarge', message: expect.stringContaining('task.upload()') } }],
  ['a value that is not JSON', () => 1n, { status: 'FAILED', error: { code: 'InvalidResult', message: 'the result is not JSON' } }],
  ['half a surrogate pair', () => '\ud83d', { status: 'FAILED', error: { code: 'InvalidResult', message: 'the result contains a string that is not valid Unicode' } }],
  ['what looks like an end', () => ({ 'cdk-task-manager:end': {} }), { status: 'FAILED', error: expect.objectContaining({ code: 'InvalidResult' }) }],
  ['an upload with half a surrogate pair in its file name', async (task) => task.upload('a,b', { contentType: 'text/csv', fileName: 'a\ud800.csv' }), {
    status: 'SUCCESSFUL', resultObject: expect.objectContaining({ fileName: 'a\ufffd.csv' }),
  }],
  ['an upload', async (task) => task.upload('a,b', { contentType: 'text/csv', fileName: 'a.csv' }), {
    status: 'SUCCESSFUL', resultObject: { key: expect.stringMatching(/^tasks\/export\//), contentType: 'text/csv', fileName: 'a.csv' },
  }],
  ['an upload and a result', async (task) => {
    await task.upload('a,b', { contentType: 'text/csv' });
    return 3;
  }, { status: 'SUCCESSFUL', result: '3', resultObject: { key: expect.stringMatching(/^tasks\/export\//), contentType: 'text/csv' } }],
  ['a TaskFailure', () => {
    throw new TaskFailure('UnknownTable', 'no such table');
  }, { status: 'FAILED', error: { code: 'UnknownTable', message: 'no such table' } }],
  ['a TaskFailure with long and broken texts', () => {
    throw new TaskFailure('c'.repeat(200), `\ud83d${'m'.repeat(5000)}`);
  }, { status: 'FAILED', error: { code: 'c'.repeat(128), message: `\ufffd${'m'.repeat(4095)}` } }],
])('after a work that ends with %s, the task is the same whichever report comes first', async (_, work, expected) => {
  const { helper: [running, ...end], reporter: reporterEnd } = await reportsOf(work);
  expect(running).toMatchObject({ status: 'RUNNING' });
  expect([end, reporterEnd]).toEqual([[expect.anything()], [expect.anything()]]);

  const task = await taskAfter(running, ...end, ...reporterEnd);
  expect(task).toMatchObject(expected);
  expect(await taskAfter(running, ...reporterEnd, ...end)).toEqual(task);
  // The first report can also come last.
  expect(await taskAfter(...reporterEnd, ...end, running)).toMatchObject(expected);
});

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { statusEvent } from '../../../src/runtime/events/events';
import { Reporter } from '../../../src/runtime/events/reporter';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aStatusUpdater } from '../../support/a-status-updater';
import { aTable } from '../../support/a-table';
import { aMessage, anInvocationRecord, aTask, EVENT_SOURCE } from '../../support/builders';
import { refusalOf } from '../../support/strict-bus';

// A failure names its seed and path. To repeat it: FAST_CHECK_SEED=<seed> FAST_CHECK_PATH=<path> npx jest <this file>
const { FAST_CHECK_SEED, FAST_CHECK_PATH, FAST_CHECK_RUNS } = process.env;
const PARAMETERS = {
  numRuns: Number(FAST_CHECK_RUNS ?? 100),
  ...(FAST_CHECK_SEED && { seed: Number(FAST_CHECK_SEED) }),
  ...(FAST_CHECK_PATH && { path: FAST_CHECK_PATH }),
};

/** Any code units, including halves of surrogate pairs. */
const codeUnit = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 32, max: 126 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }) },
).map((code) => String.fromCharCode(code));
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: codeUnit, maxLength: 30 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(126, 1_022, 4_093, 204_790, 300_000), fc.string({ unit: codeUnit, maxLength: 9 }))
      .map(([length, end]) => 'x'.repeat(length) + end),
  },
);

/** Any JSON text: deeply nested, with numbers that are too large, or with halves of surrogate pairs, escaped or not. */
const json = fc.oneof(
  { weight: 6, arbitrary: fc.jsonValue({ stringUnit: codeUnit, maxDepth: 3 }).map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: text.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.string({ unit: codeUnit, maxLength: 20 }).map((value) => `"${value.replace(/["\\\u0000-\u001f]/g, '')}"`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1e400', '-1e400', '5e-324', '1.5', '-0', '9007199254740993', '[1e999]', '{"__proto__":{"code":"a"}}', '{"toJSON":1}'),
  },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 5_000 }).map((levels) => '['.repeat(levels) + ']'.repeat(levels)) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 5_000 }).map((levels) => '{"a":'.repeat(levels) + '1e400' + '}'.repeat(levels)) },
);

/** Known and unknown parts of a report, as JSON text. */
const parts = fc.uniqueArray(
  fc.tuple(fc.constantFrom(
    'result', 'resultObject', 'error', 'progress', 'sequence', 'heartbeatSeconds', 'taskCreatedAt', 'mood', '__proto__', 'constructor',
  ), json),
  { selector: ([name]) => name, maxLength: 6 },
).map((members) => members.map(([name, value]) => `,"${name}":${value}`).join(''));

const error = fc.oneof(json, fc.tuple(json, json).map(([code, message]) => `{"code":${code},"message":${message}}`));
const thrown = fc.oneof(json, fc.tuple(json, json).map(([type, message]) => `{"errorType":${type},"errorMessage":${message},"trace":[]}`));

const dynamodb = mockClient(DynamoDBClient);
const eventbridge = mockClient(EventBridgeClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60);
const updater = aStatusUpdater(store);
const reporter = new Reporter({ sender: new EventSender(new EventBridgeClient({}), async () => {}) });
const { taskId } = aTask();
let sent: PutEventsRequestEntry[];

beforeEach(() => {
  dynamodb.reset();
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    const Answers = Entries.map((entry) => refusalOf(entry) === undefined ? { EventId: 'id' } : { ErrorCode: 'MalformedDetail' });
    sent.push(...Entries.filter((_, i) => 'EventId' in Answers[i]));
    return { FailedEntryCount: Answers.filter((answer) => 'ErrorCode' in answer).length, Entries: Answers };
  });
  for (const level of ['info', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation();
});

/** Passes messages about a new task to the updater. Returns the task after them. */
async function taskAfter(...messages: SQSRecord[]): Promise<Task> {
  dynamodb.reset();
  aTable(dynamodb);
  await store.create(aTask());
  for (const message of messages) await updater.update({ Records: [message] });
  return (await store.find(taskId))!;
}

async function taskReportedBy(record: object): Promise<Task> {
  sent = [];
  await reporter.report(record);
  return taskAfter(...sent.map(({ Source, DetailType, Detail }) => aMessage(JSON.parse(Detail!), { 'source': Source, 'detail-type': DetailType })));
}

/** Expects that the task has ended with valid Unicode, and that EventBridge accepts its event. */
async function expectEnded(task: Task): Promise<void> {
  expect(['SUCCESSFUL', 'FAILED']).toContain(task.status);
  expect(JSON.stringify(task)).toBe(JSON.stringify(task).replace(/\\ud[89a-f][0-9a-f]{2}/gi, ''));
  expect(refusalOf(statusEvent(await store.withContents(task), { eventBusName: 'Bus', eventSource: EVENT_SOURCE }))).toBeUndefined();
}

const reported = (detail: string) => ({ ...aMessage({}), body: aMessage('detail').body.replace('"detail":"detail"', () => `"detail":${detail}`) });

test('any report of an end ends its task, and the end can be published', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom('SUCCESSFUL', 'FAILED'), parts, error, async (status, more, odd) => {
    // With another taskCreatedAt, the report would be about another task.
    const others = more.replace(/,"taskCreatedAt":"\d{4}-\d\d-\d\dT[^"]*"/, '');
    await expectEnded(await taskAfter(reported(`{"taskId":"${taskId}","status":"${status}"${others}}`)));
    await expectEnded(await taskAfter(reported(`{"taskId":"${taskId}","status":"FAILED","error":${odd}}`)));
  }), PARAMETERS);
});

test('any report of RUNNING is accepted', async () => {
  await fc.assert(fc.asyncProperty(parts, async (more) => {
    const { status } = await taskAfter(reported(`{"taskId":"${taskId}","status":"RUNNING"${more}}`));
    expect(status).toBe('RUNNING');
  }), PARAMETERS);
});

test('any return value of a function ends its task, and the end can be published', async () => {
  await fc.assert(fc.asyncProperty(json, async (returned) => {
    await expectEnded(await taskReportedBy(anInvocationRecord('Success', { responsePayload: JSON.parse(returned) })));
  }), PARAMETERS);
});

test('any error of a function fails its task, and the end can be published', async () => {
  await fc.assert(fc.asyncProperty(thrown, async (payload) => {
    const task = await taskReportedBy(anInvocationRecord('RetriesExhausted', { responsePayload: JSON.parse(payload) }));
    expect(task).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
    await expectEnded(task);
  }), PARAMETERS);
});

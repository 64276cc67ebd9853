import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { TASK_END } from '../../../src/protocol/wire';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { Reporter } from '../../../src/runtime/events/reporter';
import { aCreatedEvent, anInvocationRecord, aTask, EVENT_SOURCE, TRACE } from '../../support/builders';

const eventbridge = mockClient(EventBridgeClient);
const reporter = new Reporter({ sender: new EventSender(new EventBridgeClient({}), async () => {}) });
const { taskId, createdAt } = aTask();
const about = { taskId, taskCreatedAt: createdAt };
const ids = { taskId, taskType: 'export', traceId: TRACE.traceparent.split('-')[1] };

beforeEach(() => {
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockReset().mockImplementation();
});

async function reportOf(event: unknown): Promise<unknown> {
  await reporter.report(event);
  const [{ args: [{ input: { Entries: [entry, ...more] = [] } }] }] = eventbridge.commandCalls(PutEventsCommand);
  expect(more).toEqual([]);
  return JSON.parse(entry.Detail!);
}

test('reports to the bus in the event of the task, with the source of its processor', async () => {
  await reporter.report(anInvocationRecord('RetriesExhausted'));
  expect(eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries)).toEqual([[
    { EventBusName: 'Bus', Source: `${EVENT_SOURCE}.processor.export`, DetailType: 'TaskUpdatedEvent', Detail: expect.any(String) },
  ]]);
});

test('reports on a task whose event is of an earlier version, without a status reader', async () => {
  const { detail, ...event } = aCreatedEvent() as { detail: { reportTo: object } };
  const reportTo = { eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.export` };
  expect(await reportOf(anInvocationRecord('RetriesExhausted', { requestPayload: { ...event, detail: { ...detail, reportTo } } })))
    .toMatchObject({ ...about, status: 'FAILED' });
});

describe('a function that failed permanently', () => {
  test.each([
    [{ errorType: 'Error', errorMessage: 'the disk is full', trace: ['secret'] }, 'Error: the disk is full'],
    [{ errorType: 'Sandbox.Timedout' }, 'Sandbox.Timedout'],
    [{ errorMessage: 'Task timed out after 3.00 seconds' }, 'Task timed out after 3.00 seconds'],
    [{ errorType: '', errorMessage: '' }, 'the processor failed without an error message'],
    [{}, 'the processor failed without an error message'],
    [{ errorMessage: 1 }, 'the processor failed without an error message'],
    [{ errorType: 1, errorMessage: 'the disk is full' }, 'the disk is full'],
    [{ errorMessage: 'a\ud83d' }, 'a\ufffd'],
    [{ errorMessage: `${'m'.repeat(4095)}😀m` }, `${'m'.repeat(4095)}😀`],
    ['secret', 'the processor failed without an error message'],
    [null, 'the processor failed without an error message'],
    [undefined, 'the processor failed without an error message'],
  ])('with the response %j fails its task as ProcessorFailed', async (responsePayload, message) => {
    expect(await reportOf(anInvocationRecord('RetriesExhausted', { responsePayload }))).toEqual({ ...about, status: 'FAILED', error: { code: 'ProcessorFailed', message } });
  });

  test('for an unknown reason fails its task as ProcessorFailed', async () => {
    const requestContext = { condition: 'SomethingNew' };
    expect(await reportOf(anInvocationRecord('RetriesExhausted', { requestContext }))).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
  });
});

test('a function that did not accept the event before it expired fails its task as DeliveryFailed', async () => {
  expect(await reportOf(anInvocationRecord('EventAgeExceeded'))).toEqual({
    ...about, status: 'FAILED', error: { code: 'DeliveryFailed', message: 'the processor did not accept the event before it expired' },
  });
});

describe('a function that returns', () => {
  test.each([{ rows: 3 }, [], 'text', 0, false, null])('%j ends its task with that result', async (responsePayload) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload }))).toEqual({ ...about, status: 'SUCCESSFUL', result: responsePayload });
  });

  test('nothing ends its task without a result', async () => {
    expect(await reportOf(anInvocationRecord('Success'))).toEqual({ ...about, status: 'SUCCESSFUL' });
  });

  test.each([
    { status: 'FAILED', error: { code: 'UnknownTable', message: 'no such table' } },
    { status: 'SUCCESSFUL', resultObject: { key: 'tasks/export/id/1', contentType: 'text/csv', fileName: 'a.csv' } },
    { status: 'SUCCESSFUL', result: { rows: 3 }, resultObject: { key: 'tasks/export/id/1' } },
    { status: 'SUCCESSFUL', result: null, resultObject: { key: 'tasks/export/id/1' } },
  ])('that its task has ended as %j ends its task in the same way', async (end) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload: { [TASK_END]: end } }))).toEqual({ ...about, ...end });
  });

  test('that its task has failed with texts that EventBridge or a task can\'t have fails its task with texts that they can have', async () => {
    const end = { status: 'FAILED', error: { code: `\ud83d${'c'.repeat(200)}`, message: `\ud83d${'m'.repeat(5000)}` } };
    expect(await reportOf(anInvocationRecord('Success', { responsePayload: { [TASK_END]: end } }))).toEqual({
      ...about, status: 'FAILED', error: { code: `\ufffd${'c'.repeat(127)}`, message: `\ufffd${'m'.repeat(4095)}` },
    });
  });

  test.each<[string, unknown]>([
    ['no status', { [TASK_END]: { error: { code: 'UnknownTable', message: 'no such table' } } }],
    ['a status that is no end', { [TASK_END]: { status: 'RUNNING' } }],
    ['no error', { [TASK_END]: { status: 'FAILED' } }],
    ['an error without a message', { [TASK_END]: { status: 'FAILED', error: { code: 'UnknownTable' } } }],
    ['no object', { [TASK_END]: { status: 'SUCCESSFUL', result: 3 } }],
    ['an object without a key', { [TASK_END]: { status: 'SUCCESSFUL', resultObject: {} } }],
    ['a further member', { [TASK_END]: { status: 'FAILED', error: { code: 'UnknownTable', message: 'no such table' } }, rows: 3 }],
  ])('an end with %s ends its task with that as its result', async (_, responsePayload) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload }))).toEqual({ ...about, status: 'SUCCESSFUL', result: responsePayload });
  });

  test.each<[string, unknown, string]>([
    ['half of a surrogate pair', 'a\ud83d', 'contains a string that is not valid Unicode'],
    ['5,000 levels of nesting', JSON.parse('['.repeat(5000) + ']'.repeat(5000)), 'is nested deeper than 128 levels'],
    ['a number that JSON cannot represent', [Infinity], 'contains a number that is too large'],
  ])('%s fails its task as InvalidResult', async (_, responsePayload, defect) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload }))).toEqual({
      ...about, status: 'FAILED', error: { code: 'InvalidResult', message: `the result ${defect}` },
    });
  });

  test('more than 200 KiB fails its task as ResultTooLarge', async () => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload: 'x'.repeat(200 * 1024 - 1) }))).toEqual({
      ...about,
      status: 'FAILED',
      error: { code: 'ResultTooLarge', message: 'the result has 204801 bytes; the maximum is 204800: put it into the resultBucket of the TaskManager, and report its resultObject' },
    });
  });
});

test.each<[string, unknown]>([
  ['without a record', undefined],
  ['with a payload that is no event', anInvocationRecord('RetriesExhausted', { requestPayload: 'secret' })],
  ['with another event', anInvocationRecord('RetriesExhausted', { requestPayload: { ...aCreatedEvent(), 'detail-type': 'secret' } })],
  ['with an event without reportTo', anInvocationRecord('RetriesExhausted', { requestPayload: { ...aCreatedEvent(), detail: { taskId: 'secret' } } })],
  ['without its outcome', { requestPayload: aCreatedEvent(aTask({ payload: '"secret"' })) }],
])('an invocation %s is ignored', async (_, event) => {
  await reporter.report(event);
  expect(eventbridge.calls()).toEqual([]);
  expect(console.info).toHaveBeenCalledWith({ message: 'invocation ignored: it was not for a task' });
});

test.each([
  ['Success', { code: 'InvalidResult', message: 'EventBridge refused the result' }],
  ['RetriesExhausted', { code: 'ProcessorFailed', message: 'the processor failed, and EventBridge refused its error message' }],
] as const)('a report that the bus refuses permanently is replaced by a shorter failure: %s', async (condition, error) => {
  eventbridge.on(PutEventsCommand).resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] }).resolves({ FailedEntryCount: 0 });
  await reporter.report(anInvocationRecord(condition, { responsePayload: { errorMessage: 'odd' } }));
  const details = eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => JSON.parse(input.Entries![0].Detail!));
  expect(details[0]).not.toEqual(details[1]);
  expect(details.slice(1)).toEqual([{ ...about, status: 'FAILED', error }]);
});

test('an event without createdAt is reported without taskCreatedAt', async () => {
  const { detail, ...event } = aCreatedEvent();
  const requestPayload = { ...event, detail: { ...detail as object, createdAt: undefined } };
  expect(await reportOf(anInvocationRecord('Success', { requestPayload }))).toEqual({ taskId, status: 'SUCCESSFUL' });
});

test.each([
  ['transiently', 'ThrottlingException', 4],
  ['permanently, along with the shorter one', 'MalformedDetail', 2],
])('the reporter throws if the bus refuses the report %s, so that Lambda retries', async (_, ErrorCode, calls) => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode }] });
  const record = anInvocationRecord('RetriesExhausted', { requestPayload: aCreatedEvent(aTask(TRACE)) });
  await expect(reporter.report(record)).rejects.toThrow(`EventBridge refused the report of task ${taskId}`);
  expect(eventbridge.calls()).toHaveLength(calls);
  expect(console.error).toHaveBeenCalledWith({ message: 'report failed', ...ids, error: expect.stringContaining(taskId) });
});

test('the reporter never logs the payload or response of the function', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'secret' }] });
  const requestPayload = aCreatedEvent(aTask({ payload: '"secret"' }));
  for (const condition of ['Success', 'RetriesExhausted'] as const) {
    const failed = reporter.report(anInvocationRecord(condition, { requestPayload, responsePayload: { errorMessage: 'secret' } }));
    await expect(failed).rejects.not.toThrow('secret');
  }
  await reporter.report(anInvocationRecord('Success', { requestPayload: { ...requestPayload, 'detail-type': 'else' }, responsePayload: 'secret' }));
  const logged = [console.info, console.warn, console.error].flatMap((log) => jest.mocked(log).mock.calls);
  expect(logged).not.toEqual([]);
  expect(JSON.stringify(logged)).not.toContain('secret');
});

describe('messages that a function failed to process in each attempt', () => {
  const queueReporter = new Reporter({ sender: new EventSender(new EventBridgeClient({}), async () => {}), attempts: 3 });
  const message = (body: unknown, messageId = 'message-1') =>
    ({ messageId, body: typeof body === 'string' ? body : JSON.stringify(body) }) as SQSRecord;
  const reports = () => eventbridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!);

  test('fail their tasks as ProcessorFailed', async () => {
    const other = aCreatedEvent(aTask({ taskId: 'other' }));
    expect(await queueReporter.reportFailures({ Records: [message(aCreatedEvent()), message(other, 'message-2')] })).toEqual({ batchItemFailures: [] });
    const error = { code: 'ProcessorFailed', message: 'the processor failed, timed out or was not available in each of 3 attempts' };
    expect(reports().map(({ Detail }) => JSON.parse(Detail!))).toEqual([
      { ...about, status: 'FAILED', error }, { ...about, taskId: 'other', status: 'FAILED', error },
    ]);
    expect(reports()[0]).toMatchObject({ EventBusName: 'Bus', Source: `${EVENT_SOURCE}.processor.export`, DetailType: 'TaskUpdatedEvent' });
  });

  test('stay in the queue if EventBridge refuses their report', async () => {
    eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
    expect(await queueReporter.reportFailures({ Records: [message(aCreatedEvent(aTask(TRACE)))] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect(console.error).toHaveBeenCalledWith({ message: 'report failed', messageId: 'message-1', ...ids, error: expect.stringContaining(taskId) });
  });

  test.each(['secret', '{"secret":1}', { ...aCreatedEvent(), 'detail-type': 'TaskFailedEvent' }])('and are not of a task are deleted: %j', async (body) => {
    expect(await queueReporter.reportFailures({ Records: [message(body)] })).toEqual({ batchItemFailures: [] });
    expect(reports()).toEqual([]);
    expect(jest.mocked(console.error).mock.calls).toEqual([[{ message: 'message ignored: it is not the event of a task' }]]);
  });
});

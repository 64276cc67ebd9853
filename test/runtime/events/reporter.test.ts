import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { Reporter } from '../../../src/runtime/events/reporter';
import { aCreatedEvent, anInvocationRecord, aTask, EVENT_SOURCE } from '../../support/builders';

const eventbridge = mockClient(EventBridgeClient);
const reporter = new Reporter({ sender: new EventSender(new EventBridgeClient({}), async () => {}) });
const { taskId, createdAt } = aTask();
const about = { taskId, taskCreatedAt: createdAt };

beforeEach(() => {
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'warn').mockImplementation();
});

async function reportOf(event: unknown): Promise<unknown> {
  await reporter.report(event);
  const [{ args: [{ input: { Entries: [entry, ...more] = [] } }] }] = eventbridge.commandCalls(PutEventsCommand);
  expect(more).toEqual([]);
  return JSON.parse(entry.Detail!);
}

test('reports to where the task says, as its processor', async () => {
  await reporter.report(anInvocationRecord('RetriesExhausted'));
  expect(eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries)).toEqual([[
    { EventBusName: 'Bus', Source: `${EVENT_SOURCE}.processor.export`, DetailType: 'TaskUpdatedEvent', Detail: expect.any(String) },
  ]]);
});

describe('a function that failed for good', () => {
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
  ])('and answered %j fails its task as ProcessorFailed', async (responsePayload, message) => {
    expect(await reportOf(anInvocationRecord('RetriesExhausted', { responsePayload }))).toEqual({ ...about, status: 'FAILED', error: { code: 'ProcessorFailed', message } });
  });

  test('for another reason than its retries fails its task as ProcessorFailed too', async () => {
    const requestContext = { condition: 'SomethingNew' };
    expect(await reportOf(anInvocationRecord('RetriesExhausted', { requestContext }))).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
  });
});

test('a function that took no event in time fails its task as DeliveryFailed', async () => {
  expect(await reportOf(anInvocationRecord('EventAgeExceeded'))).toEqual({
    ...about, status: 'FAILED', error: { code: 'DeliveryFailed', message: 'the processor did not accept the event before it expired' },
  });
});

describe('a function that returned', () => {
  test.each([{ rows: 3 }, [], 'text', 0, false, null])('%j ends its task with that', async (responsePayload) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload }))).toEqual({ ...about, status: 'SUCCESSFUL', result: responsePayload });
  });

  test('nothing ends its task without a result', async () => {
    expect(await reportOf(anInvocationRecord('Success'))).toEqual({ ...about, status: 'SUCCESSFUL' });
  });

  test.each<[string, unknown, string]>([
    ['half a character', 'a\ud83d', 'contains a string that is not valid Unicode'],
    ['5,000 levels', JSON.parse('['.repeat(5000) + ']'.repeat(5000)), 'is nested deeper than 128 levels'],
    ['a number that JSON has no word for', [Infinity], 'contains a number that is too large'],
  ])('%s fails its task as InvalidResult', async (_, responsePayload, defect) => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload }))).toEqual({
      ...about, status: 'FAILED', error: { code: 'InvalidResult', message: `the result ${defect}` },
    });
  });

  test('more than can be stored fails its task as ResultTooLarge', async () => {
    expect(await reportOf(anInvocationRecord('Success', { responsePayload: 'x'.repeat(200 * 1024 - 1) }))).toEqual({
      ...about,
      status: 'FAILED',
      error: { code: 'ResultTooLarge', message: 'the result has 204801 bytes; the maximum is 204800: store it elsewhere and report its location' },
    });
  });
});

test.each<[string, unknown]>([
  ['by nobody', undefined],
  ['with something that is no event', anInvocationRecord('RetriesExhausted', { requestPayload: 'secret' })],
  ['with an event of another kind', anInvocationRecord('RetriesExhausted', { requestPayload: { ...aCreatedEvent(), 'detail-type': 'secret' } })],
  ['with an event that does not say where to report', anInvocationRecord('RetriesExhausted', { requestPayload: { ...aCreatedEvent(), detail: { taskId: 'secret' } } })],
  ['with nothing to tell how it went', { requestPayload: aCreatedEvent(aTask({ payload: '"secret"' })) }],
])('an invocation %s is ignored', async (_, event) => {
  await reporter.report(event);
  expect(eventbridge.calls()).toEqual([]);
  expect(console.info).toHaveBeenCalledWith({ message: 'invocation ignored: it was not for a task' });
});

test.each([
  ['Success', { code: 'InvalidResult', message: 'EventBridge refused the result' }],
  ['RetriesExhausted', { code: 'ProcessorFailed', message: 'the processor failed, and EventBridge refused its error message' }],
] as const)('a report that the bus refuses for good ends the task all the same, in few words: %s', async (condition, error) => {
  eventbridge.on(PutEventsCommand).resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] }).resolves({ FailedEntryCount: 0 });
  await reporter.report(anInvocationRecord(condition, { responsePayload: { errorMessage: 'odd' } }));
  const details = eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => JSON.parse(input.Entries![0].Detail!));
  expect(details[0]).not.toEqual(details[1]);
  expect(details.slice(1)).toEqual([{ ...about, status: 'FAILED', error }]);
});

test('an event without a creation, as no task of ours has one, is reported on all the same', async () => {
  const { detail, ...event } = aCreatedEvent();
  const requestPayload = { ...event, detail: { ...detail as object, createdAt: undefined } };
  expect(await reportOf(anInvocationRecord('Success', { requestPayload }))).toEqual({ taskId, status: 'SUCCESSFUL' });
});

test.each([
  ['for now', 'ThrottlingException', 4],
  ['for good, and the short one after it, too', 'MalformedDetail', 2],
])('a report that the bus refuses %s is thrown, so that Lambda tries again', async (_, ErrorCode, calls) => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode }] });
  await expect(reporter.report(anInvocationRecord('RetriesExhausted'))).rejects.toThrow(`EventBridge refused the report of task ${taskId}`);
  expect(eventbridge.calls()).toHaveLength(calls);
});

test('nothing of what the function got or gave is logged', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'secret' }] });
  const requestPayload = aCreatedEvent(aTask({ payload: '"secret"' }));
  for (const condition of ['Success', 'RetriesExhausted'] as const) {
    const failed = reporter.report(anInvocationRecord(condition, { requestPayload, responsePayload: { errorMessage: 'secret' } }));
    await expect(failed).rejects.not.toThrow('secret');
  }
  await reporter.report(anInvocationRecord('Success', { requestPayload: { ...requestPayload, 'detail-type': 'else' }, responsePayload: 'secret' }));
  const logged = [console.info, console.warn].flatMap((log) => jest.mocked(log).mock.calls);
  expect(logged).not.toEqual([]);
  expect(JSON.stringify(logged)).not.toContain('secret');
});

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { Executions } from '../../../src/runtime/work/executions';
import { WrapperFailures } from '../../../src/runtime/work/wrapper-failures';
import { aWorkTask, WRAPPER_ARN } from '../../support/work';

const sfn = mockClient(SFNClient);
const eventbridge = mockClient(EventBridgeClient);
const sleep = async () => {};
const failures = new WrapperFailures({
  wrappers: new Executions({ sfn: new SFNClient({}), stateMachineArn: WRAPPER_ARN, sleep }),
  sender: new EventSender(new EventBridgeClient({}), sleep),
});
const task = aWorkTask();

beforeEach(() => {
  sfn.reset();
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  jest.spyOn(console, 'warn').mockImplementation();
});

afterEach(() => jest.restoreAllMocks());

/** Handles the event of a wrapper that has ended. Returns the reports. */
async function reportsOf(execution: object): Promise<any[]> {
  sfn.on(DescribeExecutionCommand).resolves({ input: JSON.stringify({ task, attempt: 1 }), ...execution });
  await failures.report({ 'detail-type': 'Step Functions Execution Status Change', 'detail': { name: 'a1b2' } });
  return eventbridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!)
    .map(({ EventBusName, Source, Detail }) => ({ EventBusName, Source, detail: JSON.parse(Detail!) }));
}

test.each([
  [{ status: 'ABORTED', error: 'Boss', cause: 'wrong film' }, 'the execution that runs the work has ended as ABORTED: Boss: wrong film'],
  [{ status: 'FAILED', error: 'States.Runtime' }, 'the execution that runs the work has ended as FAILED: States.Runtime'],
  [{ status: 'TIMED_OUT' }, 'the execution that runs the work has ended as TIMED_OUT'],
] as [object, string][])('a wrapper that ended as %j fails its task', async (execution, message) => {
  expect(await reportsOf(execution)).toEqual([{
    EventBusName: task.reportTo.eventBusName,
    Source: task.reportTo.source,
    detail: { taskId: task.taskId, taskCreatedAt: task.createdAt, status: 'FAILED', error: { code: 'ProcessorFailed', message } },
  }]);
});

test('the log says which task, and which trace, a wrapper has failed', async () => {
  await reportsOf({ status: 'ABORTED', error: 'Boss' });
  expect(console.warn).toHaveBeenCalledWith({
    message: 'wrapper failed', taskId: task.taskId, taskType: 'video', traceId: task.traceparent!.split('-')[1], status: 'ABORTED', error: 'Boss',
  });
});

test('a wrapper that was started by an earlier version, without a trace context, fails its task', async () => {
  const { traceparent, ...earlier } = task;
  expect(await reportsOf({ status: 'ABORTED', input: JSON.stringify({ task: earlier, attempt: 1 }) })).toHaveLength(1);
});

test.each([
  ['its task had ended', { status: 'ABORTED', error: 'TaskEnded' }], ['the deadline had passed', { status: 'FAILED', error: 'TaskTimeout' }],
])('a wrapper that was stopped because %s fails nothing', async (_, execution) => {
  expect(await reportsOf(execution)).toEqual([]);
});

test('an event comes again if its report is refused', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] });
  await expect(reportsOf({ status: 'FAILED' })).rejects.toThrow('refused');
});

test('an event comes again if Step Functions does not say yet how the wrapper ended', async () => {
  await expect(reportsOf({ status: 'RUNNING' })).rejects.toThrow('not known yet');
  expect(eventbridge.calls()).toEqual([]);
});

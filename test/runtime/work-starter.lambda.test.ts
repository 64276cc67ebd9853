import '../support/environment';
import '../support/starter-environment';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Uint8ArrayBlobAdapter } from '@smithy/core/serde';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/work-starter.lambda';
import { aContext, aCreatedEvent, aTask } from '../support/builders';
import { FakeExecutions, WRAPPER_ARN } from '../support/work';

const sfn = mockClient(SFNClient);
const lambda = mockClient(LambdaClient);
const eventbridge = mockClient(EventBridgeClient);
const task = aTask({ deadlineAt: '2999-01-01T00:00:00.000Z' });
const message = {
  messageId: 'message-1', attributes: { ApproximateReceiveCount: '1' }, body: JSON.stringify(aCreatedEvent(task)),
} as unknown as SQSRecord;

beforeEach(() => {
  [sfn, lambda, eventbridge].forEach((client) => client.reset());
  new FakeExecutions(sfn);
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  (['info', 'warn', 'error'] as const).forEach((level) => jest.spyOn(console, level).mockImplementation());
});

const answer = (text: string) => lambda.on(InvokeCommand).resolves({ Payload: Uint8ArrayBlobAdapter.fromString(text) });

test('the handler starts the configured wrapper, and asks the status reader of the event', async () => {
  answer('{"status":"PENDING"}');
  expect(await handler({ Records: [message] }, aContext())).toEqual({ batchItemFailures: [] });
  expect(sfn.commandCalls(StartExecutionCommand).map(({ args: [{ input }] }) => input.stateMachineArn)).toEqual([WRAPPER_ARN]);
  const [{ args: [{ input }] }] = lambda.commandCalls(InvokeCommand);
  expect(input.FunctionName).toBe(process.env.STATUS_READER_ARN);
  expect(JSON.parse(String(input.Payload))).toEqual({ taskId: task.taskId, taskType: 'export', createdAt: task.createdAt });
});

test.each<[string, () => unknown]>([
  ['fails', () => lambda.on(InvokeCommand).resolves({ FunctionError: 'Unhandled', Payload: Uint8ArrayBlobAdapter.fromString('{"errorMessage":"secret"}') })],
  ['answers nothing', () => lambda.on(InvokeCommand).resolves({})],
  ['answers something else than JSON', () => answer('')],
])('the handler returns a message whose status reader %s', async (_, prepare) => {
  prepare();
  expect(await handler({ Records: [message] }, aContext())).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
  expect(JSON.stringify(jest.mocked(console.error).mock.calls)).not.toContain('secret');
});

test('the handler returns a message that it had no time for', async () => {
  sfn.restore();
  expect(await handler({ Records: [message] }, aContext(2_000))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
});

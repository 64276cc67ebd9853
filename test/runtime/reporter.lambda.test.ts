import '../support/environment';
import { EventBridgeClient, PutEventsCommand, PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/reporter.lambda';
import { aContext, aCreatedEvent, anInvocationRecord } from '../support/builders';

const eventbridge = mockClient(EventBridgeClient);

test('the handler reports the failure of a processor', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  await handler(anInvocationRecord('RetriesExhausted'), aContext());
  expect(eventbridge.commandCalls(PutEventsCommand)).toHaveLength(1);
});

test('the handler throws if it has no time left, so that Lambda retries', async () => {
  for (const level of ['warn', 'error'] as const) jest.spyOn(console, level).mockImplementation();
  eventbridge.restore();
  await expect(handler(anInvocationRecord('RetriesExhausted'), aContext(2_000))).rejects.toThrow('EventBridge refused the report');
});

test('the handler reports the failures in a queue if the processor has one', async () => {
  process.env.ATTEMPTS = '2';
  let loadedAgain: { handler: typeof handler };
  let sent: () => PutEventsCommandInput[];
  jest.isolateModules(() => {
    const sdk = jest.requireActual<typeof import('@aws-sdk/client-eventbridge')>('@aws-sdk/client-eventbridge');
    const mock = mockClient(sdk.EventBridgeClient);
    mock.on(sdk.PutEventsCommand).resolves({ FailedEntryCount: 0 });
    sent = () => mock.commandCalls(sdk.PutEventsCommand).map(({ args: [{ input }] }) => input);
    loadedAgain = jest.requireActual('../../src/runtime/reporter.lambda');
  });
  delete process.env.ATTEMPTS;
  const event = { Records: [{ messageId: 'message-1', body: JSON.stringify(aCreatedEvent()) }] };
  expect(await loadedAgain!.handler(event, aContext())).toEqual({ batchItemFailures: [] });
  expect(sent!()[0].Entries![0].Detail).toContain('in each of 2 attempts');
});

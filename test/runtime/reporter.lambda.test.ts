import '../support/environment';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/reporter.lambda';
import { aContext, anInvocationRecord } from '../support/builders';

const eventbridge = mockClient(EventBridgeClient);

test('the handler reports the failure of a processor', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  await handler(anInvocationRecord('RetriesExhausted'), aContext());
  expect(eventbridge.commandCalls(PutEventsCommand)).toHaveLength(1);
});

test('the handler throws if it has no time left, so that Lambda retries', async () => {
  jest.spyOn(console, 'warn').mockImplementation();
  eventbridge.restore();
  await expect(handler(anInvocationRecord('RetriesExhausted'), aContext(2_000))).rejects.toThrow('EventBridge refused the report');
});

import '../support/environment';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/processor-reporter.lambda';
import { aContext, anInvocationRecord } from '../support/builders';

const eventbridge = mockClient(EventBridgeClient);

test('reports in the place of a function', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  await handler(anInvocationRecord('RetriesExhausted'), aContext());
  expect(eventbridge.commandCalls(PutEventsCommand)).toHaveLength(1);
});

test('fails when it has no time, so that Lambda tries again', async () => {
  jest.spyOn(console, 'warn').mockImplementation();
  eventbridge.restore();
  await expect(handler(anInvocationRecord('RetriesExhausted'), aContext(2_000))).rejects.toThrow('was refused');
});

import './environment';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-publisher.lambda';
import { aContext, aStreamRecord, aTask, EVENT_SOURCE } from '../builders';

const eventbridge = mockClient(EventBridgeClient);
const sqs = mockClient(SQSClient);

test('publishes on the configured bus, and parks in the configured queue', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  const poison = aStreamRecord(aTask(), { NewImage: undefined });
  expect(await handler({ Records: [aStreamRecord(aTask()), poison] }, aContext())).toEqual({ batchItemFailures: [] });
  expect(eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries)).toEqual([
    [expect.objectContaining({ EventBusName: 'Bus', Source: EVENT_SOURCE })],
  ]);
  expect(sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input.QueueUrl)).toEqual([process.env.DEAD_LETTER_QUEUE_URL]);
});

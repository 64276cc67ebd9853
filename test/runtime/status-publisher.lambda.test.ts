import './environment';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-publisher.lambda';
import { aStreamRecord, aTask } from '../builders';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn() }));

const eventbridge = mockClient(EventBridgeClient);

beforeEach(() => {
  eventbridge.reset();
  jest.spyOn(console, 'warn').mockImplementation();
});

const records = [
  aStreamRecord(aTask()),
  aStreamRecord(aTask({ status: 'RUNNING', version: 2 })),
  aStreamRecord(aTask({ status: 'SUCCESSFUL', version: 3, result: '{"rows":3}' })),
];

test('publishes the records in their order, in one call', async () => {
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  expect(await handler({ Records: records })).toEqual({ batchItemFailures: [] });
  const [call, ...more] = eventbridge.commandCalls(PutEventsCommand);
  expect(call.args[0].input.Entries!.map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent']);
  expect(more).toEqual([]);
});

test('lets the stream go on from the lowest record that failed', async () => {
  eventbridge.on(PutEventsCommand)
    .resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] })
    .resolvesOnce({ FailedEntryCount: 2, Entries: [{ EventId: '1' }, { ErrorCode: 'InternalFailure' }, { ErrorCode: 'InternalFailure' }] })
    .resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }, { EventId: '3' }] });
  expect(await handler({ Records: records })).toEqual({ batchItemFailures: [{ itemIdentifier: records[1].dynamodb!.SequenceNumber }] });
});

import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { EventSender } from '../../src/runtime/event-sender';
import { StatusPublisher } from '../../src/runtime/status-publisher';
import { TaskStore } from '../../src/runtime/task-store';
import { aContentItem, aStreamRecord, aTask, at, EVENT_SOURCE } from '../builders';

const dynamodb = mockClient(DynamoDBClient);
const eventbridge = mockClient(EventBridgeClient);
const sqs = mockClient(SQSClient);

beforeEach(() => {
  for (const mock of [dynamodb, eventbridge, sqs]) mock.reset();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

const publish = (Records: DynamoDBRecord[], now = at(0)) => new StatusPublisher({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60),
  sender: new EventSender(new EventBridgeClient({}), async () => {}),
  bus: { eventBusName: 'Bus', eventSource: EVENT_SOURCE },
  sqs: new SQSClient({}),
  deadLetterQueueUrl: 'https://sqs/DeadLetterQueue',
  now: () => new Date(now),
}).publish({ Records });

const created = aStreamRecord(aTask());
const running = aStreamRecord(aTask({ status: 'RUNNING', version: 2 }));
const successful = aStreamRecord(aTask({ status: 'SUCCESSFUL', version: 3, result: '{"rows":3}' }));
const records = [created, running, successful];
const poison = aStreamRecord(aTask({ payload: '{"secret' }));
const noImage = aStreamRecord(aTask(), { NewImage: undefined });

/** Has the bus refuse, always, the events of these types, with this code. */
function eventBridgeRefuses(errorCode: string, ...detailTypes: string[]): void {
  eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    const results = Entries.map(({ DetailType }) => detailTypes.includes(DetailType!) ? { ErrorCode: errorCode } : { EventId: 'id' });
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results };
  });
}

const published = () => eventbridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!);
const parked = () => sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input);
const failureAt = (record: DynamoDBRecord) => ({ batchItemFailures: [{ itemIdentifier: record.dynamodb!.SequenceNumber }] });
const NO_FAILURE = { batchItemFailures: [] };

test('publishes the records in their order, in one call', async () => {
  eventBridgeRefuses('');
  expect(await publish(records)).toEqual(NO_FAILURE);
  expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent']);
  expect(eventbridge.calls()).toHaveLength(1);
  expect(parked()).toEqual([]);
});

test('reads nothing of tasks whose contents are in the record', async () => {
  eventBridgeRefuses('');
  await publish(records);
  expect(dynamodb.calls()).toEqual([]);
});

test('publishes long contents, which have items of their own', async () => {
  eventBridgeRefuses('');
  dynamodb.on(GetItemCommand).callsFake(({ Key: { taskId, item } }) => ({ Item: aContentItem(taskId.S, item.S, `"${item.S}"`) }));
  await publish([aStreamRecord(aTask({ payloadItem: 'payload#1' })), aStreamRecord(aTask({ status: 'SUCCESSFUL', resultItem: 'result#1' }))]);
  expect(published().map(({ Detail }) => JSON.parse(Detail!))).toEqual([
    expect.objectContaining({ payload: 'payload#1' }), expect.objectContaining({ result: 'result#1' }),
  ]);
});

describe('a record that no event can be made of', () => {
  test.each([['whose payload is no JSON', poison], ['without an image', noImage]])('%s is parked whole, and the others are published', async (_, bad) => {
    eventBridgeRefuses('');
    expect(await publish([created, bad, successful])).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(bad) }]);
    expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskSuccessfulEvent']);
  });

  test('is told by its id, without its content', async () => {
    await publish([poison]);
    expect(console.error).toHaveBeenCalledWith({ message: 'record can not be published, see the dead-letter queue', eventId: poison.eventID });
    expect(JSON.stringify(jest.mocked(console.error).mock.calls)).not.toContain('secret');
  });

  test('stays in the stream when it can not be parked', async () => {
    eventBridgeRefuses('');
    sqs.on(SendMessageCommand).rejects(Object.assign(new Error('secret'), { name: 'QueueDoesNotExist' }));
    expect(await publish([created, poison, successful])).toEqual(failureAt(poison));
    expect(console.error).toHaveBeenCalledWith({
      message: 'record could not be put into the dead-letter queue', eventId: poison.eventID, error: 'QueueDoesNotExist',
    });
  });
});

describe('an event that the bus refuses', () => {
  test('for good has its record parked', async () => {
    eventBridgeRefuses('MalformedDetail', 'TaskRunningEvent');
    expect(await publish(records)).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(running) }]);
  });

  test('for now has its record kept in the stream, and not parked', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records)).toEqual(failureAt(running));
    expect(parked()).toEqual([]);
  });

  test('is found although a poison record came before it', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish([poison, ...records])).toEqual(failureAt(running));
    expect(parked()).toHaveLength(1);
  });

  test('has the stream go on from the lowest of several', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent', 'TaskSuccessfulEvent');
    expect(await publish([created, successful, running])).toEqual(failureAt(successful));
  });

  test('for now is given 20 hours', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records, at(20 * 3600))).toEqual(failureAt(running));
    expect(parked()).toEqual([]);
  });

  test('after 20 hours has its record parked, before the stream drops it', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records, at(20 * 3600 + 1))).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(running) }]);
  });

  test('is kept in the stream when its age is unknown', async () => {
    const ageless = aStreamRecord(aTask(), { ApproximateCreationDateTime: undefined });
    eventBridgeRefuses('ThrottlingException', 'TaskCreatedEvent');
    expect(await publish([ageless])).toEqual(failureAt(ageless));
  });
});

test('contents that can not be read for now keep their record in the stream', async () => {
  eventBridgeRefuses('');
  dynamodb.on(GetItemCommand).rejects(new Error('throttled'));
  const long = aStreamRecord(aTask({ payloadItem: 'payload#1' }));
  expect(await publish([created, long, successful])).toEqual(failureAt(long));
  expect(parked()).toEqual([]);
});

test('a failure of the dead-letter queue below a transient one decides where the stream goes on', async () => {
  eventBridgeRefuses('ThrottlingException', 'TaskSuccessfulEvent');
  sqs.on(SendMessageCommand).rejects(new Error('no queue'));
  expect(await publish([poison, created, successful])).toEqual(failureAt(poison));
});

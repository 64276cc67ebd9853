import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { ChangeLog } from '../../../src/runtime/events/change-log';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { StatusPublisher } from '../../../src/runtime/events/status-publisher';
import { taskFields } from '../../../src/runtime/support/task-fields';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aContentItem, aStreamRecord, aTask, at, EVENT_SOURCE } from '../../support/builders';
import { RecordedMetrics } from '../../support/recorded-metrics';
import { refusalOf } from '../../support/strict-bus';

const dynamodb = mockClient(DynamoDBClient);
const eventbridge = mockClient(EventBridgeClient);
const sqs = mockClient(SQSClient);

let metrics: RecordedMetrics;

beforeEach(() => {
  for (const mock of [dynamodb, eventbridge, sqs]) mock.reset();
  metrics = new RecordedMetrics();
  jest.spyOn(console, 'info').mockReset().mockImplementation();
  jest.spyOn(console, 'warn').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

const publish = (Records: DynamoDBRecord[], now = at(0), hasTime = () => true) => new StatusPublisher({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60),
  sender: new EventSender(new EventBridgeClient({}), async () => {}),
  bus: { eventBusName: 'Bus', eventSource: EVENT_SOURCE },
  changes: new ChangeLog(metrics, []),
  sqs: new SQSClient({}),
  deadLetterQueueUrl: 'https://sqs/DeadLetterQueue',
  now: () => new Date(now),
  hasTime,
}).publish({ Records });

const created = aStreamRecord(aTask());
const running = aStreamRecord(aTask({ status: 'RUNNING', version: 2 }));
const successful = aStreamRecord(aTask({ status: 'SUCCESSFUL', version: 3, result: '{"rows":3}' }));
const records = [created, running, successful];
const poison = aStreamRecord(aTask({ payload: '{"secret' }));
const noImage = aStreamRecord(aTask(), { NewImage: undefined });

/** Makes the bus refuse the events of these types each time, with this code. */
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

/** Passes the records of the stream to the publisher, and removes those that it has handled. */
async function deliver(stream: DynamoDBRecord[], now = at(0)): Promise<void> {
  const { batchItemFailures: [failure] } = await publish(stream, now);
  const place = stream.findIndex((record) => record.dynamodb!.SequenceNumber === failure?.itemIdentifier);
  stream.splice(0, failure ? place : stream.length);
}

test('the publisher publishes records in order, in one call', async () => {
  eventBridgeRefuses('');
  expect(await publish(records)).toEqual(NO_FAILURE);
  expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent']);
  expect(eventbridge.calls()).toHaveLength(1);
  expect(parked()).toEqual([]);
});

test('the publisher reads nothing if the contents of the tasks are in the records', async () => {
  eventBridgeRefuses('');
  await publish(records);
  expect(dynamodb.calls()).toEqual([]);
});

test('the publisher publishes long contents, which have their own items', async () => {
  eventBridgeRefuses('');
  dynamodb.on(GetItemCommand).callsFake(({ Key: { taskId, item } }) => ({ Item: aContentItem(taskId.S, item.S, `"${item.S}"`) }));
  await publish([aStreamRecord(aTask({ payloadItem: 'payload#1' })), aStreamRecord(aTask({ status: 'SUCCESSFUL', resultItem: 'result#1' }))]);
  expect(published().map(({ Detail }) => JSON.parse(Detail!))).toEqual([
    expect.objectContaining({ payload: 'payload#1' }), expect.objectContaining({ result: 'result#1' }),
  ]);
});

describe('the publisher counts', () => {
  const counted = () => metrics.written.filter((value) => !('ErrorCode' in value)).map(({ name }) => name).filter((name) => name.startsWith('Tasks'));

  test('each published change, and logs it', async () => {
    eventBridgeRefuses('');
    await publish(records);
    expect(counted()).toEqual(['TasksCreated', 'TasksStarted', 'TasksSucceeded']);
    expect(jest.mocked(console.info).mock.calls.map(([line]) => line)).toEqual(
      ['PENDING', 'RUNNING', 'SUCCESSFUL'].map((status) => expect.objectContaining({ message: 'event published', status })),
    );
  });

  test('no record that is in the dead-letter queue', async () => {
    eventBridgeRefuses('');
    await publish([created, poison]);
    expect(counted()).toEqual(['TasksCreated']);
  });

  test('only the changes before the first record that failed, because the stream repeats the others', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    await publish(records);
    expect(published().map(({ DetailType }) => DetailType)).toContain('TaskSuccessfulEvent');
    expect(counted()).toEqual(['TasksCreated']);
  });

  test('a change once if it has a shorter event', async () => {
    eventBridgeRefuses('MalformedDetail', 'TaskSuccessfulEvent');
    eventbridge.on(PutEventsCommand).callsFakeOnce(({ Entries }) => ({ FailedEntryCount: 1, Entries: Entries.map(() => ({ ErrorCode: 'MalformedDetail' })) }))
      .callsFake(({ Entries }) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({})) }));
    await publish([successful]);
    expect(published()).toHaveLength(2);
    expect(counted()).toEqual(['TasksSucceeded']);
  });

  test('nothing if the invocation fails, because the stream repeats all its records', async () => {
    eventBridgeRefuses('');
    await expect(publish(records, at(0), () => { throw new Error('out of memory'); })).resolves.toEqual(NO_FAILURE);
    await expect(publish([...Array(26).fill(created)], at(0), () => { throw new Error('out of memory'); })).rejects.toThrow('out of memory');
    expect(counted()).toEqual(['TasksCreated', 'TasksStarted', 'TasksSucceeded']);
    // In the same environment of the function.
    await publish([running]);
    expect(counted()).toEqual(['TasksCreated', 'TasksStarted', 'TasksSucceeded', 'TasksStarted']);
  });
});

describe('a poison record', () => {
  test.each([['whose payload is not JSON', poison], ['without an image', noImage]])('%s is sent whole to the dead-letter queue, and the others are published', async (_, bad) => {
    eventBridgeRefuses('');
    expect(await publish([created, bad, successful])).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(bad) }]);
    expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskSuccessfulEvent']);
  });

  test('with an error that we would not write does not stop the others', async () => {
    eventBridgeRefuses('MalformedDetail', 'TaskFailedEvent');
    const odd = aStreamRecord(aTask({ status: 'FAILED', error: {} as Task['error'] }));
    expect(await publish([created, odd, successful])).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(odd) }]);
  });

  test('is logged with its id and its task, without its content', async () => {
    await publish([poison, noImage]);
    const message = 'record cannot be published, and is in the dead-letter queue';
    expect(console.error).toHaveBeenCalledWith({ message, eventId: poison.eventID, ...taskFields(aTask()) });
    expect(console.error).toHaveBeenCalledWith({ message, eventId: noImage.eventID });
    expect(JSON.stringify(jest.mocked(console.error).mock.calls)).not.toContain('secret');
  });

  test('stays in the stream if it cannot be sent to the dead-letter queue', async () => {
    eventBridgeRefuses('');
    sqs.on(SendMessageCommand).rejects(Object.assign(new Error('secret'), { name: 'QueueDoesNotExist' }));
    expect(await publish([created, poison, successful])).toEqual(failureAt(poison));
    expect(console.error).toHaveBeenCalledWith({
      message: 'record could not be sent to the dead-letter queue', eventId: poison.eventID, ...taskFields(aTask()), error: 'QueueDoesNotExist',
    });
  });
});

describe('an event that the bus refuses', () => {
  test('permanently has its record sent to the dead-letter queue', async () => {
    eventBridgeRefuses('MalformedDetail', 'TaskRunningEvent');
    expect(await publish(records)).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(running) }]);
  });

  test('transiently has its record kept in the stream', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records)).toEqual(failureAt(running));
    expect(parked()).toEqual([]);
  });

  test('is found even if a poison record comes before it', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish([poison, ...records])).toEqual(failureAt(running));
    expect(parked()).toHaveLength(1);
  });

  test('makes the stream continue from its record, even if others after it are refused', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent', 'TaskSuccessfulEvent');
    expect(await publish([created, successful, running])).toEqual(failureAt(successful));
  });

  test('transiently has its record kept for 20 hours', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records, at(20 * 3600))).toEqual(failureAt(running));
    expect(parked()).toEqual([]);
  });

  test('transiently has its record sent to the dead-letter queue after 20 hours, before the stream drops it', async () => {
    eventBridgeRefuses('ThrottlingException', 'TaskRunningEvent');
    expect(await publish(records, at(20 * 3600 + 1))).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(running) }]);
  });

  test('transiently has its record kept if its age is unknown', async () => {
    const ageless = aStreamRecord(aTask(), { ApproximateCreationDateTime: undefined });
    eventBridgeRefuses('ThrottlingException', 'TaskCreatedEvent');
    expect(await publish([ageless])).toEqual(failureAt(ageless));
  });
});

describe('contents that cannot be read', () => {
  const longPayload = aStreamRecord(aTask({ payloadItem: 'payload#1' }));
  const longResult = aStreamRecord(aTask({ status: 'SUCCESSFUL', version: 3, resultItem: 'result#1' }));
  const longAgo = at(20 * 3600 + 1);

  beforeEach(() => {
    eventBridgeRefuses('');
    dynamodb.on(GetItemCommand).rejects(Object.assign(new Error('secret'), { name: 'ThrottlingException' }));
  });

  test('keep their record in the stream', async () => {
    expect(await publish([created, longPayload, successful])).toEqual(failureAt(longPayload));
    expect(parked()).toEqual([]);
    expect(console.warn).toHaveBeenCalledWith({
      message: 'content of a task could not be read', ...taskFields(aTask()), error: 'ThrottlingException',
    });
  });

  test('do not cause later records to be published repeatedly', async () => {
    const stream = [created, longPayload, running, poison, successful];
    for (let attempt = 0; attempt < 5; attempt++) await deliver(stream);
    expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent']);
    dynamodb.on(GetItemCommand).resolves({ Item: aContentItem(aTask().taskId, 'payload#1', '1') });
    await deliver(stream);
    expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskCreatedEvent', 'TaskRunningEvent', 'TaskSuccessfulEvent']);
    expect(parked()).toHaveLength(1);
    expect(stream).toEqual([]);
  });

  test('cause the record of a new task to be sent to the dead-letter queue after 20 hours', async () => {
    expect(await publish([created, longPayload, successful], longAgo)).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(longPayload) }]);
    expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent', 'TaskSuccessfulEvent']);
  });

  test('cause the end of a task to be published without its result after 20 hours', async () => {
    expect(await publish([longResult], longAgo)).toEqual(NO_FAILURE);
    expect(parked()).toEqual([]);
    expect(published().map(({ Detail }) => JSON.parse(Detail!))).toEqual([
      { taskId: aTask().taskId, type: 'export', status: 'SUCCESSFUL', version: 3, createdAt: at(0), updatedAt: at(0), incomplete: true },
    ]);
  });

  test('cause their record to be sent to the dead-letter queue even if no time is left for the next one', async () => {
    const stream = Array.from({ length: 30 }, () => aStreamRecord(aTask({ payloadItem: 'payload#1' })));
    expect(await publish(stream, longAgo, () => false)).toEqual(failureAt(stream[1]));
    expect(parked()).toHaveLength(1);
  });
});

describe('a batch of many records', () => {
  const many = Array.from({ length: 60 }, (_, i) => aStreamRecord(aTask({ status: 'SUCCESSFUL', version: i + 1, resultItem: `result#${i}` })));

  test('is read and sent in waves, in order', async () => {
    eventBridgeRefuses('');
    const counts = { running: 0, most: 0 };
    dynamodb.on(GetItemCommand).callsFake(async () => {
      counts.most = Math.max(counts.most, ++counts.running);
      await new Promise(setImmediate);
      counts.running--;
      return { Item: aContentItem(aTask().taskId, 'result', '1') };
    });
    expect(await publish(many)).toEqual(NO_FAILURE);
    expect(counts.most).toBe(25);
    expect(published().map(({ Detail }) => JSON.parse(Detail!).version)).toEqual(many.map((_, i) => i + 1));
  });

  test('is continued by the next invocation if this one has no time left', async () => {
    eventBridgeRefuses('');
    dynamodb.on(GetItemCommand).resolves({});
    expect(await publish(many, at(0), () => false)).toEqual(failureAt(many[25]));
    expect(published()).toHaveLength(25);
  });
});

describe('a record that was refused before', () => {
  test('is sent alone, so that later records are not published repeatedly', async () => {
    eventBridgeRefuses('InternalFailure', 'TaskRunningEvent');
    const stream = [created, running, successful, successful];
    await deliver(stream);
    expect(stream).toHaveLength(3);
    eventbridge.resetHistory();
    for (let attempt = 0; attempt < 5; attempt++) await deliver(stream, at(4));
    expect(new Set(published().map(({ DetailType }) => DetailType))).toEqual(new Set(['TaskRunningEvent']));
    eventBridgeRefuses('');
    await deliver(stream, at(4));
    expect(stream).toEqual([]);
    expect(eventbridge.commandCalls(PutEventsCommand).slice(-2).map(({ args: [{ input }] }) => input.Entries!.length)).toEqual([1, 2]);
  });
});

test('a record that cannot be sent to the dead-letter queue holds back later ones', async () => {
  eventBridgeRefuses('');
  sqs.on(SendMessageCommand).rejects(new Error('no queue'));
  expect(await publish([created, poison, successful])).toEqual(failureAt(poison));
  expect(published().map(({ DetailType }) => DetailType)).toEqual(['TaskCreatedEvent']);
});

describe('the end of a task with contents that EventBridge does not accept', () => {
  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

  beforeEach(() => eventbridge.on(PutEventsCommand).callsFake(({ Entries }: { Entries: PutEventsRequestEntry[] }) => {
    const results = Entries.map((entry) => refusalOf(entry) === undefined ? { EventId: 'id' } : { ErrorCode: 'MalformedDetail' });
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode).length, Entries: results };
  }));

  const accepted = () => published().filter((entry) => refusalOf(entry) === undefined).map(({ Detail }) => JSON.parse(Detail!));

  test.each([
    ['half of a surrogate pair', '"\\ud83d"'],
    ['more levels than EventBridge accepts', nested(1_001)],
    ['more levels than can be serialized', nested(50_000)],
    ['text that is not JSON', '{"rows'],
    ['more than fits into an event', JSON.stringify('x'.repeat(1024 * 1024))],
  ])('is published without a result of %s', async (_, result) => {
    const record = aStreamRecord(aTask({ status: 'SUCCESSFUL', version: 3, result }));
    expect(await publish([created, record, running])).toEqual(NO_FAILURE);
    expect(accepted().filter(({ status }) => status === 'SUCCESSFUL')).toEqual([expect.objectContaining({ taskId: aTask().taskId, version: 3, incomplete: true })]);
    expect(parked()).toEqual([]);
  });

  test('is published with the start of its error, cut between characters', async () => {
    const record = aStreamRecord(aTask({ status: 'FAILED', error: { code: 'Odd\ud83d', message: `${'x'.repeat(999)}\u{1f600}x` } }));
    expect(await publish([record])).toEqual(NO_FAILURE);
    expect(accepted()).toEqual([expect.objectContaining({ error: { code: 'Odd\ufffd', message: `${'x'.repeat(999)}\u{1f600}` }, incomplete: true })]);
  });

  test('has its record sent to the dead-letter queue if the bus refuses the shorter event, too', async () => {
    eventBridgeRefuses('MalformedDetail', 'TaskSuccessfulEvent');
    expect(await publish([created, successful])).toEqual(NO_FAILURE);
    expect(parked()).toEqual([{ QueueUrl: 'https://sqs/DeadLetterQueue', MessageBody: JSON.stringify(successful) }]);
  });

  test('is published for any stored contents', async () => {
    const text = fc.string({ unit: fc.oneof(fc.constantFrom('\ud83d', '\ude00', '\u0000', '"'), fc.string({ minLength: 1, maxLength: 1 })) });
    const error = fc.record({ code: text, message: text });
    const result = fc.oneof(text, fc.json(), text.map((value) => JSON.stringify(value)), fc.integer({ min: 900, max: 9_000 }).map(nested));
    const task = fc.oneof(
      result.map((json) => aTask({ status: 'SUCCESSFUL', result: json })),
      error.map((failure) => aTask({ status: 'FAILED', error: failure })),
    );
    await fc.assert(fc.asyncProperty(task, async (stored) => {
      eventbridge.resetHistory();
      expect(await publish([aStreamRecord(stored)])).toEqual(NO_FAILURE);
      expect(accepted()).toHaveLength(1);
    }));
    expect(parked()).toEqual([]);
  });
});

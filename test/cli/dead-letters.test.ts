import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityBatchCommand, DeleteMessageCommand, GetQueueAttributesCommand, ListMessageMoveTasksCommand, Message,
  ReceiveMessageCommand, SQSClient, StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { Aws } from '../../cli/src/connection/aws';
import { DeadLetters } from '../../cli/src/dead-letters/dead-letters';
import { describe as describeLetter } from '../../cli/src/dead-letters/letter';
import { OUTPUT } from '../../src/protocol/wire';

const sqs = mockClient(SQSClient);
const lambda = mockClient(LambdaClient);
const eventBridge = mockClient(EventBridgeClient);

const aws: Aws = { credentials: async () => ({ accessKeyId: 'id', secretAccessKey: 'secret' }), region: async () => 'eu-west-1' };

const deadLetters = new DeadLetters((name) => (name === OUTPUT.EVENT_BUS_DEAD_LETTER_QUEUE ? undefined : `https://sqs/${name}`), aws);
const withKey = new DeadLetters((name) => `https://sqs/${name}`, aws);

/** Messages that the queue returns, one array for each call. */
let batches: Message[][];

beforeEach(() => {
  [sqs, lambda, eventBridge].forEach((client) => client.reset());
  batches = [];
  sqs.on(ReceiveMessageCommand).callsFake(() => ({ Messages: batches.shift() ?? [] }));
  sqs.on(GetQueueAttributesCommand).callsFake(({ QueueUrl }) => ({
    Attributes: { QueueArn: `arn:${QueueUrl}`, ApproximateNumberOfMessages: '2', ApproximateNumberOfMessagesNotVisible: '1' },
  }));
  sqs.on(DeleteMessageCommand).resolves({});
  sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
});

const message = (id: string, body: object | string, attributes: Record<string, string> = {}): Message => ({
  MessageId: id,
  ReceiptHandle: `handle-${id}`,
  Body: typeof body === 'string' ? body : JSON.stringify(body),
  Attributes: { SentTimestamp: '1767225600000', ApproximateReceiveCount: '2' },
  MessageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue, DataType: 'String' }])),
});

const RECORD = { eventID: '1', dynamodb: { NewImage: { taskId: { S: 'task-1' }, type: { S: 'export' }, status: { S: 'PENDING' } } } };
const EVENT = { 'source': 'tasks.processor.export', 'detail-type': 'TaskUpdatedEvent', 'detail': { taskId: 'task-1', status: 'RUNNING' }, 'resources': ['r'] };

const deleted = () => sqs.commandCalls(DeleteMessageCommand).map(({ args: [{ input }] }) => input.ReceiptHandle);

describe('a letter', () => {
  test('names its task, in each queue', () => {
    expect(describeLetter('publisher', message('m', RECORD))).toMatchObject({
      messageId: 'm', sentAt: '2026-01-01T00:00:00.000Z', receiveCount: 2, taskId: 'task-1', taskType: 'export', status: 'PENDING',
    });
    expect(describeLetter('updater', message('m', EVENT))).toMatchObject({ taskId: 'task-1', taskType: 'export', status: 'RUNNING' });
    const undelivered = { ...EVENT, 'source': 'tasks', 'detail-type': 'TaskCreatedEvent', 'detail': { taskId: 'task-1', type: 'copy' } };
    expect(describeLetter('undelivered', message('m', undelivered, { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'denied' })))
      .toMatchObject({ taskType: 'copy', error: 'NO_PERMISSIONS: denied' });
  });

  test.each(['', 'text', 'null', '[]', '7', '{"detail":null}', '{"dynamodb":null}', '{"dynamodb":{"NewImage":{"taskId":null}}}', '{"source":"x","detail-type":"y","detail":{"taskId":{}}}'])(
    'can be anything: %s', (body) => {
      for (const queue of ['publisher', 'updater', 'undelivered', 'event-bus'] as const) {
        expect(describeLetter(queue, message('m', body))).toMatchObject({ messageId: 'm', body });
      }
      expect(describeLetter('publisher', {})).toMatchObject({ messageId: '', body: '' });
    });
});

test('the queues that the TaskManager has are listed with their messages', async () => {
  expect((await deadLetters.list()).map(({ name, messages, hidden }) => [name, messages, hidden]))
    .toEqual([['publisher', 2, 1], ['updater', 2, 1], ['undelivered', 2, 1]]);
  expect(await withKey.list()).toHaveLength(4);
});

test('messages that are shown can be read again at once', async () => {
  batches = [[message('a', EVENT), message('b', EVENT)], [message('a', EVENT)]];
  expect((await deadLetters.show('updater', { limit: 20 })).map(({ messageId }) => messageId)).toEqual(['a', 'b']);
  expect(sqs.commandCalls(ChangeMessageVisibilityBatchCommand)[0].args[0].input.Entries)
    .toEqual(['a', 'b'].map((id, i) => ({ Id: String(i), ReceiptHandle: `handle-${id}`, VisibilityTimeout: 0 })));
  expect(deleted()).toEqual([]);
});

test('no more messages are read than asked for', async () => {
  batches = [[message('a', EVENT)]];
  expect(await deadLetters.show('updater', { limit: 1 })).toHaveLength(1);
  expect(sqs.commandCalls(ReceiveMessageCommand).map(({ args: [{ input }] }) => input.MaxNumberOfMessages)).toEqual([1]);
});

describe('a redrive of the publisher', () => {
  const answer = (value: unknown) => ({ Payload: { transformToString: () => JSON.stringify(value) } as never });

  test('deletes a record when the function has accepted it', async () => {
    batches = [[message('a', RECORD)], [message('b', { ...RECORD, eventID: '2' })]];
    lambda.on(InvokeCommand).resolves(answer({ batchItemFailures: [] }));
    expect(await deadLetters.redrive('publisher')).toEqual({ queue: 'publisher', redriven: 2, left: [] });
    expect(deleted()).toEqual(['handle-a', 'handle-b']);
    expect(lambda.commandCalls(InvokeCommand)[0].args[0].input).toEqual({
      FunctionName: 'https://sqs/TaskManagerStatusPublisher', Payload: JSON.stringify({ Records: [RECORD] }),
    });
  });

  test.each([
    ['the publisher could not publish it', answer({ batchItemFailures: [{ itemIdentifier: '1' }] })],
    ['the publisher could not publish it', answer(null)],
    ['the publisher failed: Task timed out', { ...answer({ errorMessage: 'Task timed out' }), FunctionError: 'Unhandled' }],
    ['the publisher failed: Unhandled', { ...answer({}), FunctionError: 'Unhandled' }],
  ])('leaves a record: %s', async (reason, response) => {
    batches = [[message('a', RECORD)]];
    lambda.on(InvokeCommand).resolves(response);
    expect(await deadLetters.redrive('publisher')).toEqual({ queue: 'publisher', redriven: 0, left: [{ messageId: 'a', reason }] });
    expect(deleted()).toEqual([]);
  });

  test('ends if the function puts the record back into the queue', async () => {
    batches = [[message('a', RECORD)], [message('b', RECORD)]];
    lambda.on(InvokeCommand).resolves(answer({ batchItemFailures: [] }));
    expect(await deadLetters.redrive('publisher')).toEqual({
      queue: 'publisher', redriven: 0, left: [{ messageId: 'b', reason: 'it was refused again, and is back in the queue' }],
    });
    expect(lambda.commandCalls(InvokeCommand)).toHaveLength(1);
  });

  test('stops if a call of AWS fails, says what it has done, and makes the rest visible', async () => {
    const other = { ...RECORD, eventID: '2' };
    batches = [[message('a', RECORD), message('b', other)], [message('c', other)]];
    lambda.on(InvokeCommand).resolves(answer({ batchItemFailures: [] }));
    lambda.on(InvokeCommand, { Payload: JSON.stringify({ Records: [other] }) }).rejects(new Error('AccessDenied'));
    expect(await deadLetters.redrive('publisher')).toEqual({
      queue: 'publisher',
      redriven: 1,
      left: [{ messageId: 'b', reason: 'Error: AccessDenied' }, { reason: 'not tried, because a call of AWS has failed' }],
    });
    expect(sqs.commandCalls(ChangeMessageVisibilityBatchCommand)).toHaveLength(1);
    expect(deleted()).toEqual(['handle-a']);
  });

  test('starts with no other message when it is interrupted', async () => {
    const interruption = new AbortController();
    batches = [[message('a', RECORD)], [message('b', { ...RECORD, eventID: '2' })]];
    lambda.on(InvokeCommand).callsFake(() => {
      interruption.abort();
      return answer({ batchItemFailures: [] });
    });
    expect(await deadLetters.redrive('publisher', interruption.signal)).toEqual({
      queue: 'publisher', redriven: 1, left: [{ reason: 'not tried, because the redrive was interrupted' }],
    });
    expect(lambda.commandCalls(InvokeCommand)).toHaveLength(1);
    expect(sqs.commandCalls(ChangeMessageVisibilityBatchCommand)).toHaveLength(1);
  });

  test('goes on if messages that it has left come again before the others', async () => {
    batches = [[message('a', 'garbled')], [message('a', 'garbled')], [message('b', RECORD)]];
    lambda.on(InvokeCommand).resolves(answer({ batchItemFailures: [] }));
    expect(await deadLetters.redrive('publisher')).toMatchObject({ redriven: 1, left: [{ messageId: 'a' }] });
  });

  test('ends if only messages that it has left come again', async () => {
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [message('a', 'garbled')] });
    expect(await deadLetters.redrive('publisher')).toMatchObject({ redriven: 0, left: [{ messageId: 'a' }] });
  });
});

describe('a redrive of the event bus', () => {
  test('puts each event on the bus again, and leaves what is none or is refused', async () => {
    const refused = { ...EVENT, source: 'refused' };
    batches = [[message('a', EVENT), message('b', 'garbled'), message('c', refused)]];
    eventBridge.on(PutEventsCommand).callsFake(({ Entries: [{ Source }] }) => ({
      Entries: [Source === 'refused' ? { ErrorCode: 'Throttled', ErrorMessage: 'slow down' } : { EventId: 'e' }],
    }));
    expect(await withKey.redrive('event-bus')).toEqual({
      queue: 'event-bus',
      redriven: 1,
      left: [{ messageId: 'b', reason: 'its body is not an event' }, { messageId: 'c', reason: 'EventBridge refused it: Throttled: slow down' }],
    });
    expect(deleted()).toEqual(['handle-a']);
    expect(eventBridge.commandCalls(PutEventsCommand)[0].args[0].input).toEqual({
      Entries: [{
        EventBusName: 'https://sqs/TaskManagerEventBus',
        Source: 'tasks.processor.export',
        DetailType: 'TaskUpdatedEvent',
        Detail: '{"taskId":"task-1","status":"RUNNING"}',
        Resources: ['r'],
      }],
    });
  });
});

describe('a redrive by SQS', () => {
  test.each([['updater', 'StatusUpdaterQueue'], ['undelivered', 'UndeliveredQueue']] as const)(
    'of %s moves the messages to an explicit destination, and waits for the end', async (queue, destination) => {
      sqs.on(StartMessageMoveTaskCommand).resolves({ TaskHandle: 'h' });
      sqs.on(ListMessageMoveTasksCommand)
        .resolvesOnce({})
        .resolvesOnce({ Results: [{ Status: 'RUNNING', StartedTimestamp: 2, TaskHandle: 'h' }] })
        .resolves({ Results: [{ Status: 'COMPLETED', StartedTimestamp: 2, ApproximateNumberOfMessagesMoved: 3 }] });
      expect(await deadLetters.redrive(queue)).toEqual({ queue, redriven: 3, left: [] });
      expect(sqs.commandCalls(StartMessageMoveTaskCommand)[0].args[0].input.DestinationArn).toBe(`arn:https://sqs/TaskManager${destination}`);
    });

  test('says nothing about the moves of others, before or after its own', async () => {
    const before = { Status: 'FAILED', StartedTimestamp: 1 };
    const ours = { Status: 'COMPLETED', StartedTimestamp: 2, ApproximateNumberOfMessagesMoved: 4 };
    sqs.on(StartMessageMoveTaskCommand).resolves({});
    sqs.on(ListMessageMoveTasksCommand)
      .resolvesOnce({ Results: [before] })
      .resolvesOnce({ Results: [before] })
      .resolves({ Results: [{ Status: 'RUNNING', StartedTimestamp: 3 }, ours, before] });
    expect(await deadLetters.redrive('updater')).toEqual({ queue: 'updater', redriven: 4, left: [] });
  });

  test('is left to SQS when it is interrupted', async () => {
    sqs.on(StartMessageMoveTaskCommand).resolves({});
    sqs.on(ListMessageMoveTasksCommand).resolvesOnce({}).resolves({ Results: [{ Status: 'RUNNING', StartedTimestamp: 1, ApproximateNumberOfMessagesMoved: 4 }] });
    expect(await deadLetters.redrive('updater', AbortSignal.abort())).toEqual({
      queue: 'updater', redriven: 4, left: [{ reason: 'SQS goes on moving messages' }],
    });
  });

  test('says why a move has failed', async () => {
    sqs.on(StartMessageMoveTaskCommand).resolves({});
    sqs.on(ListMessageMoveTasksCommand).resolvesOnce({}).resolves({ Results: [{ Status: 'FAILED', StartedTimestamp: 1, FailureReason: 'AccessDenied' }] });
    expect(await deadLetters.redrive('updater')).toEqual({ queue: 'updater', redriven: 0, left: [{ reason: 'the move is FAILED: AccessDenied' }] });
  });
});

test('a queue that the TaskManager does not have is an error', async () => {
  await expect(deadLetters.redrive('event-bus')).rejects.toThrow(
    "the TaskManager has no dead-letter queue 'event-bus': the stack has no output that ends with TaskManagerEventBusDeadLetterQueue");
});

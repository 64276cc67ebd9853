import type { Message } from '@aws-sdk/client-sqs';
import { parseJson } from '../../../client/src/json';
import type { DeadLetter, DeadLetterQueueName } from '../protocol';

/** What a message says about the task that it is about. */
type Content = Pick<DeadLetter, 'taskId' | 'taskType' | 'status' | 'detailType' | 'notRedrivable'>;

/** An event, as EventBridge writes it into a queue. */
export interface BusEvent {
  readonly 'source': string;
  readonly 'detail-type': string;
  readonly 'detail': Record<string, unknown>;
  readonly 'resources'?: string[];
}

/** Describes a message of a queue. Never throws: a dead letter can be anything. */
export function describe(queue: DeadLetterQueueName, message: Message): DeadLetter {
  const { MessageId = '', Body = '', Attributes = {}, MessageAttributes = {} } = message;
  const [code, text] = ['ERROR_CODE', 'ERROR_MESSAGE'].map((name) => MessageAttributes[name]?.StringValue);
  return {
    messageId: MessageId,
    sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)).toISOString(),
    receiveCount: Number(Attributes.ApproximateReceiveCount ?? 0),
    ...queue === 'publisher' ? ofRecord(Body) : ofEvent(Body, queue),
    error: [code, text].filter(Boolean).join(': ') || undefined,
    body: Body,
  };
}

/** Returns the event in the body of a message. Undefined if it has none. */
export function eventIn(body: string): BusEvent | undefined {
  const event = Object(parseJson(body));
  const isEvent = typeof event.source === 'string' && typeof event['detail-type'] === 'string' && isObject(event.detail);
  return isEvent ? event : undefined;
}

function ofEvent(body: string, queue: DeadLetterQueueName): Content {
  const event = eventIn(body);
  if (!event) return queue === 'event-bus' ? { notRedrivable: 'its body is not an event' } : {};
  const { source, detail } = event;
  return {
    // The source of a report proves its type: `<event source>.processor.<task type>`.
    taskType: textOf(detail.type) ?? /\.processor\.(.+)$/.exec(source)?.[1],
    taskId: textOf(detail.taskId),
    status: textOf(detail.status),
    detailType: event['detail-type'],
  };
}

/** The record of a stream, or what Lambda says about records that it could not hand to the function. */
function ofRecord(body: string): Content {
  const { dynamodb, DDBStreamBatchInfo } = Object(parseJson(body));
  if (!isObject(dynamodb)) {
    return { notRedrivable: DDBStreamBatchInfo ? 'it has metadata of records, but no record' : 'its body is not the record of a stream' };
  }
  const { NewImage } = dynamodb as { NewImage?: Record<string, { S?: unknown } | undefined> };
  return { taskId: textOf(NewImage?.taskId?.S), taskType: textOf(NewImage?.type?.S), status: textOf(NewImage?.status?.S) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

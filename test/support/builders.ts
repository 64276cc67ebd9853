import { AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { APIGatewayProxyEvent, Context, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import type { TraceContext } from '../../src/protocol/trace-context';
import type { TaskUpdatedDetail } from '../../src/protocol/wire';
import { statusEvent } from '../../src/runtime/events/events';
import type { Task } from '../../src/runtime/task/task';
import type { TaskReport } from '../../src/runtime/task/task-report';

export const NOW = new Date('2026-11-23T10:00:00.000Z');
export const EVENT_SOURCE = 'task-manager.Stack.Tasks-12345678';
export const REPORTS_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:Reports';
export const STATUS_READER_ARN = 'arn:aws:lambda:us-east-1:111111111111:function:StatusReader';
export const UNDELIVERED_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:Undelivered';

/** The trace context of a request: the examples of W3C. */
export const TRACE = {
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
} as const satisfies TraceContext;

/** Returns the context of an invocation with this remaining time. */
export function aContext(remainingMs = 29_000): Context {
  return { getRemainingTimeInMillis: () => remainingMs } as Context;
}

/** Returns a time in the format of tasks, a number of seconds after `NOW`. */
export function at(seconds: number): string {
  return new Date(NOW.getTime() + seconds * 1000).toISOString();
}

/** Returns a task with a time-out of an hour. */
export function aTask(task: Partial<Task> = {}): Task {
  return {
    taskId: 'b0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10',
    type: 'export',
    status: 'PENDING',
    version: 1,
    createdAt: at(0),
    updatedAt: at(0),
    deadlineAt: at(3600),
    ...task,
  };
}

/** Returns the item of a task. */
export function anItem(task: Task): Record<string, AttributeValue> {
  return marshall({ ...task, item: 'task' }, { removeUndefinedValues: true });
}

/** Returns the item of a payload or a result. */
export function aContentItem(taskId: string, item: string, content: string): Record<string, AttributeValue> {
  return marshall({ taskId, item, content });
}

/** Returns a report of a processor of exports. */
export function aReport(detail: TaskUpdatedDetail, report: Partial<TaskReport> = {}): TaskReport {
  return { taskType: 'export', detail, ...report };
}

/** Returns the error of DynamoDB for a failed condition. It contains the existing task, if there is one. */
export function aFailedCondition(task?: Task): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed', Item: task && anItem(task) });
}

/** Returns a request as API Gateway passes it on: `aRequest('POST /tasks', { body: '{}' })`, `aRequest('GET /tasks?limit=1')`. */
export function aRequest(route: string, request: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  const [httpMethod, target] = route.split(' ');
  const [resource, query] = target.split('?');
  const headers = 'headers' in request ? request.headers : { 'Content-Type': 'application/json' };
  const parameters = query === undefined ? null : new URLSearchParams(query);
  return {
    httpMethod,
    resource,
    path: resource.replace(/{(\w+)}/g, (_, name) => request.pathParameters?.[name] ?? ''),
    headers,
    multiValueHeaders: headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: parameters && Object.fromEntries(parameters),
    multiValueQueryStringParameters: parameters
      && Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
    requestContext: {},
    body: null,
    isBase64Encoded: false,
    pathParameters: null,
    ...request,
  } as APIGatewayProxyEvent;
}

let sequenceNumber = 0;

/** Returns a record of the table's stream that passes the filter. */
export function aStreamRecord(task: Task, dynamodb: DynamoDBRecord['dynamodb'] = {}): DynamoDBRecord {
  sequenceNumber++;
  return {
    eventID: `event-${sequenceNumber}`,
    eventName: task.version === 1 ? 'INSERT' : 'MODIFY',
    dynamodb: {
      SequenceNumber: String(sequenceNumber),
      ApproximateCreationDateTime: NOW.getTime() / 1000,
      NewImage: anItem(task) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'],
      ...dynamodb,
    },
  };
}

/** Returns the `TaskCreatedEvent` of a task, as a processor gets it. */
export function aCreatedEvent(task: Task = aTask()): { 'source': string; 'detail-type': string; 'detail': unknown } {
  const { Source, DetailType, Detail } = statusEvent(task, { eventBusName: 'Bus', eventSource: EVENT_SOURCE, statusReaderArn: STATUS_READER_ARN });
  return { 'source': Source!, 'detail-type': DetailType!, 'detail': JSON.parse(Detail!) };
}

/** Returns the record that Lambda sends to a destination after an asynchronous invocation with a `TaskCreatedEvent`. */
export function anInvocationRecord(condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded', record: object = {}): Record<string, unknown> {
  return {
    version: '1.0',
    timestamp: at(1),
    requestContext: {
      requestId: 'e4b46cbf-b738-xmpl-8880-a18cdf61200e',
      functionArn: 'arn:aws:lambda:us-east-1:111111111111:function:exporter:$LATEST',
      condition,
      approximateInvokeCount: condition === 'RetriesExhausted' ? 3 : 1,
    },
    requestPayload: aCreatedEvent(),
    ...record,
  };
}

/** Returns a message of the queue of reports: an event, as EventBridge sends it. */
export function aMessage(detail: unknown, event: object = {}, messageId = 'message-1'): SQSRecord {
  return {
    messageId,
    eventSourceARN: REPORTS_QUEUE_ARN,
    body: JSON.stringify({
      'source': `${EVENT_SOURCE}.processor.export`, 'detail-type': 'TaskUpdatedEvent', 'time': at(1).replace('.000', ''), detail, ...event,
    }),
    messageAttributes: {},
  } as SQSRecord;
}

/**
 * Attributes of a dead letter that EventBridge sends without retries:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export const DEAD_LETTER_ATTRIBUTES = {
  RULE_ARN: 'arn:aws:events:us-east-1:111111111111:rule/Bus/Rule',
  TARGET_ARN: 'arn:aws:lambda:us-east-1:111111111111:function:exporter',
  ERROR_CODE: 'NO_PERMISSIONS',
  ERROR_MESSAGE: 'Lack of permissions',
  RETRY_ATTEMPTS: '0',
};

/** Returns a message of the queue of undelivered events: the whole event, with attributes that say why it is there. */
export function anUndeliveredMessage(
  task: Task = aTask(), attributes: Record<string, string | undefined> = {}, event: object = {},
): SQSRecord {
  return {
    messageId: 'message-1',
    eventSourceARN: UNDELIVERED_QUEUE_ARN,
    body: JSON.stringify({ ...aCreatedEvent(task), ...event }),
    messageAttributes: attributesOf({ ...DEAD_LETTER_ATTRIBUTES, ...attributes }),
  } as SQSRecord;
}

/** Returns message attributes, without undefined ones. */
export function attributesOf(attributes: Record<string, string | undefined>): SQSRecord['messageAttributes'] {
  return Object.fromEntries(Object.entries(attributes)
    .filter(([, stringValue]) => stringValue !== undefined).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]));
}

import { AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { APIGatewayProxyEvent, Context, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { statusEvent } from '../../src/runtime/events/events';
import type { Task } from '../../src/runtime/task/task';
import type { TaskReport, TaskUpdate } from '../../src/runtime/task/task-report';

export const NOW = new Date('2026-11-23T10:00:00.000Z');
export const EVENT_SOURCE = 'task-manager.Stack.Tasks-12345678';
export const REPORTS_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:Reports';
export const UNDELIVERED_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:Undelivered';

/** What Lambda says of an invocation that has so much time left. */
export function aContext(remainingMs = 29_000): Context {
  return { getRemainingTimeInMillis: () => remainingMs } as Context;
}

/** A time as tasks have it, so many seconds after `NOW`. */
export function at(seconds: number): string {
  return new Date(NOW.getTime() + seconds * 1000).toISOString();
}

/** A task that has an hour. */
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

/** The task as the table holds it. */
export function anItem(task: Task): Record<string, AttributeValue> {
  return marshall({ ...task, item: 'task' }, { removeUndefinedValues: true });
}

/** An item of a task's payload or result. */
export function aContentItem(taskId: string, item: string, content: string): Record<string, AttributeValue> {
  return marshall({ taskId, item, content });
}

/** What a processor of exports says of a task. */
export function aReport(update: TaskUpdate, report: Partial<TaskReport> = {}): TaskReport {
  return { taskType: 'export', update, ...report };
}

/** What DynamoDB answers when the condition of a write does not hold for the task that is there, if any. */
export function aFailedCondition(task?: Task): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed', Item: task && anItem(task) });
}

/** A request as API Gateway passes it on: `aRequest('POST /tasks', { body: '{}' })`, `aRequest('GET /tasks?limit=1')`. */
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
    multiValueQueryStringParameters: parameters && Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)])),
    requestContext: {},
    body: null,
    isBase64Encoded: false,
    pathParameters: null,
    ...request,
  } as APIGatewayProxyEvent;
}

let sequenceNumber = 0;

/** A record of the table's stream, as the filter lets it through. */
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

/** The `TaskCreatedEvent` of a task, as a processor gets it. */
export function aCreatedEvent(task: Task = aTask()): { 'source': string; 'detail-type': string; 'detail': unknown } {
  const { Source, DetailType, Detail } = statusEvent(task, { eventBusName: 'Bus', eventSource: EVENT_SOURCE });
  return { 'source': Source!, 'detail-type': DetailType!, 'detail': JSON.parse(Detail!) };
}

/** What Lambda tells a destination about an asynchronous invocation with a `TaskCreatedEvent`. */
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

/** A message of the reports' queue: an event as EventBridge puts it there. */
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

/** What EventBridge puts on a dead letter, where it does not try again: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
export const DEAD_LETTER_ATTRIBUTES = {
  RULE_ARN: 'arn:aws:events:us-east-1:111111111111:rule/Bus/Rule',
  TARGET_ARN: 'arn:aws:lambda:us-east-1:111111111111:function:exporter',
  ERROR_CODE: 'NO_PERMISSIONS',
  ERROR_MESSAGE: 'Lack of permissions',
  RETRY_ATTEMPTS: '0',
};

/** A message of the queue of undelivered events: EventBridge puts the event there whole, and tells why in attributes. */
export function anUndeliveredMessage(task: Task = aTask(), attributes: Record<string, string | undefined> = {}, event: object = {}): SQSRecord {
  return {
    messageId: 'message-1',
    eventSourceARN: UNDELIVERED_QUEUE_ARN,
    body: JSON.stringify({ ...aCreatedEvent(task), ...event }),
    messageAttributes: attributesOf({ ...DEAD_LETTER_ATTRIBUTES, ...attributes }),
  } as SQSRecord;
}

/** Those that are undefined are left out. */
export function attributesOf(attributes: Record<string, string | undefined>): SQSRecord['messageAttributes'] {
  return Object.fromEntries(Object.entries(attributes)
    .filter(([, stringValue]) => stringValue !== undefined).map(([name, stringValue]) => [name, { dataType: 'String', stringValue }]));
}

import { marshall } from '@aws-sdk/util-dynamodb';
import { APIGatewayProxyEvent, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import type { Task } from '../src/runtime/task';

export const NOW = new Date('2026-11-23T10:00:00.000Z');
export const EVENT_SOURCE = 'task-manager.Stack.Tasks-12345678';

export function aTask(task: Partial<Task> = {}): Task {
  return {
    taskId: 'b0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10',
    type: 'export',
    status: 'PENDING',
    version: 1,
    createdAt: NOW.toISOString(),
    updatedAt: NOW.toISOString(),
    ...task,
  };
}

/** A request as API Gateway passes it on: `aRequest('POST /tasks', { body: '{}' })`. */
export function aRequest(route: string, request: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  const [httpMethod, resource] = route.split(' ');
  return {
    httpMethod,
    resource,
    headers: { 'Content-Type': 'application/json' },
    body: null,
    isBase64Encoded: false,
    pathParameters: null,
    ...request,
  } as APIGatewayProxyEvent;
}

let sequenceNumber = 0;

/** A record of the table's stream, as the filter lets it through. */
export function aStreamRecord(task: Task): DynamoDBRecord {
  return {
    eventName: task.version === 1 ? 'INSERT' : 'MODIFY',
    dynamodb: {
      SequenceNumber: String(++sequenceNumber),
      NewImage: marshall({ ...task, item: 'task' }, { removeUndefinedValues: true }) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'],
    },
  };
}

/** A message of the updater's queue: an event as EventBridge puts it there. */
export function aMessage(detail: unknown, event: object = {}, messageId = 'message-1'): SQSRecord {
  return {
    messageId,
    body: JSON.stringify({ 'source': `${EVENT_SOURCE}.processor.export`, 'detail-type': 'TaskUpdatedEvent', detail, ...event }),
  } as SQSRecord;
}

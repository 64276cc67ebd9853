import { randomUUID } from 'node:crypto';
import { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { APIGatewayProxyEvent, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { EVENT } from '../src/protocol/wire';
import { indexKeys } from '../src/runtime/task/index-keys';
import { newTask } from '../src/runtime/task/task';
import { aCreatedEvent, anItem, aRequest, TRACE } from '../test/support/builders';

// Events for the functions. All benchmarks use the same small task.

export const SOURCE = 'task-manager.Bench.Tasks-00000000';

const PAYLOAD = { table: 'customers', columns: ['id', 'name', 'city'], format: 'csv', note: 'x'.repeat(110) };

export function createRequest(payload: unknown = PAYLOAD): APIGatewayProxyEvent {
  return aRequest('POST /tasks', { body: JSON.stringify({ type: 'export', payload }) });
}

export function pollRequest(taskId: string): APIGatewayProxyEvent {
  return aRequest('GET /tasks/{taskId}', { pathParameters: { taskId } });
}

/** Returns the item of a new task. */
export function taskItem(): Record<string, AttributeValue> {
  const task = newTask({ type: 'export', payload: PAYLOAD }, { taskTimeoutSeconds: 86_400, trace: TRACE }, new Date());
  return { ...anItem(task), ...marshall(indexKeys(task)) };
}

export function createdRecord(): DynamoDBRecord {
  return {
    eventID: randomUUID(),
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: '1', ApproximateCreationDateTime: Date.now() / 1000, NewImage: taskItem() as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'] },
  };
}

/** Returns the event of a new task, as a processor gets it. */
export function createdEvent(payload: object = PAYLOAD): any {
  const task = newTask({ type: 'export', payload }, { taskTimeoutSeconds: 86_400, trace: TRACE }, new Date());
  return { ...aCreatedEvent(task), time: new Date().toISOString() };
}

/** Returns a message with a report, as EventBridge sends it to the updater's queue. */
export function progressMessage(taskId: string, sequence: number): SQSRecord {
  return message({ taskId, status: 'RUNNING', sequence, progress: { percent: 50, message: 'half of it is done' } });
}

export function message(detail: object): SQSRecord {
  const event = {
    'version': '0',
    'id': randomUUID(),
    'detail-type': EVENT.UPDATED,
    'source': `${SOURCE}.processor.export`,
    'account': '111111111111',
    // Later than the creation of every task: an older report would be ignored.
    'time': '2100-01-01T00:00:00Z',
    'region': 'us-east-1',
    'resources': [],
    detail,
  };
  return { messageId: randomUUID(), body: JSON.stringify(event) } as SQSRecord;
}

import '../support/environment';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-reader.lambda';
import { aContext, anItem, aTask } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const task = aTask({ status: 'CANCELLED' });
const REQUEST = { taskId: task.taskId, taskType: task.type, createdAt: task.createdAt };

test('the handler answers the status of a task in the configured table, and nothing else', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem({ ...task, owner: 'ada', payload: '"secret"' }) });
  expect(await handler(REQUEST, aContext())).toEqual({ status: 'CANCELLED' });
  expect(dynamodb.commandCalls(GetItemCommand).map(({ args: [{ input }] }) => input.TableName)).toEqual(['TaskStatus']);
});

test('the handler fails if the request is malformed, without a read', async () => {
  dynamodb.reset();
  await expect(handler({ ...REQUEST, taskId: undefined }, aContext())).rejects.toThrow('malformed request: invalid or missing: taskId');
  expect(dynamodb.calls()).toEqual([]);
});

test('the handler fails instead of answering if it has no time to read', async () => {
  dynamodb.restore();
  await expect(handler(REQUEST, aContext(1_000))).rejects.toThrow('the invocation has no time left');
});

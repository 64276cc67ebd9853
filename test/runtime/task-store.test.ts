import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskUpdate } from '../../src/runtime/task';
import { TaskStore } from '../../src/runtime/task-store';
import { aTask, NOW } from '../builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus');

beforeEach(() => dynamodb.reset());

const UPDATES: TaskUpdate[] = [
  { taskId: 'id', status: 'RUNNING' },
  { taskId: 'id', status: 'RUNNING', sequence: 1 },
  { taskId: 'id', status: 'RUNNING', progress: { percent: 1, message: 'one' } },
  { taskId: 'id', status: 'RUNNING', progress: {}, sequence: 0 },
  { taskId: 'id', status: 'SUCCESSFUL' },
  { taskId: 'id', status: 'SUCCESSFUL', result: null },
  { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } },
];

// DynamoDB refuses a request that defines a name or value it does not use; the local engine lets it pass.
test.each(UPDATES)('%j uses every name and value that it defines, and no other', async (update) => {
  dynamodb.on(UpdateItemCommand).resolves({});
  await store.update('export', update, NOW);
  const [{ args: [{ input }] }] = dynamodb.commandCalls(UpdateItemCommand);
  const used = (pattern: RegExp) => [...new Set(`${input.UpdateExpression} ${input.ConditionExpression}`.match(pattern))].sort();
  expect(Object.keys(input.ExpressionAttributeNames!).sort()).toEqual(used(/#\w+/g));
  expect(Object.keys(input.ExpressionAttributeValues!).sort()).toEqual(used(/:\w+/g));
});

test('an update is one conditional write, and no read', async () => {
  dynamodb.on(UpdateItemCommand).resolves({});
  expect(await store.update('export', UPDATES[0], NOW)).toEqual({ applied: true });
  expect(dynamodb.calls()).toHaveLength(1);
});

test('an update that the life cycle has no place for is told, with the reason', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({
    $metadata: {}, message: 'The conditional request failed', Item: marshall(aTask({ status: 'SUCCESSFUL' })),
  }));
  expect(await store.update('export', UPDATES[0], NOW)).toEqual({ applied: false, reason: 'the task is SUCCESSFUL already' });
});

test('an update of an unknown task is told', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' }));
  expect(await store.update('export', UPDATES[0], NOW)).toEqual({ applied: false, reason: 'unknown task' });
});

test('any other failure is passed on, to be tried again', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  await expect(store.update('export', UPDATES[0], NOW)).rejects.toThrow('throttled');
});

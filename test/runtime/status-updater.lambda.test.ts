import './environment';
import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/status-updater.lambda';
import { aMessage, aTask } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({});
  jest.spyOn(console, 'info').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
});

test('writes each report', async () => {
  const Records = [aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ taskId: 'b', status: 'SUCCESSFUL' }, {}, 'message-2')];
  expect(await handler({ Records })).toEqual({ batchItemFailures: [] });
  expect(dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input.Key!.taskId.S)).toEqual(['a', 'b']);
});

test('leaves only the malformed message in the queue', async () => {
  const Records = [aMessage({ taskId: 'a', status: 'RUNNING' }), aMessage({ secret: 'x' }, {}, 'message-2')];
  expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-2' }] });
  expect(console.error).toHaveBeenCalledWith({
    message: 'update failed', messageId: 'message-2', error: expect.stringContaining('Error: malformed TaskUpdatedEvent: '),
  });
});

test('leaves a message in the queue when the table fails', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  expect(await handler({ Records: [aMessage({ taskId: 'a', status: 'RUNNING' })] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
});

test('acknowledges and logs an update that is ignored', async () => {
  dynamodb.on(UpdateItemCommand).rejects(new ConditionalCheckFailedException({
    $metadata: {}, message: 'The conditional request failed', Item: marshall(aTask({ status: 'FAILED' })),
  }));
  expect(await handler({ Records: [aMessage({ taskId: 'a', status: 'RUNNING' })] })).toEqual({ batchItemFailures: [] });
  expect(console.info).toHaveBeenCalledWith({ message: 'update ignored', taskId: 'a', status: 'RUNNING', reason: 'the task is FAILED already' });
});

test('ends a task whose result is too large', async () => {
  await handler({ Records: [aMessage({ taskId: 'a', status: 'SUCCESSFUL', result: 'x'.repeat(300_000) })] });
  const [{ args: [{ input }] }] = dynamodb.commandCalls(UpdateItemCommand);
  expect(input.ExpressionAttributeValues).toMatchObject({ ':status': { S: 'FAILED' }, ':error': { M: { code: { S: 'ResultTooLarge' } } } });
});

import './environment';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/api.lambda';
import { aRequest } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

test('answers requests with the configured table and time', async () => {
  const { statusCode } = await handler(aRequest('POST /tasks', { body: '{"type":"export"}' }));
  expect(statusCode).toBe(202);
  const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
  expect(input.TableName).toBe('TaskStatus');
  const { createdAt, deadlineAt } = unmarshall(input.Item!);
  expect(Date.parse(deadlineAt) - Date.parse(createdAt)).toBe(86_400_000);
});

import './environment';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/sweeper.lambda';

const dynamodb = mockClient(DynamoDBClient);

test('sweeps the configured table', async () => {
  dynamodb.on(QueryCommand).resolves({});
  await handler();
  expect(new Set(dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input.TableName))).toEqual(new Set(['TaskStatus']));
});

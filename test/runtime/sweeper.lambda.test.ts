import './environment';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/sweeper.lambda';
import { aContext } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

test('sweeps the configured table', async () => {
  dynamodb.on(QueryCommand).resolves({});
  await handler({}, aContext());
  expect(new Set(dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input.TableName))).toEqual(new Set(['TaskStatus']));
});

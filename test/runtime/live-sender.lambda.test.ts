import '../support/environment';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/live-sender.lambda';
import { aContext, anItem, aTask } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const api = mockClient(ApiGatewayManagementApiClient);

test('the handler posts to the configured API, at the configured pace', async () => {
  dynamodb.on(QueryCommand, { TableName: 'Live' }).resolves({
    Items: ['c1', 'c2'].map((id) => ({ connectionId: { S: id }, expiresAt: { N: '10000000000' } })),
  });
  dynamodb.on(GetItemCommand, { TableName: 'TaskStatus' }).resolves({ Item: anItem(aTask({ version: 3 })) });
  api.on(PostToConnectionCommand).resolves({});
  const { taskId, createdAt } = aTask();
  const body = JSON.stringify({ topic: `task#${taskId}`, state: { taskId, createdAt, version: 2, status: 'RUNNING' }, at: 0, group: 'group' });
  expect(await handler({ Records: [{ messageId: 'message-1', body } as SQSRecord] }, aContext())).toEqual({ batchItemFailures: [] });
  const posts = api.commandCalls(PostToConnectionCommand);
  expect(posts.map(({ args: [{ input }] }) => [input.ConnectionId, JSON.parse(String(input.Data)).version])).toEqual([['c1', 3], ['c2', 3]]);
  const { hostname, path } = await (posts[0].thisValue as ApiGatewayManagementApiClient).config.endpoint!();
  expect(`https://${hostname}${path}`).toBe(process.env.CALLBACK_URL);
});

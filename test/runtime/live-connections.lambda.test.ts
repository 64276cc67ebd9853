import '../support/environment';
import type * as dynamodbModule from '@aws-sdk/client-dynamodb';
import type * as sqsModule from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import type * as lambdaModule from '../../src/runtime/live-connections.lambda';
import { aConnect } from '../support/a-live-world';
import { aContext, anItem, aTask } from '../support/builders';

/** Loads the handler anew, with an environment that differs, and the SDK with it. Returns the handler and what it sends. */
function load(environment: Record<string, string | undefined> = {}) {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  let loaded: ReturnType<typeof mocked>;
  jest.isolateModules(() => { loaded = mocked(); });
  process.env = before;
  return loaded!;
}

function mocked() {
  const { DynamoDBClient, GetItemCommand, PutItemCommand } = jest.requireActual<typeof dynamodbModule>('@aws-sdk/client-dynamodb');
  const { SendMessageBatchCommand, SQSClient } = jest.requireActual<typeof sqsModule>('@aws-sdk/client-sqs');
  const { handler } = jest.requireActual<typeof lambdaModule>('../../src/runtime/live-connections.lambda');
  const dynamodb = mockClient(DynamoDBClient);
  const sqs = mockClient(SQSClient);
  const task = aTask({ owner: 'ada', deadlineAt: '2999-01-01T00:00:00.000Z' });
  dynamodb.on(PutItemCommand).resolves({});
  dynamodb.on(GetItemCommand, { TableName: 'Live' }).resolves({ Item: marshall({ connectionId: 'c1', owner: 'ada', expiresAt: 1e10 }) });
  dynamodb.on(GetItemCommand, { TableName: 'TaskStatus' }).resolves({ Item: anItem(task) });
  sqs.on(SendMessageBatchCommand).resolves({});
  return {
    handler,
    stored: () => dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => [input.TableName, input.Item!.owner?.S]),
    queued: () => sqs.commandCalls(SendMessageBatchCommand)
      .map(({ args: [{ input }] }) => [input.QueueUrl, JSON.parse(input.Entries![0].MessageBody!)]),
  };
}

const ofAda = (origin = 'https://app.example', authorizer: object = {}) => aConnect('c1', {
  multiValueHeaders: { 'Origin': [origin], 'X-Owner': ['ada'] }, requestContext: { authorizer },
});

test('the handler stores connections in the configured table, from the configured origins', async () => {
  const { handler, stored } = load();
  expect((await handler(ofAda(), aContext())).statusCode).toBe(200);
  expect((await handler(ofAda('https://evil.example'), aContext())).statusCode).toBe(403);
  expect(stored()).toEqual([['Live', 'ada']]);
});

test('without allowed origins and owners, pages can not connect, and others share their tasks', async () => {
  const { handler, stored } = load({ ALLOW_ORIGINS: undefined, OWNER: undefined });
  expect((await handler(ofAda(), aContext())).statusCode).toBe(403);
  expect((await handler(aConnect('c1'), aContext())).statusCode).toBe(200);
  expect(stored()).toEqual([['Live', undefined]]);
});

test('the handler queues the end of a connection if the constructs name its place', async () => {
  const { handler, queued } = load({ EXPIRY_CONTEXT_KEY: 'expiresAt' });
  const endsAt = Math.floor(Date.now() / 1000) + 300;
  expect((await handler(ofAda(undefined, { expiresAt: String(endsAt) }), aContext())).statusCode).toBe(200);
  expect(queued()).toEqual([[process.env.LIVE_QUEUE_URL, { connectionId: 'c1', endsAt }]]);
});

test('the handler answers messages', async () => {
  const { taskId, createdAt } = aTask();
  const message = { body: JSON.stringify({ action: 'watch', taskId }), requestContext: { connectionId: 'c1', eventType: 'MESSAGE' } };
  const { body } = await load().handler(aConnect('c1', message), aContext());
  expect(JSON.parse(body)).toEqual({ taskId, createdAt, version: 1, status: 'PENDING' });
});

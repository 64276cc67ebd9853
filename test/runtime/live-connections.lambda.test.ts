import '../support/environment';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import type { handler } from '../../src/runtime/live-connections.lambda';
import { aConnect } from '../support/a-live-world';
import { aContext, anItem, aTask } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const sqs = mockClient(SQSClient);

/** Loads the handler with the environment as it is. */
function load(): typeof handler {
  let loaded: typeof handler;
  jest.isolateModules(() => { loaded = (jest.requireActual('../../src/runtime/live-connections.lambda') as { handler: typeof handler }).handler; });
  return loaded!;
}

const ofAda = (origin = 'https://app.example', context: object = {}) => aConnect('c1', {
  multiValueHeaders: { 'Origin': [origin], 'X-Owner': ['ada'] }, requestContext: { authorizer: context },
});

beforeEach(() => {
  dynamodb.reset();
  sqs.reset();
  dynamodb.on(PutItemCommand).resolves({});
  sqs.on(SendMessageBatchCommand).resolves({});
});

test('the handler stores connections in the configured table, from the configured origins', async () => {
  expect((await load()(ofAda(), aContext())).statusCode).toBe(200);
  expect((await load()(ofAda('https://evil.example'), aContext())).statusCode).toBe(403);
  expect(dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => [input.TableName, input.Item!.owner])).toEqual([['Live', { S: 'ada' }]]);
});

test('without allowed origins and owners, pages can not connect, and others share their tasks', async () => {
  const { ALLOW_ORIGINS, OWNER } = process.env;
  delete process.env.ALLOW_ORIGINS;
  delete process.env.OWNER;
  const loaded = load();
  Object.assign(process.env, { ALLOW_ORIGINS, OWNER });
  expect((await loaded(ofAda(), aContext())).statusCode).toBe(403);
  expect((await loaded(aConnect('c1'), aContext())).statusCode).toBe(200);
  expect(dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => input.Item!.owner)).toEqual([undefined]);
});

test('the handler queues the end of a connection if the constructs name its place', async () => {
  process.env.EXPIRY_CONTEXT_KEY = 'expiresAt';
  const loaded = load();
  delete process.env.EXPIRY_CONTEXT_KEY;
  const endsAt = Math.floor(Date.now() / 1000) + 300;
  expect((await loaded(ofAda(undefined, { expiresAt: String(endsAt) }), aContext())).statusCode).toBe(200);
  const [{ args: [{ input }] }] = sqs.commandCalls(SendMessageBatchCommand);
  expect([input.QueueUrl, JSON.parse(input.Entries![0].MessageBody!)]).toEqual([process.env.LIVE_QUEUE_URL, { connectionId: 'c1', endsAt }]);
});

test('the handler answers messages', async () => {
  const task = aTask({ owner: 'ada' });
  dynamodb.on(GetItemCommand, { TableName: 'Live' }).resolves({ Item: marshall({ connectionId: 'c1', owner: 'ada', expiresAt: 1e10 }) });
  dynamodb.on(GetItemCommand, { TableName: 'TaskStatus' }).resolves({ Item: anItem({ ...task, deadlineAt: '2999-01-01T00:00:00.000Z' }) });
  const message = { body: JSON.stringify({ action: 'watch', taskId: task.taskId }), requestContext: { connectionId: 'c1', eventType: 'MESSAGE' } };
  const { body } = await load()(aConnect('c1', message), aContext());
  expect(JSON.parse(body)).toEqual({ taskId: task.taskId, createdAt: task.createdAt, version: 1, status: 'PENDING' });
});

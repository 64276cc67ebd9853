import '../support/environment';
import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/sweeper.lambda';
import { anItem, aTask, EVENT_SOURCE } from '../support/builders';
import { captureMetricLines } from '../support/log-lines';

const dynamodb = mockClient(DynamoDBClient);
const lambda = mockClient(LambdaClient);
const metricLines = captureMetricLines();

beforeEach(() => {
  dynamodb.reset();
  lambda.reset();
  dynamodb.on(QueryCommand).resolves({});
  jest.spyOn(console, 'warn').mockImplementation();
});

const SCHEDULED = { 'source': 'aws.events', 'detail-type': 'Scheduled Event' };

/** The context of a function that always has this much time left. */
const aContext = (...remainingMs: number[]) => ({
  functionName: 'Sweeper', getRemainingTimeInMillis: () => remainingMs.length > 1 ? remainingMs.shift() : remainingMs[0],
}) as unknown as Context;

const queries = () => dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input);

test('the handler sweeps the whole configured table', async () => {
  await handler(SCHEDULED, aContext(90_000));
  expect(new Set(queries().map(({ TableName }) => TableName))).toEqual(new Set(['TaskStatus']));
  expect(queries()).toHaveLength(40);
  expect(lambda.calls()).toEqual([]);
});

test('the handler measures how long the oldest check is overdue', async () => {
  dynamodb.on(QueryCommand).resolves({ Items: [anItem(aTask({ checkAt: '2026-01-01T00:00:00.000Z' }))] });
  dynamodb.on(UpdateItemCommand).resolves({});
  await handler({ handOver: { shards: [3] } }, aContext(90_000));
  expect(metricLines()).toEqual([expect.objectContaining({ TaskManager: EVENT_SOURCE, OldestOverdueCheckAge: expect.any(Number) })]);
});

test('the handler sweeps only the shards that were handed over', async () => {
  await handler({ handOver: { shards: [3, 5] } }, aContext(90_000));
  expect(queries().map(({ ExpressionAttributeValues }) => ExpressionAttributeValues![':shard'].S)).toEqual(['3', '5']);
});

test('the handler hands over shards to its own function asynchronously', async () => {
  await handler(SCHEDULED, aContext(90_000, 90_000, 79_000));
  const inputs = lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => input);
  expect(inputs).toHaveLength(4);
  expect(new Set(lambda.calls().map(({ thisValue }) => thisValue)).size).toBe(1);
  for (const input of inputs) expect(input).toMatchObject({ FunctionName: 'Sweeper', InvocationType: 'Event' });
  const event = JSON.parse(Buffer.from(inputs[0].Payload as Uint8Array).toString());
  expect(event).toEqual({ handOver: { shards: [1, 6, 11, 16, 21, 26, 31, 36] } });
});

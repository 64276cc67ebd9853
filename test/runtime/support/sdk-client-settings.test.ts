import { once } from 'node:events';
import { createServer, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ATTEMPT_MS, sdkClientSettings } from '../../../src/runtime/support/sdk-client-settings';
import { TimeBudget } from '../../../src/runtime/support/time-budget';

let now = 0;
let server: Server;
let dynamodb: DynamoDBClient;
let budget: TimeBudget;
let arrived: ServerResponse[];

beforeEach(async () => {
  arrived = [];
  server = createServer((_, response) => {
    arrived.push(response);
    server.emit('arrived');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  budget = new TimeBudget(() => now);
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'Date'] });
});

afterEach(() => {
  jest.useRealTimers();
  dynamodb.destroy();
  server.closeAllConnections();
  server.close();
});

/** Sends a call in an invocation that has this much time left before its reserve. */
function send(remainingMs: number, reserveMs = 0): Promise<unknown> {
  budget.begin({ getRemainingTimeInMillis: () => remainingMs + reserveMs });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  dynamodb = new DynamoDBClient({ ...sdkClientSettings({ reserveMs, budget }), endpoint, region: 'eu-west-1', credentials });
  return dynamodb.send(new ListTablesCommand());
}

/** Waits for a number of attempts. */
async function attempts(count: number): Promise<void> {
  while (arrived.length < count) await once(server, 'arrived');
}

/** Advances the time, including the pause before the next attempt. */
async function passTime(ms: number): Promise<void> {
  now += ms;
  await jest.advanceTimersByTimeAsync(ms);
  await jest.advanceTimersByTimeAsync(1_000);
}

const headers = { 'Content-Type': 'application/x-amz-json-1.0' };
const answer = (response: ServerResponse) => response.writeHead(200, headers).end('{"TableNames":["TaskStatus"]}');

test('an unanswered call is repeated, and its second attempt succeeds', async () => {
  const tables = send(25_000);
  await attempts(1);
  await passTime(ATTEMPT_MS);
  await attempts(2);
  answer(arrived[1]);
  expect(await tables).toMatchObject({ TableNames: ['TaskStatus'] });
});

test('a call whose response stops in the middle is repeated', async () => {
  const tables = send(25_000);
  await attempts(1);
  arrived[0].writeHead(200, headers).write('{"TableNames"');
  // Until the SDK client has read that.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  await passTime(ATTEMPT_MS);
  await attempts(2);
  answer(arrived[1]);
  expect(await tables).toMatchObject({ TableNames: ['TaskStatus'] });
});

test('a call that is never answered fails after three attempts', async () => {
  const failure = send(25_000).catch((error) => error);
  for (let attempt = 1; attempt <= 3; attempt++) {
    await attempts(attempt);
    await passTime(ATTEMPT_MS);
  }
  expect(await failure).toMatchObject({ name: 'TimeoutError' });
});

test('an attempt gets at most the time that is left, and no other one follows', async () => {
  const failure = send(ATTEMPT_MS + 2_000, 8_000).catch((error) => error);
  await attempts(1);
  await passTime(ATTEMPT_MS);
  await attempts(2);
  await passTime(2_000);
  expect(await failure).toMatchObject({ name: 'OutOfTime' });
  expect(arrived).toHaveLength(2);
});

test('the calls of an invocation share its time', async () => {
  const first = send(ATTEMPT_MS + 1_000);
  await attempts(1);
  await passTime(ATTEMPT_MS);
  await attempts(2);
  answer(arrived[1]);
  await first;
  const second = dynamodb.send(new ListTablesCommand()).catch((error) => error);
  await attempts(3);
  await passTime(1_000);
  expect(await second).toMatchObject({ name: 'OutOfTime' });
  expect(arrived).toHaveLength(3);
});

test('a call is not made if no time is left', async () => {
  await expect(send(0, 8_000)).rejects.toMatchObject({ name: 'OutOfTime' });
  expect(arrived).toHaveLength(0);
});

test('no call waits for a socket, because the wait would count as connection time', async () => {
  const calls = [send(25_000), ...Array.from({ length: 59 }, () => dynamodb.send(new ListTablesCommand()))];
  await attempts(60);
  arrived.forEach(answer);
  await Promise.all(calls);
});

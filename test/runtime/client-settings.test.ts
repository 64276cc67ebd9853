import { once } from 'node:events';
import { createServer, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CLIENT_SETTINGS } from '../../src/runtime/client-settings';

/** A function may take 29 seconds. */
const FUNCTION_MS = 29_000;

let server: Server;
let client: DynamoDBClient;
const arrived: ServerResponse[] = [];

beforeEach(async () => {
  arrived.length = 0;
  server = createServer((_, response) => {
    arrived.push(response);
    server.emit('arrived');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = new DynamoDBClient({ ...CLIENT_SETTINGS, endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'Date'] });
});

afterEach(() => {
  jest.useRealTimers();
  client.destroy();
  server.closeAllConnections();
  server.close();
});

test('a call that nobody answers is made again, and the answer to that is taken', async () => {
  const first = once(server, 'arrived');
  const tables = client.send(new ListTablesCommand());
  await first;
  const second = once(server, 'arrived');
  await passTime();
  await second;
  arrived[1].writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0' }).end('{"TableNames":["TaskStatus"]}');
  expect(await tables).toMatchObject({ TableNames: ['TaskStatus'] });
});

test('a call that is never answered fails before the time of the function is up', async () => {
  const failure = client.send(new ListTablesCommand()).catch((error) => error);
  for (let attempt = 1; attempt <= CLIENT_SETTINGS.maxAttempts; attempt++) {
    if (arrived.length < attempt) await once(server, 'arrived');
    await passTime();
  }
  expect(await failure).toMatchObject({ name: 'TimeoutError' });
  const { connectionTimeout, requestTimeout } = CLIENT_SETTINGS.requestHandler;
  expect(CLIENT_SETTINGS.maxAttempts * (connectionTimeout + requestTimeout)).toBeLessThan(FUNCTION_MS);
});

/** Lets the time of an attempt run out, and that before the next. */
async function passTime(): Promise<void> {
  await jest.advanceTimersByTimeAsync(CLIENT_SETTINGS.requestHandler.requestTimeout + 1_000);
}

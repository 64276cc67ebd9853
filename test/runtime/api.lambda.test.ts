import '../support/environment';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../src/runtime/api.lambda';
import { aContext, anItem, aRequest, aTask } from '../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

const headers = { 'Content-Type': 'application/json', 'X-Owner': 'ann', 'Origin': 'https://other.example' };
const post = (payload?: string) => handler(aRequest('POST /tasks', { headers, body: JSON.stringify({ type: 'export', payload }) }), aContext());
const written = () => unmarshall(dynamodb.commandCalls(PutItemCommand)[0].args[0].input.Item!);

test('the handler uses the configured table and timeout', async () => {
  expect((await post()).statusCode).toBe(202);
  expect(dynamodb.commandCalls(PutItemCommand)[0].args[0].input.TableName).toBe('TaskStatus');
  expect(Date.parse(written().deadlineAt) - Date.parse(written().createdAt)).toBe(86_400_000);
});

test('the handler finds the owner in the configured place', async () => {
  await post();
  expect(written()).toMatchObject({ owner: 'ann' });
});

test('the handler lets scripts from the configured origins read its replies', async () => {
  expect((await post()).headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://other.example' });
});

test('the handler accepts requests of the configured size', async () => {
  expect((await post('x'.repeat(65_536))).statusCode).toBe(413);
});

test('the handler waits for a task as long as configured', async () => {
  dynamodb.on(GetItemCommand)
    .resolvesOnce({ Item: anItem(aTask({ owner: 'ann', deadlineAt: '9999-01-01T00:00:00.000Z' })) })
    .resolves({ Item: anItem(aTask({ owner: 'ann', status: 'SUCCESSFUL' })) });
  const { body } = await handler(aRequest('GET /tasks/{taskId}', { headers: { ...headers, Prefer: 'wait=60' }, pathParameters: { taskId: aTask().taskId } }), aContext());
  expect(JSON.parse(body)).toMatchObject({ status: 'SUCCESSFUL' });
});

test('the handler works without an owner and without origins', async () => {
  const { OWNER, ALLOW_ORIGINS } = process.env;
  delete process.env.OWNER;
  delete process.env.ALLOW_ORIGINS;
  let loadedAgain: { handler: typeof handler };
  jest.isolateModules(() => { loadedAgain = jest.requireActual('../../src/runtime/api.lambda'); });
  Object.assign(process.env, { OWNER, ALLOW_ORIGINS });
  const reply = await loadedAgain!.handler(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: 'nobody' } }), aContext());
  expect(reply).toMatchObject({ statusCode: 404, headers: expect.not.objectContaining({ Vary: 'Origin' }) });
});

test('the handler returns a 503 before API Gateway ends the request', async () => {
  jest.spyOn(console, 'error').mockImplementation();
  dynamodb.restore();
  const reply = await handler(aRequest('POST /tasks', { headers, body: '{"type":"export"}' }), aContext(2_000));
  expect(reply).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '5' } });
});

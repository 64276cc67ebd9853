import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { anItem, aRequest, aTask } from '../builders';
import { anApi } from './an-api';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

test.each(['DELETE /tasks', 'POST /tasks/{taskId}', 'GET /', 'GET /tasks/{taskId}/cancel'])('a route that is not ours is not found: %s', async (route) => {
  expect(await anApi().answer(aRequest(route))).toMatchObject({
    statusCode: 404, body: JSON.stringify({ title: 'Not Found', status: 404, detail: 'there is no such resource' }),
  });
});

describe('with CORS', () => {
  const ORIGIN = 'https://app.example';
  const api = anApi({ allowOrigins: [ORIGIN] });
  const pathParameters = { taskId: aTask().taskId };
  const headers = { 'Content-Type': 'application/json', 'origin': ORIGIN };

  test('scripts may read the reply', async () => {
    const reply = await api.answer(aRequest('POST /tasks', { headers, body: '{"type":"export"}' }));
    expect(reply).toMatchObject({ statusCode: 202, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Vary': 'Origin', 'Location': expect.any(String) } });
  });

  test('scripts may read that nothing is new', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    const reply = await api.answer(aRequest('GET /tasks/{taskId}', { headers: { ...headers, 'If-None-Match': '"1"' }, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 304, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'ETag': '"1"' } });
  });

  test('scripts may read what is wrong', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    const reply = await api.answer(aRequest('GET /tasks/{taskId}', { headers, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 404, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Content-Type': 'application/problem+json' } });
  });
});

test('an error that is nobody\'s request is not hidden', async () => {
  dynamodb.on(PutItemCommand).rejects(new TypeError('a bug'));
  await expect(anApi().answer(aRequest('POST /tasks', { body: '{"type":"export"}' }))).rejects.toThrow('a bug');
});

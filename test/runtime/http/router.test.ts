import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { OutOfTime } from '../../../src/runtime/support/time-budget';
import { aRouter } from '../../support/a-router';
import { anItem, aRequest, aTask, TRACE } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

test.each(['DELETE /tasks', 'POST /tasks/{taskId}', 'GET /', 'GET /tasks/{taskId}/cancel'])('an unknown route gets a 404: %s', async (route) => {
  expect(await aRouter().answer(aRequest(route))).toMatchObject({
    statusCode: 404, body: JSON.stringify({ title: 'Not Found', status: 404, detail: 'there is no such resource' }),
  });
});

test.each(['DELETE /v1/tasks', 'POST /v1/tasks/{taskId}', 'GET /mytasks', 'GET /tasks/{taskId}/tasks/{id}', 'GET /tasks/other'])('an unknown route below a resource gets a 404: %s', async (route) => {
  expect(await aRouter().answer(aRequest(route))).toMatchObject({ statusCode: 404, body: expect.stringContaining('there is no such resource') });
});

describe.each(['/v1', '/tasks', '/tenants/{tenant}', '/tasks/{id}'])('below the resource %s of an API', (resource) => {
  const pathParameters = { taskId: aTask().taskId, tenant: 'a', id: 'b' };

  test('a task can be created, and its location is relative to the request', async () => {
    const reply = await aRouter().answer(aRequest(`POST ${resource}/tasks`, { pathParameters, body: '{"type":"export"}' }));
    expect(reply).toMatchObject({ statusCode: 202, headers: { Location: expect.stringMatching(/^tasks\/[\w-]+$/) } });
  });

  test('a task can be read and cancelled', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'CANCELLED' })) });
    for (const route of [`GET ${resource}/tasks/{taskId}`, `POST ${resource}/tasks/{taskId}/cancel`]) {
      expect(await aRouter().answer(aRequest(route, { pathParameters, headers: {} }))).toMatchObject({ statusCode: 200 });
    }
  });
});

describe('with CORS, scripts from an accepted origin', () => {
  const ORIGIN = 'https://app.example';
  const router = aRouter({ cors: { allowOrigins: [ORIGIN] } });
  const pathParameters = { taskId: aTask().taskId };
  const headers = { 'Content-Type': 'application/json', 'origin': ORIGIN };

  test('can read a new task', async () => {
    const reply = await router.answer(aRequest('POST /tasks', { headers, body: '{"type":"export"}' }));
    expect(reply).toMatchObject({ statusCode: 202, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Vary': 'Origin', 'Location': expect.any(String) } });
  });

  test('can read a 304', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    const reply = await router.answer(aRequest('GET /tasks/{taskId}', { headers: { ...headers, 'If-None-Match': '"1"' }, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 304, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'ETag': '"1"' } });
  });

  test('can read a problem', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    const reply = await router.answer(aRequest('GET /tasks/{taskId}', { headers, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 404, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Content-Type': 'application/problem+json' } });
  });
});

test('an unexpected error is thrown', async () => {
  dynamodb.on(PutItemCommand).rejects(new TypeError('a bug'));
  await expect(aRouter().answer(aRequest('POST /tasks', { body: '{"type":"export"}' }))).rejects.toThrow('a bug');
});

describe('a request that cannot be answered in time', () => {
  const unanswered = () => Object.assign(new Error('secret'), { name: 'TimeoutError' });
  const body = '{"type":"export"}';
  const detailOf = (reply: { body: string }) => JSON.parse(reply.body).detail;

  beforeEach(() => jest.spyOn(console, 'error').mockImplementation());

  test.each([new OutOfTime(), unanswered()])('gets a 503 with a Retry-After: %p', async (error) => {
    dynamodb.on(GetItemCommand).rejects(error);
    const reply = await aRouter().answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: aTask().taskId }, headers: {} }));
    expect(reply).toEqual({
      statusCode: 503,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Retry-After': '5' },
      body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'the request could not be answered in time: send it again' }),
    });
  });

  test('can be repeated safely if it creates a task with an Idempotency-Key', async () => {
    dynamodb.on(PutItemCommand).rejects(new OutOfTime());
    const reply = await aRouter().answer(aRequest('POST /tasks', { body, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'once' } }));
    expect(detailOf(reply)).toBe('the request could not be answered in time: it may have created a task; send it again with the same Idempotency-Key');
  });

  test('gets a warning about a second task if it creates one without an Idempotency-Key', async () => {
    dynamodb.on(PutItemCommand).rejects(new OutOfTime());
    expect(detailOf(await aRouter().answer(aRequest('POST /tasks', { body })))).toBe('the request could not be answered in time: it may have created '
      + 'a task, and another one if it is sent again; an Idempotency-Key prevents that');
  });

  test('can be repeated safely if it cancels a task', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    dynamodb.on(UpdateItemCommand).rejects(new OutOfTime());
    const reply = await aRouter().answer(aRequest('POST /tasks/{taskId}/cancel', { pathParameters: { taskId: aTask().taskId }, headers: {} }));
    expect(detailOf(reply)).toBe('the request could not be answered in time: send it again');
  });

  test('is logged without its contents', async () => {
    dynamodb.on(PutItemCommand).rejects(unanswered());
    const headers = { 'Content-Type': 'application/json', 'traceparent': TRACE.traceparent };
    await aRouter().answer(aRequest('POST /tasks', { body: '{"type":"export","payload":"secret"}', headers }));
    const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
    expect(jest.mocked(console.error).mock.calls).toEqual([[{
      message: 'request could not be answered in time',
      request: 'POST /tasks',
      taskId: input.Item!.taskId.S,
      taskType: 'export',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      error: 'TimeoutError',
    }]]);
  });

  test('is logged with the task in its path', async () => {
    dynamodb.on(GetItemCommand).rejects(unanswered());
    await aRouter().answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: aTask().taskId }, headers: {} }));
    expect(jest.mocked(console.error).mock.calls).toEqual([
      [{ message: 'request could not be answered in time', request: 'GET /tasks/{taskId}', taskId: aTask().taskId, error: 'TimeoutError' }],
    ]);
  });
});

import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { OutOfTime } from '../../../src/runtime/support/time-budget';
import { aRouter } from '../../support/a-router';
import { anItem, aRequest, aTask } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

test.each(['DELETE /tasks', 'POST /tasks/{taskId}', 'GET /', 'GET /tasks/{taskId}/cancel'])('a route that is not ours is not found: %s', async (route) => {
  expect(await aRouter().answer(aRequest(route))).toMatchObject({
    statusCode: 404, body: JSON.stringify({ title: 'Not Found', status: 404, detail: 'there is no such resource' }),
  });
});

describe('with CORS', () => {
  const ORIGIN = 'https://app.example';
  const router = aRouter({ allowOrigins: [ORIGIN] });
  const pathParameters = { taskId: aTask().taskId };
  const headers = { 'Content-Type': 'application/json', 'origin': ORIGIN };

  test('scripts may read the reply', async () => {
    const reply = await router.answer(aRequest('POST /tasks', { headers, body: '{"type":"export"}' }));
    expect(reply).toMatchObject({ statusCode: 202, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Vary': 'Origin', 'Location': expect.any(String) } });
  });

  test('scripts may read that nothing is new', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    const reply = await router.answer(aRequest('GET /tasks/{taskId}', { headers: { ...headers, 'If-None-Match': '"1"' }, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 304, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'ETag': '"1"' } });
  });

  test('scripts may read what is wrong', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    const reply = await router.answer(aRequest('GET /tasks/{taskId}', { headers, pathParameters }));
    expect(reply).toMatchObject({ statusCode: 404, headers: { 'Access-Control-Allow-Origin': ORIGIN, 'Content-Type': 'application/problem+json' } });
  });
});

test('an error that is nobody\'s request is not hidden', async () => {
  dynamodb.on(PutItemCommand).rejects(new TypeError('a bug'));
  await expect(aRouter().answer(aRequest('POST /tasks', { body: '{"type":"export"}' }))).rejects.toThrow('a bug');
});

describe('a request that can not be answered in time', () => {
  const unanswered = () => Object.assign(new Error('secret'), { name: 'TimeoutError' });
  const body = '{"type":"export"}';
  const detailOf = (reply: { body: string }) => JSON.parse(reply.body).detail;

  beforeEach(() => jest.spyOn(console, 'error').mockImplementation());

  test.each([new OutOfTime(), unanswered()])('is a problem that says when to send it again: %p', async (error) => {
    dynamodb.on(GetItemCommand).rejects(error);
    const reply = await aRouter().answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: aTask().taskId }, headers: {} }));
    expect(reply).toEqual({
      statusCode: 503,
      headers: { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', 'Retry-After': '5' },
      body: JSON.stringify({ title: 'Service Unavailable', status: 503, detail: 'the request could not be answered in time: send it again' }),
    });
  });

  test('may have created a task, which its key protects from a second one', async () => {
    dynamodb.on(PutItemCommand).rejects(new OutOfTime());
    const reply = await aRouter().answer(aRequest('POST /tasks', { body, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'once' } }));
    expect(detailOf(reply)).toBe('the request could not be answered in time: it may have created a task; send it again with the same Idempotency-Key');
  });

  test('may have created a task, and warns of a second one if it has no key', async () => {
    dynamodb.on(PutItemCommand).rejects(new OutOfTime());
    expect(detailOf(await aRouter().answer(aRequest('POST /tasks', { body })))).toBe('the request could not be answered in time: it may have created '
      + 'a task, and another one if it is sent again; an Idempotency-Key prevents that');
  });

  test('can be sent again when it was to cancel a task', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    dynamodb.on(UpdateItemCommand).rejects(new OutOfTime());
    const reply = await aRouter().answer(aRequest('POST /tasks/{taskId}/cancel', { pathParameters: { taskId: aTask().taskId }, headers: {} }));
    expect(detailOf(reply)).toBe('the request could not be answered in time: send it again');
  });

  test('is logged without what it was about', async () => {
    dynamodb.on(PutItemCommand).rejects(unanswered());
    await aRouter().answer(aRequest('POST /tasks', { body }));
    expect(jest.mocked(console.error).mock.calls).toEqual([
      [{ message: 'request could not be answered in time', request: 'POST /tasks', error: 'TimeoutError' }],
    ]);
  });
});

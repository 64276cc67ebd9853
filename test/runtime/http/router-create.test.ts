import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { TaskTypes } from '../../../src/runtime/http/task-types';
import { aRouter } from '../../support/a-router';
import { aFailedCondition, aRequest, aTask, at, TRACE } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

const post = (body: object, options = {}) => aRouter(options).answer(aRequest('POST /tasks', { body: JSON.stringify(body) }));
const request = { type: 'export', payload: { table: 'customers' } };

test('POST /tasks returns 202 with the task, its Location and a Retry-After', async () => {
  const { statusCode, headers, body } = await post(request);
  const task = JSON.parse(body);
  expect(statusCode).toBe(202);
  expect(task).toEqual({
    taskId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    type: 'export',
    status: 'PENDING',
    payload: { table: 'customers' },
    createdAt: at(0),
    updatedAt: at(0),
    deadlineAt: at(3600),
    history: [{ status: 'PENDING', at: at(0) }],
  });
  expect(headers).toEqual({
    'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'ETag': '"1"', 'Retry-After': '1', 'Location': `tasks/${task.taskId}`,
  });
});

test.each([
  ['a stage', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks', '/tasks'],
  ['a slash at its end', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks/', '/tasks/'],
  ['a query', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks/?code=a/b', '/tasks/'],
  ['several slashes at its end', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks///', '/tasks///'],
  ['a custom domain', 'https://tasks.example.com/tasks/', '/tasks/'],
  ['a base path', 'https://api.example.com/v1/tasks', '/v1/tasks'],
  ['a base path, and a slash at its end', 'https://api.example.com/v1/tasks/', '/v1/tasks/'],
  ['a base path and the stage', 'https://api.example.com/sales/v1/prod/tasks/', '/sales/v1/prod/tasks/'],
  ['the path of a proxy', 'https://www.example.com/api/tasks/', '/tasks/'],
])('the Location of a new task resolves to it if the URL of the request has %s', async (_, url, path) => {
  const { headers, body } = await aRouter().answer(aRequest('POST /tasks', { path, body: JSON.stringify(request) }));
  expect(new URL(String(headers!.Location), url).href).toBe(`${url.replace(/\/tasks\/.*/, '/tasks')}/${JSON.parse(body).taskId}`);
});

describe('POST /tasks stores the trace context', () => {
  const stored = async (headers: Record<string, string>) => {
    const { statusCode, headers: reply, body } = await aRouter().answer(aRequest('POST /tasks', {
      headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(request),
    }));
    expect(statusCode).toBe(202);
    expect(JSON.stringify(reply) + body).not.toMatch(/trace/i);
    const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
    const { traceparent, tracestate } = unmarshall(input.Item!);
    return { traceparent, tracestate };
  };

  test('of the request', async () => {
    expect(await stored({ ...TRACE })).toEqual(TRACE);
  });

  test.each<Record<string, string>>([{}, { traceparent: 'ff', tracestate: TRACE.tracestate }, { tracestate: TRACE.tracestate }])('that it makes if there is no valid one: %j', async (headers) => {
    expect(await stored(headers)).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) });
  });
});

test('POST /tasks replies only after the task is written', async () => {
  let written = () => {};
  dynamodb.on(PutItemCommand).callsFake(() => new Promise<void>((resolve) => { written = resolve; }));
  let answered = false;
  const reply = post(request).then(() => { answered = true; });
  await new Promise(setImmediate);
  expect(answered).toBe(false);
  written();
  await reply;
  expect(dynamodb.commandCalls(PutItemCommand)).toHaveLength(1);
});

test.each([
  ['the default timeout if the request has none', {}, at(3600)],
  ['the timeout of the request', { timeoutSeconds: 60 }, at(60)],
  ['the timeout of the request if it is the maximum', { timeoutSeconds: 3600 }, at(3600)],
])('a new task gets %s', async (_, timeoutSeconds, deadlineAt) => {
  expect(JSON.parse((await post({ ...request, ...timeoutSeconds })).body)).toMatchObject({ deadlineAt });
  const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
  expect(unmarshall(input.Item!)).toMatchObject({ deadlineAt, checkAt: deadlineAt });
});

test('POST /tasks refuses a timeout over the maximum, and writes nothing', async () => {
  const { statusCode, body } = await post({ ...request, timeoutSeconds: 3601 });
  expect(statusCode).toBe(422);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ pointer: '#/timeoutSeconds', detail: 'must be at most 3600' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('POST /tasks returns a long payload, which is stored in its own item', async () => {
  const payload = 'x'.repeat(5000);
  expect(JSON.parse((await post({ ...request, payload })).body)).toMatchObject({ payload });
  expect(dynamodb.commandCalls(GetItemCommand)).toEqual([]);
});

test('POST /tasks returns the payload unchanged', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), async (payload) => {
    // JSON has no -0.
    expect(JSON.parse((await post({ ...request, payload })).body).payload).toEqual(JSON.parse(JSON.stringify(payload)));
  }));
});

test('a task that cannot be written is an error of the server', async () => {
  dynamodb.on(PutItemCommand).rejects(new Error('no table'));
  await expect(post(request)).rejects.toThrow('no table');
});

test('POST /tasks writes nothing if the request is malformed', async () => {
  const { statusCode, headers } = await post({});
  expect(statusCode).toBe(400);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  expect(dynamodb.calls()).toEqual([]);
});

test('POST /tasks writes nothing if the body is too large', async () => {
  const { statusCode } = await post(request, { maxRequestBytes: 10 });
  expect(statusCode).toBe(413);
  expect(dynamodb.calls()).toEqual([]);
});

test('POST /tasks writes nothing if the task type is not accepted', async () => {
  const { statusCode, body } = await post(request, { taskTypes: new TaskTypes([{ taskType: 'report' }]) });
  expect(statusCode).toBe(422);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ pointer: '#/type', detail: 'must be one of report' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('POST /tasks writes nothing if the check of the payload takes too long', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const taskTypes = new TaskTypes([{ taskType: request.type, payloadSchema: { pattern: '^(a+)+$' } }], 20);
  const { statusCode, headers } = await post({ ...request, payload: `${'a'.repeat(50)}b` }, { taskTypes });
  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Retry-After': '5' });
  expect(dynamodb.calls()).toEqual([]);
  expect(warn.mock.calls).toEqual([[{ message: 'payload check took too long', taskType: 'export', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) }]]);
  warn.mockRestore();
});

test('POST /tasks never overwrites a task', async () => {
  dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(-60) })));
  await expect(post(request)).rejects.toThrow(/^task id [0-9a-f-]{36} is already in use$/);
});

test('POST /tasks returns 202 if the SDK repeats its call and finds the task that it has written', async () => {
  dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(0) })));
  const { statusCode, headers } = await post(request);
  expect(statusCode).toBe(202);
  expect(headers).not.toHaveProperty('Idempotent-Replayed');
});

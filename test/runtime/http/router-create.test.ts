import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { TaskTypes } from '../../../src/runtime/http/task-types';
import { aRouter } from '../../support/a-router';
import { aFailedCondition, aRequest, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

const post = (body: object, options = {}) => aRouter(options).answer(aRequest('POST /tasks', { body: JSON.stringify(body) }));
const request = { type: 'export', payload: { table: 'customers' } };

test('answers 202 with the task, where to poll it and when', async () => {
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
  ['the stage', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks', '/tasks'],
  ['a slash at its end', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks/', '/tasks/'],
  ['a query', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks/?code=a/b', '/tasks/'],
  ['several slashes at its end', 'https://id.execute-api.us-east-1.amazonaws.com/prod/tasks///', '/tasks///'],
  ['a domain of its own', 'https://tasks.example.com/tasks/', '/tasks/'],
  ['a base path', 'https://api.example.com/v1/tasks', '/v1/tasks'],
  ['a base path, and a slash at its end', 'https://api.example.com/v1/tasks/', '/v1/tasks/'],
  ['a base path and the stage', 'https://api.example.com/sales/v1/prod/tasks/', '/sales/v1/prod/tasks/'],
  ['a path of a proxy', 'https://www.example.com/api/tasks/', '/tasks/'],
])('says where the task is, also when the URL of the request has %s', async (_, url, path) => {
  const { headers, body } = await aRouter().answer(aRequest('POST /tasks', { path, body: JSON.stringify(request) }));
  expect(new URL(String(headers!.Location), url).href).toBe(`${url.replace(/\/tasks\/.*/, '/tasks')}/${JSON.parse(body).taskId}`);
});

test('answers only after the task is written', async () => {
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
  ['of the manager when the request asks for none', {}, at(3600)],
  ['that the request asks for', { timeoutSeconds: 60 }, at(60)],
  ['of the manager when the request asks for just that', { timeoutSeconds: 3600 }, at(3600)],
])('gives the task the time %s', async (_, timeoutSeconds, deadlineAt) => {
  expect(JSON.parse((await post({ ...request, ...timeoutSeconds })).body)).toMatchObject({ deadlineAt });
  const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
  expect(unmarshall(input.Item!)).toMatchObject({ deadlineAt, checkAt: deadlineAt });
});

test('refuses a task that asks for more time than the manager gives, and writes nothing', async () => {
  const { statusCode, body } = await post({ ...request, timeoutSeconds: 3601 });
  expect(statusCode).toBe(422);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ pointer: '#/timeoutSeconds', detail: 'must be at most 3600' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('answers with a long payload that the table holds in an item of its own', async () => {
  const payload = 'x'.repeat(5000);
  expect(JSON.parse((await post({ ...request, payload })).body)).toMatchObject({ payload });
  expect(dynamodb.commandCalls(GetItemCommand)).toEqual([]);
});

test('answers with the payload as it came', async () => {
  await fc.assert(fc.asyncProperty(fc.jsonValue(), async (payload) => {
    // As JSON has it: there is no -0.
    expect(JSON.parse((await post({ ...request, payload })).body).payload).toEqual(JSON.parse(JSON.stringify(payload)));
  }));
});

test('shows a task that is not written as an error of the server', async () => {
  dynamodb.on(PutItemCommand).rejects(new Error('no table'));
  await expect(post(request)).rejects.toThrow('no table');
});

test('writes nothing of a bad request', async () => {
  const { statusCode, headers } = await post({});
  expect(statusCode).toBe(400);
  expect(headers).toEqual({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  expect(dynamodb.calls()).toEqual([]);
});

test('writes nothing of a task that is too large', async () => {
  const { statusCode } = await post(request, { maxRequestBytes: 10 });
  expect(statusCode).toBe(413);
  expect(dynamodb.calls()).toEqual([]);
});

test('writes nothing of a task whose type is not allowed', async () => {
  const { statusCode, body } = await post(request, { taskTypes: new TaskTypes([{ taskType: 'report' }]) });
  expect(statusCode).toBe(422);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ pointer: '#/type', detail: 'must be one of report' }] });
  expect(dynamodb.calls()).toEqual([]);
});

test('writes nothing of a task whose payload takes too long to check', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const taskTypes = new TaskTypes([{ taskType: request.type, payloadSchema: { pattern: '^(a+)+$' } }], 20);
  const { statusCode, headers } = await post({ ...request, payload: `${'a'.repeat(50)}b` }, { taskTypes });
  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Retry-After': '5' });
  expect(dynamodb.calls()).toEqual([]);
  warn.mockRestore();
});

test('never overwrites a task', async () => {
  dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(-60) })));
  await expect(post(request)).rejects.toThrow(/^task id [0-9a-f-]{36} is already in use$/);
});

test('answers 202 when the SDK made its call again, and met the task that it had written', async () => {
  dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(0) })));
  const { statusCode, headers } = await post(request);
  expect(statusCode).toBe(202);
  expect(headers).not.toHaveProperty('Idempotent-Replayed');
});

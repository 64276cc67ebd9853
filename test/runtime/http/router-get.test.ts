import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { ResultUrls } from '../../../src/runtime/http/result-urls';
import { aRouter } from '../../support/a-router';
import { aContentItem, aFailedCondition, anItem, aRequest, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => dynamodb.reset());

const get = (now = at(0), taskId = aTask().taskId, headers = {}) => (
  aRouter({ now: () => new Date(now) }).answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId }, headers }))
);

test('GET /tasks/{taskId} returns the task with a Retry-After', async () => {
  dynamodb.on(GetItemCommand).resolves({
    Item: anItem(aTask({
      status: 'RUNNING',
      version: 2,
      progress: { percent: 50, message: 'half' },
      sequence: 1,
      startedAt: at(1),
      updatedAt: at(1),
      checkAt: at(3600),
      heartbeatAt: at(1),
      heartbeatSeconds: 600,
      requestDigest: 'digest',
    })),
  });
  const { statusCode, headers, body } = await get(at(60));
  expect(statusCode).toBe(200);
  expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '6', 'ETag': '"2"' });
  expect(JSON.parse(body)).toEqual({
    taskId: aTask().taskId,
    type: 'export',
    status: 'RUNNING',
    progress: { percent: 50, message: 'half' },
    createdAt: at(0),
    updatedAt: at(1),
    startedAt: at(1),
    deadlineAt: at(3600),
    history: [{ status: 'PENDING', at: at(0) }, { status: 'RUNNING', at: at(1) }],
  });
});

test('a task without long contents is read by one call', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ payload: '1' })) });
  await get();
  expect(dynamodb.calls()).toHaveLength(1);
});

test('an ended task is returned with its result and without a Retry-After', async () => {
  dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'SUCCESSFUL', result: '{"rows":3}', endedAt: at(2) })) });
  const { headers, body } = await get();
  expect(JSON.parse(body)).toMatchObject({ status: 'SUCCESSFUL', result: { rows: 3 }, endedAt: at(2) });
  expect(headers).not.toHaveProperty('Retry-After');
});

describe('a task with a result object', () => {
  const key = `tasks/export/${aTask().taskId}/5f1d`;
  const resultUrls = new ResultUrls({ region: 'eu-west-1', url: new URL('https://results.s3.eu-west-1.amazonaws.com') });
  const getResult = (now: string, headers = {}) => aRouter({ resultUrls, now: () => new Date(now) }).answer(
    aRequest('GET /tasks/{taskId}', { pathParameters: { taskId: aTask().taskId }, headers }),
  );

  beforeEach(() => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' });
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'SUCCESSFUL', version: 3, resultObject: { key }, endedAt: at(2) })) });
  });

  test('is returned with a signed URL, and not with the key', async () => {
    const task = JSON.parse((await getResult(at(10))).body);
    expect(task).toMatchObject({ resultUrl: expect.stringContaining(`.com/${key}?`), resultUrlExpiresAt: at(910) });
    expect(task).not.toHaveProperty('resultObject');
  });

  test('is returned without a URL if the TaskManager has no result bucket', async () => {
    expect(JSON.parse((await get()).body)).not.toHaveProperty('resultUrl');
  });

  test('has an ETag that a 304 confirms only while the URL is valid for ten more minutes', async () => {
    const first = await getResult(at(0));
    const IfNoneMatch = { 'If-None-Match': String(first.headers!.ETag) };
    const until = Date.parse(JSON.parse(first.body).resultUrlExpiresAt);
    expect((await getResult(at(299), IfNoneMatch)).statusCode).toBe(304);
    expect(until - Date.parse(at(299))).toBeGreaterThan(600_000);
    const later = await getResult(at(300), IfNoneMatch);
    expect(later.statusCode).toBe(200);
    expect(later.headers!.ETag).not.toBe(first.headers!.ETag);
  });
});

test('a task is returned with its long contents, which are stored in their own items', async () => {
  const task = aTask({ status: 'SUCCESSFUL', payloadItem: 'payload#1', resultItem: 'result#1', endedAt: at(2) });
  dynamodb.on(GetItemCommand).callsFake(({ Key: { item } }) => ({
    'task': { Item: anItem(task) },
    'payload#1': { Item: aContentItem(task.taskId, 'payload#1', '"in"') },
    'result#1': { Item: aContentItem(task.taskId, 'result#1', '"out"') },
  })[item.S as string]);
  expect(JSON.parse((await get()).body)).toMatchObject({ payload: 'in', result: 'out' });
});

test('GET /tasks/{taskId} returns 404 for an unknown task', async () => {
  dynamodb.on(GetItemCommand).resolves({});
  const { statusCode, body } = await get();
  expect(statusCode).toBe(404);
  expect(JSON.parse(body)).toEqual({ title: 'Not Found', status: 404, detail: 'there is no such task' });
});

test.each(['a'.repeat(65), 'a'.repeat(35), 'a b', '../tasks', aTask().taskId.toUpperCase()])(
  'GET /tasks/{taskId} returns 404 for %j, which is not a task id, without reading the table',
  async (taskId) => {
    expect((await get(at(0), taskId)).statusCode).toBe(404);
    expect(dynamodb.calls()).toEqual([]);
  },
);

describe('GET /tasks/{taskId} with If-None-Match', () => {
  const getIfNoneMatch = (entityTag: string, now = at(60)) => get(now, aTask().taskId, { 'if-none-match': entityTag });

  beforeEach(() => dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'RUNNING', version: 7, payloadItem: 'payload#1' })) }));

  test.each(['"7"', 'W/"7"', '*', ' * ', '"6", "7"', '"6" ,W/"7"', '"7",'])('%j returns 304 with a Retry-After for version 7', async (entityTag) => {
    expect(await getIfNoneMatch(entityTag)).toEqual({
      statusCode: 304, headers: { 'ETag': '"7"', 'Cache-Control': 'no-store', 'Retry-After': '6' }, body: '',
    });
  });

  test('returns 304 without reading long contents', async () => {
    await getIfNoneMatch('"7"');
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test.each(['"6"', '7', '"77"', '', '"6", "8"', 'w/"7"'])('%j returns 200 with the task for version 7', async (entityTag) => {
    const { statusCode, headers, body } = await getIfNoneMatch(entityTag);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ ETag: '"7"' });
    expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
  });

  test('returns 304 without a Retry-After for an ended task', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'SUCCESSFUL', version: 7 })) });
    expect(await getIfNoneMatch('"7"')).toEqual({ statusCode: 304, headers: { 'ETag': '"7"', 'Cache-Control': 'no-store' }, body: '' });
  });

  test('returns 404 for an unknown task', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    expect((await getIfNoneMatch('*')).statusCode).toBe(404);
  });

  test('returns 200 if the version that the caller has is overdue', async () => {
    const failed = aTask({ status: 'FAILED', version: 8, endedAt: at(3600) });
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(failed) });
    const { statusCode, headers, body } = await getIfNoneMatch('"7"', at(3600));
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ ETag: '"8"' });
    expect(JSON.parse(body)).toMatchObject({ status: 'FAILED' });
  });
});

describe('GET /tasks/{taskId} of an overdue task', () => {
  const overdue = aTask({ status: 'RUNNING', version: 2, checkAt: at(3600) });
  const error = { code: 'TaskTimeout', message: 'the task did not end before its deadline' };

  beforeEach(() => dynamodb.on(GetItemCommand).resolves({ Item: anItem(overdue) }));

  test('ends the task, then returns it as FAILED', async () => {
    let write = () => {};
    const failed = aTask({ status: 'FAILED', version: 3, error, endedAt: at(3600) });
    dynamodb.on(UpdateItemCommand).callsFake(() => new Promise((resolve) => { write = () => resolve({ Attributes: anItem(failed) }); }));
    let answered = false;
    const reply = get(at(3600)).finally(() => { answered = true; });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    write();
    const { headers, body } = await reply;
    expect(JSON.parse(body)).toMatchObject({ status: 'FAILED', error, endedAt: at(3600) });
    expect(headers).not.toHaveProperty('Retry-After');
    expect(unmarshall(dynamodb.commandCalls(UpdateItemCommand)[0].args[0].input.ExpressionAttributeValues!)).toMatchObject({ ':status': 'FAILED', ':error': error });
  });

  test('writes nothing before the deadline', async () => {
    const { body } = await get(at(3599.999));
    expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
    expect(dynamodb.commandCalls(UpdateItemCommand)).toEqual([]);
  });

  test('returns the end that was written first by another call', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL', version: 3, result: '1', endedAt: at(3599) })));
    expect(JSON.parse((await get(at(3600))).body)).toMatchObject({ status: 'SUCCESSFUL', result: 1 });
  });

  test('returns RUNNING if a heartbeat was written first', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem({ ...overdue, heartbeatAt: at(10), heartbeatSeconds: 10 }) });
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition({ ...overdue, heartbeatAt: at(20), heartbeatSeconds: 10 }));
    const { headers, body } = await get(at(20));
    expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
    expect(headers).toMatchObject({ 'Retry-After': '2' });
  });

  test('returns 404 if the table has removed the task meanwhile', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect((await get(at(3600))).statusCode).toBe(404);
  });

  test('is an error of the server if the end cannot be written', async () => {
    dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
    await expect(get(at(3600))).rejects.toThrow('throttled');
  });
});

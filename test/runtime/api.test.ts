import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Api } from '../../src/runtime/api';
import { TaskStore } from '../../src/runtime/task-store';
import { aContentItem, aFailedCondition, anItem, aRequest, aTask, at } from '../builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => dynamodb.reset());

const answer = (request: ReturnType<typeof aRequest>, now = at(0)) =>
  new Api({ store, taskTimeoutSeconds: 3600, now: () => new Date(now) }).answer(request);

describe('POST /tasks', () => {
  const post = (body: object) => answer(aRequest('POST /tasks', { body: JSON.stringify(body) }));
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
      'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '1', 'Location': `tasks/${task.taskId}`,
    });
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

  test('never overwrites a task', async () => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(-60) })));
    await expect(post(request)).rejects.toThrow('The conditional request failed');
  });

  test('answers 202 when the SDK made its call again, and met the task that it had written', async () => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(0) })));
    expect((await post(request)).statusCode).toBe(202);
  });
});

describe('GET /tasks/{taskId}', () => {
  const get = (now = at(0), taskId = aTask().taskId) => answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId } }), now);

  test('answers with the task and when to ask again', async () => {
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
      })),
    });
    const { statusCode, headers, body } = await get(at(60));
    expect(statusCode).toBe(200);
    expect(headers).toEqual({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'Retry-After': '6' });
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

  test('reads a task without long contents in one call', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ payload: '1' })) });
    await get();
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('gives the result of a task that ended, and no time to ask again', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask({ status: 'SUCCESSFUL', result: '{"rows":3}', endedAt: at(2) })) });
    const { headers, body } = await get();
    expect(JSON.parse(body)).toMatchObject({ status: 'SUCCESSFUL', result: { rows: 3 }, endedAt: at(2) });
    expect(headers).not.toHaveProperty('Retry-After');
  });

  test('gives long contents, which the table holds in items of their own', async () => {
    const task = aTask({ status: 'SUCCESSFUL', payloadItem: 'payload#1', resultItem: 'result#1', endedAt: at(2) });
    dynamodb.on(GetItemCommand).callsFake(({ Key: { item } }) => ({
      'task': { Item: anItem(task) },
      'payload#1': { Item: aContentItem(task.taskId, 'payload#1', '"in"') },
      'result#1': { Item: aContentItem(task.taskId, 'result#1', '"out"') },
    })[item.S as string]);
    expect(JSON.parse((await get()).body)).toMatchObject({ payload: 'in', result: 'out' });
  });

  test('answers 404 for a task that does not exist', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    const { statusCode, body } = await get();
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toEqual({ title: 'Not Found', status: 404, detail: 'there is no such task' });
  });

  test.each(['a'.repeat(65), 'a b', '../tasks'])('answers 404 for %j, which no task is called, without asking the table', async (taskId) => {
    const { statusCode } = await answer(aRequest('GET /tasks/{taskId}', { pathParameters: { taskId } }));
    expect(statusCode).toBe(404);
    expect(dynamodb.calls()).toEqual([]);
  });

  describe('of an overdue task', () => {
    const overdue = aTask({ status: 'RUNNING', version: 2, checkAt: at(3600) });
    const error = { code: 'TaskTimeout', message: `the task did not end before its deadline, ${at(3600)}` };

    beforeEach(() => dynamodb.on(GetItemCommand).resolves({ Item: anItem(overdue) }));

    test('answers FAILED, once that is written', async () => {
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

    test('writes nothing while there is time', async () => {
      const { body } = await get(at(3599.999));
      expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
      expect(dynamodb.commandCalls(UpdateItemCommand)).toEqual([]);
    });

    test('answers with the end that somebody else wrote first', async () => {
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL', version: 3, result: '1', endedAt: at(3599) })));
      expect(JSON.parse((await get(at(3600))).body)).toMatchObject({ status: 'SUCCESSFUL', result: 1 });
    });

    test('answers RUNNING when a heartbeat came first', async () => {
      dynamodb.on(GetItemCommand).resolves({ Item: anItem({ ...overdue, heartbeatAt: at(10), heartbeatSeconds: 10 }) });
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition({ ...overdue, heartbeatAt: at(20), heartbeatSeconds: 10 }));
      const { headers, body } = await get(at(20));
      expect(JSON.parse(body)).toMatchObject({ status: 'RUNNING' });
      expect(headers).toMatchObject({ 'Retry-After': '2' });
    });

    test('answers 404 when the table removed it meanwhile', async () => {
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
      expect((await get(at(3600))).statusCode).toBe(404);
    });

    test('is an error of the server when its end can not be written', async () => {
      dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
      await expect(get(at(3600))).rejects.toThrow('throttled');
    });
  });
});

test('a route that is not ours is not found', async () => {
  expect(await answer(aRequest('DELETE /tasks'))).toMatchObject({
    statusCode: 404, body: JSON.stringify({ title: 'Not Found', status: 404, detail: 'there is no such resource' }),
  });
});

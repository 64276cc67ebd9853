import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ownerFrom } from '../../../src/runtime/http/owner';
import { aConnect, LiveWorld } from '../../support/a-live-world';
import { aTask, at, NOW } from '../../support/builders';

const task = aTask({ owner: 'ada', status: 'RUNNING', version: 2, progress: { percent: 40 } });
const { taskId } = task;
const STATE = { taskId, createdAt: task.createdAt, version: 2, status: 'RUNNING', progress: { percent: 40 } };
const NO_SUCH_TASK = { error: { code: 'NoSuchTask', message: 'there is no such task' }, action: 'watch', taskId };
const SECONDS = NOW.getTime() / 1000;

let world: LiveWorld;

beforeEach(async () => {
  world = new LiveWorld();
  await world.store.create(task);
  await world.connect('c1', 'ada');
});

test('the answer to a watch is the state of the task', async () => {
  expect(await world.ask('c1', { action: 'watch', taskId })).toEqual(STATE);
  expect(world.connections.watchersOf(`task#${taskId}`)).toEqual(['c1']);
});

test('the watch is stored before the state is read, so that no change falls between', async () => {
  const change = jest.fn(async () => {
    await world.store.cancel(taskId, NOW);
    return {};
  });
  world.dynamodb.on(PutItemCommand, { TableName: 'Live' }).callsFake(change);

  expect(await world.ask('c1', { action: 'watch', taskId })).toMatchObject({ version: 3, status: 'CANCELLED' });
  expect(change).toHaveBeenCalledTimes(1);
});

test('a task that has ended is not watched, because it does not change', async () => {
  await world.store.cancel(taskId, NOW);
  expect(await world.ask('c1', { action: 'watch', taskId })).toMatchObject({ status: 'CANCELLED' });
  expect(world.connections.watchersOf(`task#${taskId}`)).toEqual([]);
});

test('an overdue task is ended before its state is answered', async () => {
  const overdue = aTask({ taskId: 'c0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10', owner: 'ada', deadlineAt: at(0) });
  await world.store.create(overdue);
  expect(await world.ask('c1', { action: 'watch', taskId: overdue.taskId })).toMatchObject({ status: 'FAILED', version: 2 });
});

test('a task of another owner, an unknown task and what is no id get the same answer, and nothing is stored', async () => {
  await world.connect('c2', 'eve');
  const items = world.connections.topics.size;
  expect(await world.ask('c2', { action: 'watch', taskId })).toEqual(NO_SUCH_TASK);
  for (const unknown of ['d0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10', '', 'x'.repeat(256), '../x']) {
    expect(await world.ask('c2', { action: 'watch', taskId: unknown })).toEqual({ ...NO_SUCH_TASK, taskId: unknown });
  }
  expect(world.connections.topics.size).toBe(items);
});

test('a taskId that is longer than any id is a malformed message, because an answer with it could have more than 128 KB', async () => {
  for (const action of ['watch', 'unwatch']) {
    expect(await world.ask('c1', { action, taskId: 'ü'.repeat(256) })).toMatchObject({ action });
    const answer = await world.ask('c1', { action, taskId: 'x'.repeat(257) });
    expect(answer).toEqual({ error: { code: 'InvalidMessage', message: expect.stringContaining('a taskId of at most 256 characters') } });
  }
});

test('unwatch of what is no id is acknowledged, and does not reach the table, which refuses keys that are no Unicode', async () => {
  world.dynamodb.resetHistory();
  for (const unknown of ['', '../x', '\ud800']) {
    expect(await world.ask('c1', { action: 'unwatch', taskId: unknown })).toEqual({ action: 'unwatch', taskId: unknown });
  }
  expect(world.dynamodb.commandCalls(DeleteItemCommand)).toHaveLength(0);
});

test('a task that is removed while it is watched is not found', async () => {
  world.dynamodb.on(PutItemCommand, { TableName: 'Live' }).callsFake(() => {
    world.tasks.items.clear();
    return {};
  });
  expect(await world.ask('c1', { action: 'watch', taskId })).toEqual(NO_SUCH_TASK);
});

test('unwatch, watchAll, unwatchAll and ping are acknowledged', async () => {
  await world.ask('c1', { action: 'watch', taskId });
  expect(await world.ask('c1', { action: 'unwatch', taskId, more: 1 })).toEqual({ action: 'unwatch', taskId });
  expect(world.connections.watchersOf(`task#${taskId}`)).toEqual([]);
  expect(await world.ask('c1', { action: 'watchAll' })).toEqual({ action: 'watchAll' });
  expect(world.connections.watchersOf('owner#ada')).toEqual(['c1']);
  expect(await world.ask('c1', { action: 'unwatchAll' })).toEqual({ action: 'unwatchAll' });
  expect(world.connections.watchersOf('owner#ada')).toEqual([]);
  expect(await world.ask('c1', { action: 'ping' })).toEqual({ action: 'ping' });
});

test.each([
  '', 'null', '[]', '"watch"', '{', '{}', '{"action":"fly"}', '{"action":"watch"}', '{"action":"watch","taskId":1}',
  '{"action":"watch","taskId":["a"]}', '{"action":{"$ne":1}}', '{"__proto__":{"action":"ping"}}', '['.repeat(20_000),
])('a malformed message gets an error: %.40s', async (message) => {
  expect(await world.ask('c1', message)).toEqual({
    error: {
      code: 'InvalidMessage',
      message: "a message must be JSON with an action: 'watch' or 'unwatch' with a taskId of at most 256 characters, 'watchAll', "
        + "'unwatchAll' or 'ping'",
    },
  });
});

test('a binary message is read as UTF-8', async () => {
  const event = { ...aConnect('c1'), body: Buffer.from('{"action":"ping"}').toString('base64'), isBase64Encoded: true };
  expect(JSON.parse((await world.handler().answer(event)).body)).toEqual({ action: 'ping' });
  expect(JSON.parse((await world.handler().answer({ ...event, body: null })).body)).toMatchObject({ error: { code: 'InvalidMessage' } });
});

test('a connection that is unknown, or whose time is over, gets an error', async () => {
  const ended = { error: { code: 'ConnectionEnded', message: 'the connection has ended: open another one' }, action: 'ping' };
  expect(await world.ask('unknown', { action: 'ping' })).toEqual(ended);
  await world.connect('c3', 'ada', { expiryContextKey: 'end' }, { end: String(SECONDS + 60) });
  expect(await world.ask('c3', { action: 'ping' })).toEqual({ action: 'ping' });
  world.now = new Date(at(60));
  expect(await world.ask('c3', { action: 'ping' })).toEqual(ended);
  expect(await world.ask('c3', { action: 'watch', taskId })).toEqual({ ...ended, action: 'watch', taskId });
});

test('without owners, all connections share all tasks', async () => {
  const shared = aTask({ taskId: 'c0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10' });
  await world.store.create(shared);
  const handler = world.handler({ ownerOf: () => undefined });
  expect((await handler.connect(aConnect('c4'))).statusCode).toBe(200);
  expect(await world.ask('c4', { action: 'watch', taskId: shared.taskId })).toMatchObject({ version: 1, status: 'PENDING' });
  expect(await world.ask('c4', { action: 'watch', taskId })).toEqual(NO_SUCH_TASK);
  await world.ask('c4', { action: 'watchAll' });
  expect(world.connections.watchersOf('all')).toEqual(['c4']);
});

describe('to connect', () => {
  const ofAda = { authorizer: { owner: 'ada' } };

  test('the owner must be known', async () => {
    const { statusCode } = await world.handler().connect(aConnect('c5', { requestContext: { authorizer: {} } }));
    expect(statusCode).toBe(403);
    expect(world.connections.watchersOf('connection#c5')).toEqual([]);
  });

  test('the owner can be a query parameter, which the signature covers', async () => {
    const handler = world.handler({ ownerOf: ownerFrom('parameter:owner') });
    const connect = async (...owner: string[]) =>
      (await handler.connect(aConnect('c5', { multiValueQueryStringParameters: { owner } }))).statusCode;
    expect(await connect('ada', 'eve')).toBe(400);
    expect(await connect()).toBe(400);
    expect(await connect('a da')).toBe(400);
    expect((await handler.connect(aConnect('c5'))).statusCode).toBe(400);
    expect(await connect('ada')).toBe(200);
    expect(await world.ask('c5', { action: 'watch', taskId })).toEqual(STATE);
  });

  test.each([
    [undefined, [], 200],
    ['https://app.example', [], 403],
    ['https://app.example', ['https://other.example'], 403],
    ['https://app.example', ['https://other.example', 'https://app.example'], 200],
    ['null', ['https://app.example'], 403],
    ['https://app.example', ['*'], 200],
  ])('a page of %s can connect if %j are allowed: %i', async (origin, allowOrigins, statusCode) => {
    const event = aConnect('c5', { requestContext: ofAda, multiValueHeaders: origin ? { origin: [origin] } : {} });
    expect((await world.handler({ allowOrigins }).connect(event)).statusCode).toBe(statusCode);
  });

  test.each([
    [undefined, undefined],
    [['other'], undefined],
    [['bearer.e30.e30.e30'], undefined],
    [['cdk-task-manager, bearer.e30.e30.e30'], 'cdk-task-manager'],
    [['bearer.e30', 'cdk-task-manager'], 'cdk-task-manager'],
  ])('of the subprotocols %j, only the fixed one is chosen', async (protocols, chosen) => {
    const { headers } = await world.handler().connect(aConnect('c5', {
      requestContext: ofAda, multiValueHeaders: protocols ? { 'sec-websocket-protocol': protocols } : {},
    }));
    expect(headers?.['Sec-WebSocket-Protocol']).toBe(chosen);
  });

  test('the connection ends with the credentials: the queue has a message for that time', async () => {
    await world.connect('c5', 'ada', { expiryContextKey: 'end' }, { end: SECONDS + 300 });
    expect(world.queued()).toEqual([{ message: { connectionId: 'c5', endsAt: SECONDS + 300 }, DelaySeconds: 300 }]);
    expect(world.connections.topics.get('connection#c5')!.get('c5')!.expiresAt).toEqual({ N: String(SECONDS + 300) });
  });

  test('a message can be delayed for 15 minutes, so one for a later time comes sooner', async () => {
    await world.connect('c5', 'ada', { expiryContextKey: 'end' }, { end: SECONDS + 3600 });
    expect(world.queued()).toEqual([expect.objectContaining({ DelaySeconds: 900 })]);
  });

  test('after two hours, API Gateway itself ends the connection', async () => {
    await world.connect('c5', 'ada', { expiryContextKey: 'end' }, { end: SECONDS + 24 * 3600 });
    expect(world.queued()).toEqual([]);
    expect(world.connections.topics.get('connection#c5')!.get('c5')!.expiresAt).toEqual({ N: String(SECONDS + 7200) });
  });

  test.each([undefined, '', 'soon', String(SECONDS), '-1'])('an end of %j is refused', async (end) => {
    const event = aConnect('c5', { requestContext: { authorizer: { owner: 'ada', end } } });
    expect((await world.handler({ expiryContextKey: 'end' }).connect(event)).statusCode).toBe(403);
  });

  test('an error of the table fails the request, so that API Gateway refuses the connection', async () => {
    world.dynamodb.on(PutItemCommand).rejects(new Error('unavailable'));
    await expect(world.handler().connect(aConnect('c5', { requestContext: ofAda }))).rejects.toThrow('unavailable');
  });
});

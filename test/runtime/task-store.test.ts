import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Task, TaskUpdate } from '../../src/runtime/task';
import { TaskStore } from '../../src/runtime/task-store';
import { aContentItem, aFailedCondition, anItem, aTask, at, NOW } from '../builders';

const RETENTION = 604_800;
const DAY = 86_400;
const NOW_SECONDS = NOW.getTime() / 1000;

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', RETENTION);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'RUNNING' })) });
});

const running = (task: Partial<Task> = {}) => aTask({ status: 'RUNNING', version: 2, checkAt: at(3600), ...task });
const updateInputs = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input);
const valuesOf = (input: ReturnType<typeof updateInputs>[number]) => unmarshall(input.ExpressionAttributeValues!);
const putItems = () => dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item!));
const commands = () => dynamodb.calls().map(({ args: [command] }) => command.constructor.name);

/** JSON text of this length. */
const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
/** A result whose JSON text has this length. */
const result = (bytes: number): TaskUpdate => ({ taskId: 'id', status: 'SUCCESSFUL', result: JSON.parse(json(bytes)) });

const RUNNING: TaskUpdate = { taskId: 'id', status: 'RUNNING' };
const FAILED: TaskUpdate = { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };
const TIMEOUT = { code: 'TaskTimeout', message: 'too late' };
const HEARTBEAT_TIMEOUT = { code: 'HeartbeatTimeout', message: 'too silent' };

// DynamoDB refuses a request that defines a name or value it does not use; the local engine lets it pass.
describe('every name and value that is defined is used, and no other, when', () => {
  const updating = (update: TaskUpdate): [string, () => Promise<unknown>] => [`the update is ${JSON.stringify(update)}`, () => store.update('export', update, NOW)];

  test.each<[string, () => Promise<unknown>]>([
    ...[
      RUNNING,
      { ...RUNNING, sequence: 1 },
      { ...RUNNING, progress: { percent: 1, message: 'one' } },
      { ...RUNNING, progress: {}, sequence: 0 },
      { ...RUNNING, progress: {}, sequence: 0, heartbeatSeconds: 60 },
      { taskId: 'id', status: 'SUCCESSFUL' } as const,
      { taskId: 'id', status: 'SUCCESSFUL', result: null } as const,
      FAILED,
    ].map(updating),
    ['a heartbeat is renewed', () => {
      dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(running({ heartbeatSeconds: 60 }))).resolves({ Attributes: anItem(running()) });
      return store.update('export', RUNNING, NOW);
    }],
    ['a heartbeat is asked for', () => {
      dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(running({ heartbeatAt: at(0), heartbeatSeconds: 60 })) });
      return store.update('export', { ...RUNNING, heartbeatSeconds: 60 }, NOW);
    }],
    ['a task is cancelled', () => store.cancel('id', NOW)],
    ['a task is too late', () => store.expire(running(), TIMEOUT, NOW)],
    ['a processor is too silent', () => store.expire(running({ heartbeatAt: at(0) }), HEARTBEAT_TIMEOUT, NOW)],
    ['a check is moved on', () => store.checkAgain(running())],
  ])('%s', async (_, write) => {
    await write();
    expect(updateInputs()).not.toEqual([]);
    for (const { UpdateExpression, ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } of updateInputs()) {
      const used = (pattern: RegExp) => [...new Set(`${UpdateExpression} ${ConditionExpression}`.match(pattern))].sort();
      expect(Object.keys(ExpressionAttributeNames!).sort()).toEqual(used(/#\w+/g));
      expect(Object.keys(ExpressionAttributeValues!).sort()).toEqual(used(/:\w+/g));
      for (const [placeholder, name] of Object.entries(ExpressionAttributeNames!)) expect(placeholder).toBe(`#${name}`);
    }
  });

  // It has no placeholders for names, so these must be no reserved words.
  test('tasks are looked for', async () => {
    dynamodb.on(QueryCommand).resolves({});
    for await (const page of store.tasksToCheck(3, NOW)) expect(page).toEqual([]);
    const [{ args: [{ input }] }] = dynamodb.commandCalls(QueryCommand);
    expect(input.KeyConditionExpression!.match(/:\w+/g)).toEqual(Object.keys(input.ExpressionAttributeValues!));
    expect(input.KeyConditionExpression!.match(/(?<!:)\b[a-z]\w+/g)).toEqual(['checkShard', 'checkAt']);
  });

  test.each([undefined, 'place'])('tasks are listed after %s', async (after) => {
    dynamodb.on(QueryCommand).resolves({});
    await store.listKeys('ann', 5, after);
    const [{ args: [{ input }] }] = dynamodb.commandCalls(QueryCommand);
    expect(input.KeyConditionExpression!.match(/:\w+/g)).toEqual(Object.keys(input.ExpressionAttributeValues!));
    expect(input.KeyConditionExpression!.match(/(?<!:)\b[a-z]\w+/g)).toEqual(['ownerSpace', ...(after ? ['createdKey'] : [])]);
  });
});

describe('a task is read', () => {
  test('consistently, by its id', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    expect(await store.find('id')).toMatchObject(aTask());
    expect(dynamodb.commandCalls(GetItemCommand)[0].args[0].input).toEqual({
      TableName: 'TaskStatus', Key: { taskId: { S: 'id' }, item: { S: 'task' } }, ConsistentRead: true,
    });
  });

  test('as undefined when there is none', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    expect(await store.find('id')).toBeUndefined();
  });

  test('with the contents that are in it, and no further call', async () => {
    expect(await store.withContents(aTask({ payload: '1', result: '2' }))).toEqual(aTask({ payload: '1', result: '2' }));
    expect(dynamodb.calls()).toEqual([]);
  });

  test('with the contents that have items of their own', async () => {
    dynamodb.on(GetItemCommand).callsFake(({ Key: { taskId, item } }) => ({ Item: aContentItem(taskId.S, item.S, item.S) }));
    expect(await store.withContents(aTask({ payloadItem: 'payload#1', resultItem: 'result#2' }))).toMatchObject({ payload: 'payload#1', result: 'result#2' });
    expect(dynamodb.commandCalls(GetItemCommand).every(({ args: [{ input }] }) => input.ConsistentRead)).toBe(true);
  });

  test('without a content whose item the table removed', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    expect((await store.withContents(aTask({ payloadItem: 'payload#1' }))).payload).toBeUndefined();
  });
});

describe('an update', () => {
  test.each([RUNNING, FAILED, result(10)])('to %j is one conditional write, and no read', async (update) => {
    expect(await store.update('export', update, NOW)).toEqual({ applied: true });
    expect(dynamodb.calls().map(({ args: [{ input }] }) => input)).toEqual([
      expect.objectContaining({ ReturnValues: 'ALL_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ]);
  });

  test.each<[TaskUpdate, string]>([
    [RUNNING, '#type = :type AND (#status = :pending OR #status = :running AND (attribute_not_exists(#sequence)))'],
    [{ ...RUNNING, sequence: 1 }, '#type = :type AND (#status = :pending OR #status = :running AND (attribute_not_exists(#sequence) OR #sequence < :sequence))'],
    [FAILED, '#type = :type AND (#status IN (:pending, :running))'],
    [result(10), '#type = :type AND (#status IN (:pending, :running))'],
  ])('to %j applies to a task of its type that the life cycle lets go there', async (update, condition) => {
    await store.update('export', update, NOW);
    expect(updateInputs()).toEqual([expect.objectContaining({ ConditionExpression: condition })]);
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':type': 'export', ':pending': 'PENDING', ':running': 'RUNNING' });
  });

  test('to RUNNING notes the sign of life, but asks for no watch', async () => {
    await store.update('export', { ...RUNNING, sequence: 7, progress: { percent: 5 } }, NOW);
    const [input] = updateInputs();
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #heartbeatAt = :now, #status = :running, #version = #version + :one, '
      + '#updatedAt = :now, #startedAt = if_not_exists(#startedAt, :now), #progress = :progress, #sequence = :sequence');
    expect(valuesOf(input)).toMatchObject({ ':now': at(0), ':one': 1, ':sequence': 7, ':progress': { percent: 5 } });
  });

  test('to an end leaves the index of the open tasks, and is kept for as long as it shall be', async () => {
    await store.update('export', FAILED, new Date(at(0.001)));
    const [input] = updateInputs();
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #status = :status, #version = #version + :one, #updatedAt = :now, '
      + '#endedAt = :now, #expiresAt = :expiresAt, #error = :error REMOVE #checkShard, #checkAt');
    expect(valuesOf(input)).toMatchObject({ ':status': 'FAILED', ':now': at(0.001), ':expiresAt': NOW_SECONDS + 1 + RETENTION });
  });

  test.each<[Task | undefined, string]>([
    [aTask({ status: 'SUCCESSFUL' }), 'the task is SUCCESSFUL already'],
    [aTask({ type: 'report' }), "the task's type is report"],
    [running({ type: 'report' }), "the task's type is report"],
    [undefined, 'unknown task'],
  ])('that the life cycle has no place for is told, with the reason', async (current, reason) => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(current));
    expect(await store.update('export', RUNNING, NOW)).toEqual({ applied: false, reason });
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('that fails for any other reason is passed on, to be tried again', async () => {
    dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
    await expect(store.update('export', RUNNING, NOW)).rejects.toThrow('throttled');
  });
});

describe('a result', () => {
  beforeEach(() => dynamodb.on(GetItemCommand).resolves({ Item: anItem(running()) }));

  test('of 2048 bytes is kept in the task', async () => {
    await store.update('export', result(2048), NOW);
    expect(commands()).toEqual(['UpdateItemCommand']);
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':result': json(2048) });
  });

  test('of a byte more is written first, then pointed at', async () => {
    expect(await store.update('export', result(2049), NOW)).toEqual({ applied: true });
    expect(commands()).toEqual(['GetItemCommand', 'PutItemCommand', 'UpdateItemCommand']);
    const [content] = putItems();
    expect(content).toEqual({
      taskId: 'id', item: expect.stringMatching(/^result#[0-9a-f-]{36}$/), content: json(2049), expiresAt: NOW_SECONDS + RETENTION + DAY,
    });
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':resultItem': content.item, ':status': 'SUCCESSFUL' });
    expect(valuesOf(updateInputs()[0])).not.toHaveProperty(':result');
  });

  test('outlives the task that points to it', async () => {
    await store.update('export', result(5000), new Date(at(0.5)));
    expect(putItems()[0].expiresAt).toBeGreaterThan(valuesOf(updateInputs()[0])[':expiresAt']);
  });

  test('that is long is never written over another', async () => {
    await store.update('export', result(5000), NOW);
    await store.update('export', result(5000), NOW);
    const [one, two] = putItems();
    expect(one.item).not.toBe(two.item);
  });

  test.each<[string, Task | undefined, string]>([
    ['an unknown task', undefined, 'unknown task'],
    ['a task that has ended', aTask({ status: 'FAILED' }), 'the task is FAILED already'],
    ['a task of another type', running({ type: 'report' }), "the task's type is report"],
  ])('that is long is not stored for %s', async (_, current, reason) => {
    dynamodb.on(GetItemCommand).resolves({ Item: current && anItem(current) });
    expect(await store.update('export', result(2049), NOW)).toEqual({ applied: false, reason });
    expect(commands()).toEqual(['GetItemCommand']);
  });

  test('that is long loses to an end that comes while it is stored', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'FAILED' })));
    expect(await store.update('export', result(2049), NOW)).toEqual({ applied: false, reason: 'the task is FAILED already' });
  });
});

describe('a task that is overdue', () => {
  const failed = aTask({ status: 'FAILED', version: 3, error: TIMEOUT });

  test('is ended, if it is open still', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(failed) });
    expect(await store.expire(running(), TIMEOUT, NOW)).toMatchObject(failed);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toBe('#status IN (:pending, :running)');
    expect(valuesOf(input)).toMatchObject({ ':status': 'FAILED', ':error': TIMEOUT, ':expiresAt': NOW_SECONDS + RETENTION });
  });

  test('because its processor fell silent is ended, if nothing was heard of it since', async () => {
    await store.expire(running({ heartbeatAt: at(-60), heartbeatSeconds: 60 }), HEARTBEAT_TIMEOUT, NOW);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toBe('#status IN (:pending, :running) AND #heartbeatAt = :heartbeatAt');
    expect(valuesOf(input)).toMatchObject({ ':error': HEARTBEAT_TIMEOUT, ':heartbeatAt': at(-60) });
  });

  test.each([TIMEOUT, HEARTBEAT_TIMEOUT])('is told as it is when somebody else was first', async (error) => {
    const task = aTask({ status: 'SUCCESSFUL', version: 3, result: '1' });
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(task));
    expect(await store.expire(running({ heartbeatAt: at(-60) }), error, NOW)).toMatchObject(task);
  });

  test('is told as undefined when it is gone', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect(await store.expire(running(), TIMEOUT, NOW)).toBeUndefined();
  });
});

describe('a task that is cancelled', () => {
  const cancelled = aTask({ status: 'CANCELLED', version: 3, endedAt: at(0) });

  test('is ended, if it is open still, whatever its type', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(cancelled) });
    expect(await store.cancel('id', NOW)).toMatchObject(cancelled);
    const [input] = updateInputs();
    expect(input.Key).toEqual({ taskId: { S: 'id' }, item: { S: 'task' } });
    expect(input.ConditionExpression).toBe('#status IN (:pending, :running)');
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #status = :status, #version = #version + :one, #updatedAt = :now, '
      + '#endedAt = :now, #expiresAt = :expiresAt REMOVE #checkShard, #checkAt');
    expect(valuesOf(input)).toMatchObject({ ':status': 'CANCELLED', ':now': at(0), ':expiresAt': NOW_SECONDS + RETENTION });
  });

  test.each(['CANCELLED', 'SUCCESSFUL'] as const)('is told as it is when it is %s already', async (status) => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status, version: 4 })));
    expect(await store.cancel('id', NOW)).toMatchObject({ status, version: 4 });
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('is told as undefined when there is none, and makes none', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect(await store.cancel('id', NOW)).toBeUndefined();
  });
});

describe('a task that was read', () => {
  test('is given as it is while there is time, or when it has ended', async () => {
    for (const task of [aTask(), aTask({ status: 'CANCELLED', deadlineAt: at(-1) })]) expect(await store.upToDate(task, NOW)).toBe(task);
    expect(dynamodb.calls()).toEqual([]);
  });

  test('is given as it is once its end is written, when it is overdue', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'FAILED', version: 3 })) });
    expect(await store.upToDate(running({ deadlineAt: at(0) }), NOW)).toMatchObject({ status: 'FAILED' });
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':error': { code: 'TaskTimeout', message: `the task did not end before its deadline, ${at(0)}` } });
  });
});

describe('the check of a task', () => {
  test.each([
    ['its deadline', running({ checkAt: at(60) }), at(3600)],
    ['its next heartbeat', running({ checkAt: at(60), heartbeatAt: at(50), heartbeatSeconds: 60 }), at(110)],
  ])('is moved on to %s, unless it was moved meanwhile', async (_, task, checkAt) => {
    await store.checkAgain(task);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toBe('#checkAt = :seen');
    expect(valuesOf(input)).toEqual({ ':checkAt': checkAt, ':seen': at(60) });
  });

  test('that was moved meanwhile is no failure', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(running()));
    await expect(store.checkAgain(running({ checkAt: at(60) }))).resolves.toBeUndefined();
  });
});

import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskUpdatedDetail } from '../../../src/protocol/wire';
import { Task } from '../../../src/runtime/task/task';
import { TaskReport } from '../../../src/runtime/task/task-report';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aContentItem, aFailedCondition, anItem, aReport, aTask, at, NOW } from '../../support/builders';

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
const late = (task: Partial<Task> = {}) => running({ deadlineAt: at(0), ...task });
const silent = (task: Partial<Task> = {}) => running({ heartbeatAt: at(-60), heartbeatSeconds: 60, ...task });
/** Checks a task that the first write, which reads nothing, finds like this. */
const checkOf = (task: Task | undefined) => {
  dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(task)).resolves({ Attributes: anItem(task ?? aTask()) });
  return store.check('id', () => NOW);
};
const updateInputs = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input);
const valuesOf = (input: ReturnType<typeof updateInputs>[number]) => unmarshall(input.ExpressionAttributeValues!);
const putItems = () => dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item!));
const commands = () => dynamodb.calls().map(({ args: [command] }) => command.constructor.name);

/** Returns JSON text of a length in bytes. */
const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
/** Returns an update with a result whose JSON text has a length in bytes. */
const result = (bytes: number): TaskUpdatedDetail => ({ taskId: 'id', status: 'SUCCESSFUL', result: JSON.parse(json(bytes)) });

const RUNNING: TaskUpdatedDetail = { taskId: 'id', status: 'RUNNING' };
const FAILED: TaskUpdatedDetail = { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };

// DynamoDB refuses a request with unused names or values; the local engine accepts it.
describe('an expression uses exactly the names and values that are defined if', () => {
  const updating = (update: TaskUpdatedDetail): [string, () => Promise<unknown>] => [`the update is ${JSON.stringify(update)}`, () => store.update(aReport(update), NOW)];

  test.each<[string, () => Promise<unknown>]>([
    ...[
      RUNNING,
      { ...RUNNING, sequence: 1 },
      { ...RUNNING, progress: { percent: 1, message: 'one' } },
      { ...RUNNING, progress: {}, sequence: 0 },
      { ...RUNNING, progress: {}, sequence: 0, heartbeatSeconds: 60 },
      { ...RUNNING, heartbeatSeconds: 0, taskCreatedAt: at(0) },
      { taskId: 'id', status: 'SUCCESSFUL' } as const,
      { taskId: 'id', status: 'SUCCESSFUL', result: null } as const,
      { taskId: 'id', status: 'SUCCESSFUL', resultObject: { key: 'k' } } as const,
      FAILED,
    ].map(updating),
    ['a heartbeat is renewed', () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(running({ heartbeatSeconds: 60 }))).resolves({ Attributes: anItem(running()) });
      return store.update(aReport(RUNNING), NOW);
    }],
    ['a heartbeat is cancelled by a stale report', () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(running({ heartbeatSeconds: 60 }))).resolves({ Attributes: anItem(running()) });
      return store.update(aReport({ ...RUNNING, heartbeatSeconds: 0 }, { reportedAt: NOW }), NOW);
    }],
    ['a processor asks for a heartbeat', () => {
      dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(running({ heartbeatAt: at(0), heartbeatSeconds: 60 })) });
      return store.update(aReport({ ...RUNNING, heartbeatSeconds: 60 }), NOW);
    }],
    ['a task is cancelled', () => store.cancel('id', NOW)],
    ['a task is past its deadline', () => store.upToDate(late(), () => NOW)],
    ['a heartbeat is overdue', () => store.upToDate(silent(), () => NOW)],
    ['a task that the index named is ended without reading it', () => store.check('id', () => NOW)],
    ['a check is postponed', () => checkOf(running({ checkAt: at(0) }))],
    ['the check of a task with a heartbeat is postponed', () => checkOf(silent({ heartbeatAt: at(-1), checkAt: at(0) }))],
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

  // The query has no placeholders for names, so they must not be reserved words.
  test('tasks to check are listed', async () => {
    dynamodb.on(QueryCommand).resolves({});
    expect(await store.tasksToCheck({ shard: 3 }, NOW)).toEqual({ shard: 3, taskIds: [], next: undefined });
    const [{ args: [{ input }] }] = dynamodb.commandCalls(QueryCommand);
    expect(input.KeyConditionExpression!.match(/:\w+/g)).toEqual(Object.keys(input.ExpressionAttributeValues!));
    expect(input.KeyConditionExpression!.match(/(?<!:)\b[a-z]\w+/g)).toEqual(['checkShard', 'checkAt']);
  });

  test.each([undefined, 'place'])('the tasks of an owner are listed after %s', async (after) => {
    dynamodb.on(QueryCommand).resolves({});
    await store.listKeys('ann', 5, after);
    const [{ args: [{ input }] }] = dynamodb.commandCalls(QueryCommand);
    expect(input.KeyConditionExpression!.match(/:\w+/g)).toEqual(Object.keys(input.ExpressionAttributeValues!));
    expect(input.KeyConditionExpression!.match(/(?<!:)\b[a-z]\w+/g)).toEqual(['ownerSpace', ...(after ? ['createdKey'] : [])]);
  });
});

describe('a task', () => {
  test('is read consistently, by its id', async () => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(aTask()) });
    expect(await store.find('id')).toMatchObject(aTask());
    expect(dynamodb.commandCalls(GetItemCommand)[0].args[0].input).toEqual({
      TableName: 'TaskStatus', Key: { taskId: { S: 'id' }, item: { S: 'task' } }, ConsistentRead: true,
    });
  });

  test('is undefined if it does not exist', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    expect(await store.find('id')).toBeUndefined();
  });

  test('is completed without a call if it contains its contents', async () => {
    expect(await store.withContents(aTask({ payload: '1', result: '2' }))).toEqual(aTask({ payload: '1', result: '2' }));
    expect(dynamodb.calls()).toEqual([]);
  });

  test('is completed with the contents that have their own items', async () => {
    dynamodb.on(GetItemCommand).callsFake(({ Key: { taskId, item } }) => ({ Item: aContentItem(taskId.S, item.S, item.S) }));
    expect(await store.withContents(aTask({ payloadItem: 'payload#1', resultItem: 'result#2' }))).toMatchObject({ payload: 'payload#1', result: 'result#2' });
    expect(dynamodb.commandCalls(GetItemCommand).every(({ args: [{ input }] }) => input.ConsistentRead)).toBe(true);
  });

  test('is completed without contents that the table has removed', async () => {
    dynamodb.on(GetItemCommand).resolves({});
    expect((await store.withContents(aTask({ payloadItem: 'payload#1' }))).payload).toBeUndefined();
  });
});

describe('update: a report', () => {
  test.each([RUNNING, FAILED, result(10)])('with %j is one conditional write and no read', async (update) => {
    expect(await store.update(aReport(update), NOW)).toEqual({ applied: true });
    expect(dynamodb.calls().map(({ args: [{ input }] }) => input)).toEqual([
      expect.objectContaining({ ReturnValues: 'NONE', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ]);
  });

  test.each<[TaskUpdatedDetail, string]>([
    [RUNNING, '#type = :type AND (#status = :pending OR #status = :running AND #heartbeatAt <= :now AND (attribute_not_exists(#sequence)))'],
    [{ ...RUNNING, sequence: 1 }, '#type = :type AND (#status = :pending OR #status = :running AND #heartbeatAt <= :now AND (attribute_not_exists(#sequence) OR #sequence < :sequence))'],
    [FAILED, '#type = :type AND (#status IN (:pending, :running))'],
    [result(10), '#type = :type AND (#status IN (:pending, :running))'],
  ])('with %j applies only to a task of its type, and only if the life cycle allows it', async (update, condition) => {
    await store.update(aReport(update), NOW);
    expect(updateInputs()).toEqual([expect.objectContaining({ ConditionExpression: condition })]);
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':type': 'export', ':pending': 'PENDING', ':running': 'RUNNING' });
  });

  test.each<[string, TaskReport, string, object]>([
    ['the task that a report names', aReport({ ...FAILED, taskCreatedAt: at(-9) }), '#createdAt = :taskCreatedAt', { ':taskCreatedAt': at(-9) }],
    ['the task that an end with a long result names', aReport({ ...result(2049), taskCreatedAt: at(0) }), '#createdAt = :taskCreatedAt', { ':taskCreatedAt': at(0) }],
    ['the task that RUNNING names', aReport({ ...RUNNING, taskCreatedAt: at(0) }, { reportedAt: NOW }), '#createdAt = :taskCreatedAt', { ':taskCreatedAt': at(0) }],
    ['a task created before the second after the report', aReport(FAILED, { reportedAt: NOW }), '#createdAt < :reportedBefore', { ':reportedBefore': at(1) }],
    ['a task created before the second after the report, with a fraction', aReport(RUNNING, { reportedAt: new Date(at(4.567)) }), '#createdAt < :reportedBefore', { ':reportedBefore': at(5) }],
  ])('applies only to %s', async (_, report, condition, values) => {
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(running()) });
    await store.update(report, NOW);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toMatch(`#type = :type AND ${condition} AND (#status`);
    expect(valuesOf(input)).toMatchObject(values);
  });

  test('to RUNNING stores the time of the report, but no heartbeat', async () => {
    await store.update(aReport({ ...RUNNING, sequence: 7, progress: { percent: 5 } }), NOW);
    const [input] = updateInputs();
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #heartbeatAt = :now, #status = :running, #version = #version + :one, '
      + '#updatedAt = :now, #startedAt = if_not_exists(#startedAt, :now), #progress = :progress, #sequence = :sequence');
    expect(valuesOf(input)).toMatchObject({ ':now': at(0), ':one': 1, ':sequence': 7, ':progress': { percent: 5 } });
  });

  test('to a terminal status removes the task from the index of open tasks, and sets its expiry', async () => {
    await store.update(aReport(FAILED), new Date(at(0.001)));
    const [input] = updateInputs();
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #status = :status, #version = #version + :one, #updatedAt = :now, '
      + '#endedAt = :now, #expiresAt = :expiresAt, #error = :error REMOVE #checkShard, #checkAt');
    expect(valuesOf(input)).toMatchObject({ ':status': 'FAILED', ':now': at(0.001), ':expiresAt': NOW_SECONDS + 1 + RETENTION });
  });

  test.each<[string, Task | undefined]>([
    ['the task is already SUCCESSFUL', aTask({ status: 'SUCCESSFUL' })],
    ['the task has type report', aTask({ type: 'report' })],
    ['the task has type report', running({ type: 'report' })],
    ['unknown task', undefined],
  ])('that is not allowed is not applied, and the reason is returned: %s', async (reason, current) => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(current));
    expect(await store.update(aReport(RUNNING), NOW)).toMatchObject({ applied: false, explanation: reason });
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('that fails for another reason throws, so that the report is repeated', async () => {
    dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
    await expect(store.update(aReport(RUNNING), NOW)).rejects.toThrow('throttled');
  });
});

describe('update: a result', () => {
  beforeEach(() => dynamodb.on(GetItemCommand).resolves({ Item: anItem(running()) }));

  test('of 2048 bytes is stored in the task', async () => {
    await store.update(aReport(result(2048)), NOW);
    expect(commands()).toEqual(['UpdateItemCommand']);
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':result': json(2048) });
  });

  test('of more than 2048 bytes is stored before the task points to it', async () => {
    expect(await store.update(aReport(result(2049)), NOW)).toEqual({ applied: true });
    expect(commands()).toEqual(['GetItemCommand', 'PutItemCommand', 'UpdateItemCommand']);
    const [content] = putItems();
    expect(content).toEqual({
      taskId: 'id', item: expect.stringMatching(/^result#[0-9a-f-]{36}$/), content: json(2049), expiresAt: NOW_SECONDS + RETENTION + DAY,
    });
    expect(valuesOf(updateInputs()[0])).toMatchObject({ ':resultItem': content.item, ':status': 'SUCCESSFUL' });
    expect(valuesOf(updateInputs()[0])).not.toHaveProperty(':result');
  });

  test('expires after the task that points to it', async () => {
    await store.update(aReport(result(5000)), new Date(at(0.5)));
    expect(putItems()[0].expiresAt).toBeGreaterThan(valuesOf(updateInputs()[0])[':expiresAt']);
  });

  test('of more than 2048 bytes never overwrites another', async () => {
    await store.update(aReport(result(5000)), NOW);
    await store.update(aReport(result(5000)), NOW);
    const [one, two] = putItems();
    expect(one.item).not.toBe(two.item);
  });

  test.each<[string, Task | undefined, string]>([
    ['an unknown task', undefined, 'unknown task'],
    ['a task that has ended', aTask({ status: 'FAILED' }), 'the task is already FAILED'],
    ['a task of another type', running({ type: 'report' }), 'the task has type report'],
    ['a later task of the same id', running({ createdAt: at(1) }), `the task was created at ${at(1)}, after the report`],
  ])('of more than 2048 bytes is not stored for %s', async (_, current, reason) => {
    dynamodb.on(GetItemCommand).resolves({ Item: current && anItem(current) });
    expect(await store.update(aReport(result(2049), { reportedAt: NOW }), NOW)).toMatchObject({ applied: false, explanation: reason });
    expect(commands()).toEqual(['GetItemCommand']);
  });

  test('of more than 2048 bytes loses to another end that is written while it is stored', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'FAILED' })));
    expect(await store.update(aReport(result(2049)), NOW)).toMatchObject({ applied: false, reason: 'TaskEnded' });
  });
});

describe('cancel', () => {
  const cancelled = aTask({ status: 'CANCELLED', version: 3, endedAt: at(0) });

  test('ends a task of any type if it is open', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(cancelled) });
    expect(await store.cancel('id', NOW)).toMatchObject(cancelled);
    const [input] = updateInputs();
    expect(input.Key).toEqual({ taskId: { S: 'id' }, item: { S: 'task' } });
    expect(input.ConditionExpression).toBe('#status IN (:pending, :running)');
    expect(input.UpdateExpression).toBe('SET #previousStatus = #status, #status = :status, #version = #version + :one, #updatedAt = :now, '
      + '#endedAt = :now, #expiresAt = :expiresAt REMOVE #checkShard, #checkAt');
    expect(valuesOf(input)).toMatchObject({ ':status': 'CANCELLED', ':now': at(0), ':expiresAt': NOW_SECONDS + RETENTION });
  });

  test.each(['CANCELLED', 'SUCCESSFUL'] as const)('returns the task if it is already %s', async (status) => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status, version: 4 })));
    expect(await store.cancel('id', NOW)).toMatchObject({ status, version: 4 });
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('returns undefined if the task does not exist, and creates none', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect(await store.cancel('id', NOW)).toBeUndefined();
  });
});

describe('upToDate: a task that was read', () => {
  const failed = aTask({ status: 'FAILED', version: 3 });
  const upToDate = (task: Task, ...times: string[]) =>
    store.upToDate(task, () => new Date(times.length > 1 ? times.shift()! : times[0] ?? at(0)));
  /** Returns the codes and conditions of the attempts to end the task. */
  const endings = () => updateInputs().map((input) => [valuesOf(input)[':error'].code, input.ConditionExpression]);
  const OPEN = '#status IN (:pending, :running)';
  const UNHEARD = `${OPEN} AND #heartbeatAt = :heartbeatAt AND #heartbeatSeconds = :heartbeatSeconds`;

  test('is returned unchanged if it is not overdue or has ended', async () => {
    for (const task of [aTask(), aTask({ status: 'CANCELLED', deadlineAt: at(-1) })]) expect(await upToDate(task)).toBe(task);
    expect(dynamodb.calls()).toEqual([]);
  });

  test('is ended if its deadline has passed', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(failed) });
    expect(await upToDate(late())).toMatchObject(failed);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toBe(OPEN);
    expect(valuesOf(input)).toMatchObject({
      ':status': 'FAILED',
      ':error': { code: 'TaskTimeout', message: 'the task did not end before its deadline' },
      ':expiresAt': NOW_SECONDS + RETENTION,
    });
  });

  test('is ended if its heartbeat is overdue, on the condition that no new heartbeat arrives meanwhile', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(failed) });
    expect(await upToDate(silent())).toMatchObject(failed);
    const [input] = updateInputs();
    expect(input.ConditionExpression).toBe(UNHEARD);
    expect(valuesOf(input)).toMatchObject({ ':error': { code: 'HeartbeatTimeout' }, ':heartbeatAt': at(-60), ':heartbeatSeconds': 60 });
  });

  test.each([late(), silent()])('is returned as it ended if another end is written meanwhile', async (task) => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL', version: 3, result: '1' })));
    expect(await upToDate(task)).toMatchObject({ status: 'SUCCESSFUL', version: 3, result: '1' });
    expect(updateInputs()).toHaveLength(1);
  });

  test('is undefined if the table removes it meanwhile', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect(await upToDate(late())).toBeUndefined();
  });

  test('stays open if a heartbeat arrives meanwhile and its deadline has not passed', async () => {
    const heard = silent({ heartbeatAt: at(0), version: 3 });
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(heard));
    expect(await upToDate(silent())).toEqual({ ...heard, item: 'task' });
    expect(updateInputs()).toHaveLength(1);
  });

  test.each([
    ['had already passed', [at(0)], at(-1)],
    ['passes meanwhile, too', [at(0), at(2)], at(1)],
  ])('is ended if a heartbeat arrives meanwhile, but its deadline %s', async (_, times, deadlineAt) => {
    dynamodb.on(UpdateItemCommand)
      .rejectsOnce(aFailedCondition(silent({ heartbeatAt: at(-0.01), deadlineAt })))
      .resolves({ Attributes: anItem(failed) });
    expect(await upToDate(silent({ heartbeatAt: at(-90), deadlineAt }), ...times)).toMatchObject(failed);
    expect(endings()).toEqual([['HeartbeatTimeout', UNHEARD], ['TaskTimeout', OPEN]]);
  });

  test('is ended if a heartbeat that arrives meanwhile becomes overdue, too', async () => {
    const heard = silent({ heartbeatAt: at(1), heartbeatSeconds: 1 });
    dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(heard)).resolves({ Attributes: anItem(failed) });
    expect(await upToDate(silent(), at(0), at(2))).toMatchObject(failed);
    expect(endings()).toEqual([['HeartbeatTimeout', UNHEARD], ['HeartbeatTimeout', UNHEARD]]);
    expect(valuesOf(updateInputs()[1])).toMatchObject({ ':heartbeatAt': at(1), ':heartbeatSeconds': 1 });
  });

  test('is not changed more than five times', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(silent()));
    await expect(upToDate(silent())).rejects.toThrow(`task ${silent().taskId} changed during each of 5 attempts to change it`);
    expect(updateInputs()).toHaveLength(5);
  });
});

describe('tasksToCheck', () => {
  test('queries the tasks of a shard that are due for a check', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [anItem(aTask({ taskId: 'one' })), anItem(aTask({ taskId: 'two' }))] });
    expect(await store.tasksToCheck({ shard: 3 }, NOW)).toEqual({ shard: 3, taskIds: ['one', 'two'], next: undefined });
    const [{ args: [{ input }] }] = dynamodb.commandCalls(QueryCommand);
    expect(input).toMatchObject({ TableName: 'TaskStatus', IndexName: 'checks', KeyConditionExpression: 'checkShard = :shard AND checkAt <= :now', Limit: 100 });
    expect(input.ExclusiveStartKey).toBeUndefined();
    expect(unmarshall(input.ExpressionAttributeValues!)).toEqual({ ':shard': '3', ':now': at(0) });
  });

  test('continues where the previous page ended', async () => {
    const LastEvaluatedKey = { taskId: { S: 'one' } };
    dynamodb.on(QueryCommand).resolvesOnce({ Items: [], LastEvaluatedKey }).resolves({});
    const { next } = await store.tasksToCheck({ shard: 3 }, NOW);
    expect(await store.tasksToCheck(next!, NOW)).toEqual({ shard: 3, taskIds: [], next: undefined });
    expect(dynamodb.commandCalls(QueryCommand)[1].args[0].input).toMatchObject({
      ExpressionAttributeValues: { ':shard': { S: '3' } }, ExclusiveStartKey: LastEvaluatedKey,
    });
  });
});

describe('check: a task that the index named', () => {
  const silenced = (task: Task) => anItem({ ...task, status: 'FAILED', error: { code: 'HeartbeatTimeout', message: 'too silent' } });

  test('is ended by one write that reads nothing, if its deadline has passed', async () => {
    dynamodb.on(UpdateItemCommand).resolves({});
    expect(await store.check('id', () => NOW)).toBe('TaskTimeout');
    expect(commands()).toEqual(['UpdateItemCommand']);
    const [input] = updateInputs();
    expect(input).toMatchObject({
      Key: { taskId: { S: 'id' }, item: { S: 'task' } },
      ConditionExpression: '#status IN (:pending, :running) AND #deadlineAt <= :now',
      ReturnValues: 'NONE',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(valuesOf(input)).toMatchObject({
      ':status': 'FAILED',
      ':now': at(0),
      ':expiresAt': NOW_SECONDS + RETENTION,
      ':error': { code: 'TaskTimeout', message: 'the task did not end before its deadline' },
    });
  });

  test('is ended if its heartbeat is overdue, on the condition that no new heartbeat arrives meanwhile', async () => {
    const task = silent();
    dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(task)).resolves({ Attributes: silenced(task) });
    expect(await store.check('id', () => NOW)).toBe('HeartbeatTimeout');
    const [, input] = updateInputs();
    expect(input.ConditionExpression).toBe(
      '#status IN (:pending, :running) AND #heartbeatAt = :heartbeatAt AND #heartbeatSeconds = :heartbeatSeconds');
    expect(valuesOf(input)).toMatchObject({ ':error': { code: 'HeartbeatTimeout' }, ':heartbeatAt': task.heartbeatAt, ':heartbeatSeconds': 60 });
  });

  test.each([
    ['its deadline', running({ checkAt: at(0) }), at(3600), 'attribute_not_exists(#heartbeatAt) AND attribute_not_exists(#heartbeatSeconds)', {}],
    ['its next heartbeat', silent({ checkAt: at(0), heartbeatAt: at(-10) }), at(50), '#heartbeatAt = :heartbeatAt AND #heartbeatSeconds = :heartbeatSeconds', {
      ':heartbeatAt': at(-10), ':heartbeatSeconds': 60,
    }],
  ])('gets its next check at %s, unless the check is moved or a heartbeat arrives meanwhile', async (_, task, checkAt, unheard, values) => {
    expect(await checkOf(task)).toBeUndefined();
    const [, input] = updateInputs();
    expect(input.ConditionExpression).toBe(`#checkAt = :seen AND ${unheard}`);
    expect(valuesOf(input)).toEqual({ ':checkAt': checkAt, ':seen': at(0), ...values });
  });

  test.each<[string, Task | undefined]>([
    ['the table has removed it', undefined],
    ['it has ended', aTask({ status: 'SUCCESSFUL' })],
    ['its check was moved', running({ checkAt: at(0.001) })],
  ])('is not changed if %s since the index was written', async (_, task) => {
    expect(await checkOf(task)).toBeUndefined();
    expect(updateInputs()).toHaveLength(1);
  });

  test('stays open if a heartbeat arrives while its end is written', async () => {
    const [quiet, heard] = [silent({ checkAt: at(0) }), silent({ checkAt: at(0), heartbeatAt: at(-1) })];
    dynamodb.on(UpdateItemCommand)
      .rejectsOnce(aFailedCondition(quiet)).rejectsOnce(aFailedCondition(heard)).resolves({ Attributes: anItem(heard) });
    expect(await store.check('id', () => NOW)).toBeUndefined();
    expect(valuesOf(updateInputs()[2])).toEqual({ ':checkAt': at(59), ':seen': at(0), ':heartbeatAt': at(-1), ':heartbeatSeconds': 60 });
  });

  test('is ended if its heartbeat becomes overdue while its check is moved', async () => {
    const [heard, quiet] = [silent({ checkAt: at(0), heartbeatAt: at(-1) }), silent({ checkAt: at(0), heartbeatSeconds: 1 })];
    dynamodb.on(UpdateItemCommand)
      .rejectsOnce(aFailedCondition(heard)).rejectsOnce(aFailedCondition(quiet)).resolves({ Attributes: silenced(quiet) });
    expect(await store.check('id', () => NOW)).toBe('HeartbeatTimeout');
  });

  test('has its check moved by only one of two calls', async () => {
    const heard = silent({ checkAt: at(0), heartbeatAt: at(-1) });
    dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(heard)).rejectsOnce(aFailedCondition({ ...heard, checkAt: at(59) }));
    expect(await store.check('id', () => NOW)).toBeUndefined();
    expect(updateInputs()).toHaveLength(2);
  });

  test('is not changed more than five times after the first write', async () => {
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(silent()));
    await expect(store.check('id', () => NOW)).rejects.toThrow(/changed during each of 5 attempts to change it/);
    expect(updateInputs()).toHaveLength(6);
  });

  test('is left to the next sweep if the write fails', async () => {
    dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
    await expect(store.check('id', () => NOW)).rejects.toThrow('throttled');
  });
});

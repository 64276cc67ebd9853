import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aFailedCondition, anItem, aTask, at, NOW } from '../../support/builders';

const RETENTION = 604_800;
const DAY = 86_400;
const NOW_SECONDS = NOW.getTime() / 1000;

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', RETENTION);

beforeEach(() => dynamodb.reset());

const putItems = () => dynamodb.commandCalls(PutItemCommand).map(({ args: [{ input }] }) => unmarshall(input.Item!));
const commands = () => dynamodb.calls().map(({ args: [command] }) => command.constructor.name);

/** Returns JSON text of a length in bytes. */
const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;

describe('create: a new task', () => {
  test('is written once, if its id is not in use', async () => {
    await store.create(aTask({ payload: '{"a":1}', checkAt: at(3600) }));
    expect(dynamodb.calls()).toHaveLength(1);
    const [{ args: [{ input }] }] = dynamodb.commandCalls(PutItemCommand);
    expect(input).toMatchObject({ TableName: 'TaskStatus', ConditionExpression: 'attribute_not_exists(taskId)' });
    expect(unmarshall(input.Item!)).toEqual({
      ...aTask({ payload: '{"a":1}', checkAt: at(3600) }), item: 'task', checkShard: expect.any(String), ownerSpace: expect.stringMatching(/^shared#\d+$/), createdKey: `${at(0)}#${aTask().taskId}`,
    });
  });

  test.each([
    ['00000000', '0'], ['00000027', '39'], ['00000028', '0'], ['ffffffff', '15'], ['b0c3a0f2', '18'],
  ])('with an id that starts with %s is in shard %s of the index of open tasks', async (start, shard) => {
    await store.create(aTask({ taskId: `${start}-6b1e-4a63-9d5e-0d3a3a3d7f10` }));
    expect(putItems()).toEqual([expect.objectContaining({ checkShard: shard })]);
  });

  test.each([
    ['00000000', 'shared#0'], ['0000001f', 'shared#11'], ['00000020', 'shared#12'], ['ffffffff', 'shared#15'], ['b0c3a0f2', 'shared#18'],
  ])('without an owner, and with an id that starts with %s, is in %s of the index of owners', async (start, ownerSpace) => {
    await store.create(aTask({ taskId: `${start}-6b1e-4a63-9d5e-0d3a3a3d7f10` }));
    expect(putItems()).toEqual([expect.objectContaining({ ownerSpace })]);
    expect(putItems()[0]).not.toHaveProperty('owner');
  });

  test('with an owner is in the space of that owner', async () => {
    await store.create(aTask({ owner: 'ann' }));
    expect(putItems()).toEqual([expect.objectContaining({ owner: 'ann', ownerSpace: 'owner#ann', createdKey: `${at(0)}#${aTask().taskId}` })]);
  });

  test('is in the indexes once, without the item of its payload', async () => {
    await store.create(aTask({ payload: json(2049) }));
    expect(putItems().map(({ item }) => item)).toEqual([expect.stringMatching(/^payload#/), 'task']);
    for (const name of ['ownerSpace', 'createdKey', 'checkShard', 'checkAt']) expect(putItems()[0]).not.toHaveProperty(name);
  });

  test('does not expire before it ends', async () => {
    await store.create(aTask());
    expect(putItems()[0]).not.toHaveProperty('expiresAt');
  });

  test('contains a payload of 2048 bytes', async () => {
    await store.create(aTask({ payload: json(2048) }));
    expect(putItems()).toEqual([expect.objectContaining({ item: 'task', payload: json(2048) })]);
  });

  test('points to a payload of more than 2048 bytes, which is written first', async () => {
    await store.create(aTask({ payload: json(2049) }));
    const [content, head, ...more] = putItems();
    expect(content).toEqual({
      taskId: aTask().taskId, item: expect.stringMatching(/^payload#[0-9a-f-]{36}$/), content: json(2049), expiresAt: NOW_SECONDS + 3600 + RETENTION + DAY,
    });
    expect(head).toMatchObject({ item: 'task', payloadItem: content.item });
    expect(head).not.toHaveProperty('payload');
    expect(more).toEqual([]);
  });

  test('has its payload measured in bytes instead of characters', async () => {
    await store.create(aTask({ payload: `"${'ü'.repeat(1024)}"` }));
    expect(putItems()).toHaveLength(2);
  });

  test('is not written if its payload cannot be written', async () => {
    dynamodb.on(PutItemCommand).rejectsOnce(new Error('throttled'));
    await expect(store.create(aTask({ payload: json(5000) }))).rejects.toThrow('throttled');
    expect(dynamodb.calls()).toHaveLength(1);
  });

  test('is returned', async () => {
    const task = aTask({ payload: json(2049) });
    expect(await store.create(task)).toBe(task);
  });

  test('whose id is in use is an error', async () => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(-1) })));
    await expect(store.create(aTask())).rejects.toThrow(`task id ${aTask().taskId} is already in use`);
  });

  test('that finds itself was written by an earlier attempt of the same call', async () => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(aTask()));
    const task = aTask();
    expect(await store.create(task)).toBe(task);
  });

  test.each([aFailedCondition(), new Error('throttled')])('that cannot be written is an error: %s', async (error) => {
    dynamodb.on(PutItemCommand).rejects(error);
    await expect(store.create(aTask())).rejects.toBe(error);
    await expect(store.create(aTask({ requestDigest: 'digest' }))).rejects.toBe(error);
  });
});

describe('create: a new task with an Idempotency-Key', () => {
  const keyed = (task: Partial<Task> = {}) => aTask({ taskId: 'ab'.repeat(32), requestDigest: 'digest', ...task });

  test('causes one write and no read', async () => {
    const task = keyed();
    expect(await store.create(task)).toBe(task);
    expect(commands()).toEqual(['PutItemCommand']);
    expect(putItems()).toEqual([expect.objectContaining({ requestDigest: 'digest' })]);
  });

  test('that finds itself was written by an earlier attempt of the same call', async () => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(keyed({ status: 'RUNNING', version: 2 })));
    const task = keyed();
    expect(await store.create(task)).toBe(task);
  });

  test.each([
    ['from an earlier time', keyed({ createdAt: at(-1) })],
    ['from another request in the same millisecond', keyed({ requestDigest: 'other' })],
  ])('that finds a task %s returns that task', async (_, existing) => {
    dynamodb.on(PutItemCommand).rejects(aFailedCondition(existing));
    expect(await store.create(keyed())).toMatchObject(existing);
  });

  describe('and a long payload', () => {
    const long = keyed({ payload: json(2049) });

    test('is searched before its payload is stored', async () => {
      dynamodb.on(GetItemCommand).resolves({});
      expect(await store.create(long)).toBe(long);
      expect(commands()).toEqual(['GetItemCommand', 'PutItemCommand', 'PutItemCommand']);
      expect(dynamodb.commandCalls(GetItemCommand)[0].args[0].input).toMatchObject({ Key: { taskId: { S: long.taskId }, item: { S: 'task' } }, ConsistentRead: true });
    });

    test('returns an existing task without storing the payload', async () => {
      const existing = keyed({ createdAt: at(-1), payloadItem: 'payload#1' });
      dynamodb.on(GetItemCommand).resolves({ Item: anItem(existing) });
      expect(await store.create(long)).toMatchObject(existing);
      expect(commands()).toEqual(['GetItemCommand']);
    });

    test('returns a task that was created in between, with the payload of that task', async () => {
      const existing = keyed({ createdAt: at(-1), payloadItem: 'payload#1' });
      dynamodb.on(GetItemCommand).resolves({});
      dynamodb.on(PutItemCommand).resolvesOnce({}).rejects(aFailedCondition(existing));
      expect(await store.create(long)).toMatchObject({ payloadItem: 'payload#1' });
    });
  });
});

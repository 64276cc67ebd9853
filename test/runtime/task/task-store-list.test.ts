import { BatchGetItemCommand, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import * as fc from 'fast-check';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aTable } from '../../support/a-table';
import { anItem, aTask, at } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => dynamodb.reset());
afterEach(() => jest.restoreAllMocks());

const id = (number: number) => `${number.toString(16).padStart(8, '0')}-6b1e-4a63-9d5e-0d3a3a3d7f10`;

describe('listKeys', () => {
  const queries = () => dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input);

  test('queries the space of an owner, newest first', async () => {
    dynamodb.on(QueryCommand).resolves({});
    expect(await store.listKeys('ann', 7, undefined)).toEqual([]);
    expect(queries()).toEqual([{
      TableName: 'TaskStatus',
      IndexName: 'owners',
      KeyConditionExpression: 'ownerSpace = :space',
      ExpressionAttributeValues: { ':space': { S: 'owner#ann' } },
      ScanIndexForward: false,
      Limit: 7,
    }]);
  });

  test('queries the keys after a place', async () => {
    dynamodb.on(QueryCommand).resolves({});
    await store.listKeys('ann', 7, 'place');
    expect(queries()).toEqual([expect.objectContaining({
      KeyConditionExpression: 'ownerSpace = :space AND createdKey < :after', ExpressionAttributeValues: { ':space': { S: 'owner#ann' }, ':after': { S: 'place' } },
    })]);
  });

  test('queries all shards if there is no owner', async () => {
    dynamodb.on(QueryCommand).resolves({});
    await store.listKeys(undefined, 7, 'place');
    expect(queries().map(({ ExpressionAttributeValues }) => ExpressionAttributeValues![':space'].S)).toEqual(
      Array.from({ length: 20 }, (_, shard) => `shared#${shard}`),
    );
    for (const query of queries()) expect(query).toMatchObject({ Limit: 7, ExpressionAttributeValues: { ':after': { S: 'place' } } });
  });

  test('throws if one shard cannot be queried', async () => {
    dynamodb.on(QueryCommand).resolvesOnce({}).rejectsOnce(new Error('throttled')).resolves({});
    await expect(store.listKeys(undefined, 7, undefined)).rejects.toThrow('throttled');
  });
});

describe('listKeys of several shards', () => {
  const key = (number: number, seconds: number) => ({ taskId: id(number), type: 'export', createdKey: `${at(seconds)}#${id(number)}` });
  type Shards = Record<number, { keys: ReturnType<typeof key>[]; isCut?: boolean }>;
  const shardsWith = (shards: Shards) => dynamodb.on(QueryCommand).callsFake((input) => {
    const { keys, isCut } = shards[Number(input.ExpressionAttributeValues[':space'].S.slice('shared#'.length))] ?? { keys: [] };
    const Items = keys.map((item) => marshall(item));
    return { Items, ...(isCut && { LastEvaluatedKey: Items.at(-1) }) };
  });

  test('merges the keys, newest first', async () => {
    shardsWith({ 0: { keys: [key(0, 5), key(20, 2)] }, 7: { keys: [key(7, 4), key(27, 3)] }, 19: { keys: [key(19, 6)] } });
    expect(await store.listKeys(undefined, 9, undefined)).toEqual([key(19, 6), key(0, 5), key(7, 4), key(27, 3), key(20, 2)]);
  });

  test('sorts keys of the same millisecond by task id', async () => {
    shardsWith({ 0: { keys: [key(20, 1), key(0, 1)] }, 1: { keys: [key(21, 1), key(1, 1)] } });
    expect(await store.listKeys(undefined, 9, undefined)).toEqual([key(21, 1), key(20, 1), key(1, 1), key(0, 1)]);
  });

  test('ends where a shard has more keys that it has not returned', async () => {
    shardsWith({
      0: { keys: [key(0, 9), key(20, 6)], isCut: true },
      1: { keys: [key(1, 8), key(21, 3)], isCut: true },
      2: { keys: [key(2, 7), key(34, 2)] },
    });
    expect(await store.listKeys(undefined, 2, undefined)).toEqual([key(0, 9), key(1, 8), key(2, 7), key(20, 6)]);
  });

  test('returns the newest keys without a gap, and at least as many as requested', async () => {
    const aPlacedTask = fc.record({ taskId: fc.uuid(), createdAt: fc.integer({ min: 0, max: 9 }).map((seconds) => at(seconds)) });
    const tasks = fc.uniqueArray(aPlacedTask, { maxLength: 60, selector: ({ taskId }) => taskId });
    const aPlace = fc.option(fc.nat(), { nil: undefined });
    await fc.assert(fc.asyncProperty(tasks, fc.integer({ min: 1, max: 5 }), aPlace, async (all, atLeast, place) => {
      dynamodb.reset();
      aTable(dynamodb);
      for (const task of all) await store.create(aTask(task));
      const places = all.map(({ taskId, createdAt }) => `${createdAt}#${taskId}`).sort().reverse();
      const after = place === undefined ? undefined : places[place % places.length];
      const rest = after === undefined ? places : places.slice(places.indexOf(after) + 1);
      const keys = await store.listKeys(undefined, atLeast, after);
      expect(keys.map(({ createdKey }) => createdKey)).toEqual(rest.slice(0, keys.length));
      expect(keys.length).toBeGreaterThanOrEqual(Math.min(atLeast, rest.length));
    }), { numRuns: 50 });
  });
});

describe('findAll', () => {
  const keysOf = (...numbers: number[]) => numbers.map((number) => ({ taskId: { S: id(number) }, item: { S: 'task' } }));
  const requested = () => dynamodb.commandCalls(BatchGetItemCommand).map(({ args: [{ input }] }) => input.RequestItems!.TaskStatus.Keys!);
  const items = (...numbers: number[]) => numbers.map((number) => anItem(aTask({ taskId: id(number) })));
  const found = async (...numbers: number[]) =>
    (await store.findAll(numbers.map(id))).map(({ taskId }) => parseInt(taskId.slice(0, 8), 16));

  // The pauses are random.
  beforeEach(() => jest.spyOn(Math, 'random').mockReturnValue(0));

  test('reads tasks in one call', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: { TaskStatus: items(2, 1) } });
    expect((await found(1, 2)).sort()).toEqual([1, 2]);
    expect(requested()).toEqual([keysOf(1, 2)]);
  });

  test('leaves out tasks that do not exist', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ Responses: { TaskStatus: items(2) } });
    expect(await found(1, 2)).toEqual([2]);
  });

  test('makes no call if there are no tasks to read', async () => {
    expect(await found()).toEqual([]);
    expect(dynamodb.calls()).toEqual([]);
  });

  test('reads at most 100 tasks in a call', async () => {
    const numbers = Array.from({ length: 201 }, (_, number) => number);
    dynamodb.on(BatchGetItemCommand).callsFake(({ RequestItems: { TaskStatus: { Keys } } }) => ({
      Responses: { TaskStatus: Keys.map((key: any) => anItem(aTask({ taskId: key.taskId.S }))) },
    }));
    expect(await found(...numbers)).toEqual(numbers);
    expect(requested().map((keys) => keys.length)).toEqual([100, 100, 1]);
  });

  test('repeats the call for the tasks that DynamoDB left unread', async () => {
    dynamodb.on(BatchGetItemCommand)
      .resolvesOnce({ Responses: { TaskStatus: items(1) }, UnprocessedKeys: { TaskStatus: { Keys: keysOf(2, 3) } } })
      .resolvesOnce({ UnprocessedKeys: { TaskStatus: { Keys: keysOf(3) } }, Responses: { TaskStatus: items(2) } })
      .resolves({ Responses: { TaskStatus: items(3) }, UnprocessedKeys: {} });
    expect(await found(1, 2, 3)).toEqual([1, 2, 3]);
    expect(requested()).toEqual([keysOf(1, 2, 3), keysOf(2, 3), keysOf(3)]);
  });

  test('repeats the call if DynamoDB left all tasks unread', async () => {
    dynamodb.on(BatchGetItemCommand)
      .resolvesOnce({ UnprocessedKeys: { TaskStatus: { Keys: keysOf(1) } } })
      .resolves({ Responses: { TaskStatus: items(1) } });
    expect(await found(1)).toEqual([1]);
  });

  test('throws after five attempts', async () => {
    dynamodb.on(BatchGetItemCommand).resolves({ UnprocessedKeys: { TaskStatus: { Keys: keysOf(1, 2) } } });
    await expect(found(1, 2)).rejects.toThrow('BatchGetItem left 2 items unread after 5 attempts');
    expect(requested()).toHaveLength(5);
  });

  test('does not repeat a call that fails', async () => {
    dynamodb.on(BatchGetItemCommand).rejects(new Error('throttled'));
    await expect(found(1)).rejects.toThrow('throttled');
  });
});

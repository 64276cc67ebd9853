import { DynamoDBClient, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { parseSweepRequest, SweepRequest } from '../../../src/runtime/task/sweep-request';
import { Sweeper } from '../../../src/runtime/task/sweeper';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aFailedCondition, anItem, aTask, at } from '../../support/builders';
import { RecordedMetrics } from '../../support/recorded-metrics';

const dynamodb = mockClient(DynamoDBClient);
const handOver = jest.fn<Promise<unknown>, [number[]]>();

const WHOLE = parseSweepRequest({});
const FUNCTION_MS = 90_000;

/** How much of the function's time has passed. */
let passedMs: number;
let metrics: RecordedMetrics;

beforeEach(() => {
  passedMs = 0;
  metrics = new RecordedMetrics();
  dynamodb.reset();
  dynamodb.on(QueryCommand).resolves({});
  dynamodb.on(UpdateItemCommand).resolves({});
  handOver.mockReset().mockResolvedValue(undefined);
  jest.spyOn(console, 'info').mockReset().mockImplementation();
  jest.spyOn(console, 'warn').mockReset().mockImplementation();
});

const sweep = (request: SweepRequest = WHOLE, functionMs = FUNCTION_MS) => new Sweeper({
  store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60),
  metrics,
  now: () => new Date(at(3600)),
  remainingMs: () => functionMs - passedMs,
  handOver,
}).sweep(request);

/** Puts tasks into the shards of the index, page by page. Each query takes `queryMs` of the function's time. */
function indexWith(shards: Record<number, string[][]>, queryMs = 0): void {
  dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues, ExclusiveStartKey }) => {
    passedMs += queryMs;
    const pages = shards[ExpressionAttributeValues[':shard'].S] ?? [[]];
    const page = Number(ExclusiveStartKey?.page.N ?? 0);
    return {
      Items: pages[page].map((taskId) => anItem(aTask({ taskId }))),
      ...(page + 1 < pages.length && { LastEvaluatedKey: { page: { N: String(page + 1) } } }),
    };
  });
}

const names = (count: number) => Array.from({ length: count }, (_, i) => `task-${i}`);
const checked = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input.Key!.taskId.S);
const searched = () => dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => unmarshall(input.ExpressionAttributeValues!)[':shard']);

test('the sweeper searches all shards for tasks that are due for a check', async () => {
  await sweep();
  expect(searched()).toEqual(WHOLE.shards.map(String));
  expect(checked()).toEqual([]);
  expect(handOver).not.toHaveBeenCalled();
});

test('the sweeper searches only the shards that were handed over', async () => {
  await sweep({ shards: [4, 8], isHandedOver: true });
  expect(searched()).toEqual(['4', '8']);
});

test('the sweeper reads all pages of a shard', async () => {
  indexWith({ 0: [['one'], ['two'], ['three']] });
  await sweep();
  expect(checked()).toEqual(['one', 'two', 'three']);
});

test('the sweeper logs which tasks it ended with which error', async () => {
  indexWith({ 0: [['late', 'silent', 'alive', 'ended']] });
  const alive = aTask({ taskId: 'alive', status: 'RUNNING', heartbeatAt: at(3599), heartbeatSeconds: 60, checkAt: at(60), deadlineAt: at(7200) });
  const silent = { ...alive, taskId: 'silent', heartbeatAt: at(0) };
  const failed = { ...silent, status: 'FAILED' as const, error: { code: 'HeartbeatTimeout', message: '' } };
  dynamodb.on(UpdateItemCommand).callsFake(({ Key, ConditionExpression }) => {
    if (Key.taskId.S === 'late') return {};
    if (!ConditionExpression.includes('#deadlineAt')) return { Attributes: anItem(Key.taskId.S === 'silent' ? failed : alive) };
    throw aFailedCondition({ silent, alive, ended: { ...failed, checkAt: undefined } }[Key.taskId.S as 'silent' | 'alive' | 'ended']);
  });
  await sweep();
  expect(jest.mocked(console.info).mock.calls).toEqual([
    [{ message: 'task timed out', taskId: 'late', code: 'TaskTimeout' }],
    [{ message: 'task timed out', taskId: 'silent', code: 'HeartbeatTimeout' }],
  ]);
});

test('the sweeper measures how long the oldest check is overdue', async () => {
  const dueAt = (shard: string) => ({ 3: at(3500), 7: at(3420.5), 9: at(3600) })[shard];
  dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues: { ':shard': { S: shard } } }) => ({
    Items: dueAt(shard) ? [anItem(aTask({ checkAt: dueAt(shard) })), anItem(aTask({ checkAt: at(3600) }))] : [],
  }));
  await sweep();
  expect(metrics.written).toEqual([{ name: 'OldestOverdueCheckAge', value: 179.5 }]);
});

test.each([['nothing is due', []], ['all checks are due just now', ['one']]])('the sweeper writes no metric if %s', async (_, taskIds) => {
  dynamodb.on(QueryCommand).resolves({ Items: taskIds.map((taskId) => anItem(aTask({ taskId, checkAt: at(3600) }))) });
  await sweep();
  expect(metrics.written).toEqual([]);
});

test('the sweeper writes its metric even if calls fail', async () => {
  dynamodb.on(QueryCommand).resolves({ Items: [anItem(aTask({ checkAt: at(0) }))] });
  dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
  await expect(sweep()).rejects.toThrow('failed calls of the sweep');
  expect(metrics.written).toEqual([{ name: 'OldestOverdueCheckAge', value: 3600 }]);
});

test('the sweeper has at most 50 calls in flight', async () => {
  indexWith(Object.fromEntries(WHOLE.shards.map((shard) => [shard, [names(100)]])));
  let [running, most] = [0, 0];
  const count = (call: (input: any) => unknown) => async (input: any) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return call(input);
  };
  dynamodb.on(UpdateItemCommand).callsFake(count(() => ({})));
  await sweep();
  expect(most).toBe(50);
  expect(checked()).toHaveLength(4000);
});

describe('a long sweep', () => {
  test('is shared with four other invocations after five seconds', async () => {
    indexWith(Object.fromEntries(WHOLE.shards.map((shard) => [shard, [[`${shard}-a`], [`${shard}-b`]]])), 5_000 / 40);
    await sweep();
    const parts = handOver.mock.calls.map(([shards]) => shards);
    expect(parts.map(([first]) => first)).toEqual([1, 2, 3, 4]);
    const own = WHOLE.shards.filter((shard) => shard % 5 === 0);
    expect([...own, ...parts.flat()].sort((a, b) => a - b)).toEqual(WHOLE.shards);
    // Each shard is searched from its start again, because the ended tasks have left the index.
    expect(searched().slice(40, 48)).toEqual(own.map(String));
    expect(console.warn).not.toHaveBeenCalled();
  });

  test('is shared with fewer invocations if few shards are left', async () => {
    indexWith({ 5: [['one'], ['two']], 6: [['three'], ['four']] }, 5_000 / 40);
    await sweep();
    expect(handOver.mock.calls).toEqual([[[6]]]);
    expect(searched().slice(40)).toEqual(['5', '5']);
    expect(checked()).toEqual(['one', 'two']);
  });

  test('counts a shard as unfinished if it had no time to check the tasks that it found', async () => {
    indexWith({ 5: [['one']], 7: [['two']] });
    dynamodb.on(QueryCommand, { ExpressionAttributeValues: { ':shard': { S: '39' }, ':now': { S: at(3600) } } }).callsFake(() => {
      passedMs = 5_000;
      return {};
    });
    await sweep();
    expect(handOver.mock.calls).toEqual([[[7]]]);
    expect(checked()).toEqual(['one']);
  });

  test('is not shared again by an invocation that it was handed over to', async () => {
    indexWith({ 4: [['one'], ['two']] }, 11_000);
    await sweep({ shards: [4], isHandedOver: true });
    expect(handOver).not.toHaveBeenCalled();
    expect(checked()).toEqual(['one', 'two']);
  });

  test('stops when 35 seconds are left, and leaves the rest to the next sweep', async () => {
    indexWith({ 4: [['one'], ['two']], 8: [['three']] }, 20_000);
    await sweep({ shards: [4, 8, 12, 16, 20], isHandedOver: true });
    expect(searched()).toEqual(['4', '8', '12']);
    expect(checked()).toEqual([]);
    expect(console.warn).toHaveBeenCalledWith({ message: 'sweep not finished: the next one continues', shards: 4 });
  });

  test('works for half of the time if the function has little time', async () => {
    indexWith({ 4: [['one']] }, 4_000);
    await sweep({ shards: [4, 8, 12, 16], isHandedOver: true }, 15_000);
    expect(searched()).toEqual(['4', '8']);
  });

  test('continues with a part that could not be handed over, and throws at the end', async () => {
    indexWith(Object.fromEntries(WHOLE.shards.map((shard) => [shard, [[`${shard}-a`], [`${shard}-b`]]])), 5_000 / 40);
    handOver.mockRejectedValueOnce(new Error('not allowed'));
    await expect(sweep()).rejects.toThrow('failed calls of the sweep: 1, the first with: Error: not allowed');
    const [refused] = handOver.mock.calls[0];
    expect(searched().slice(40, 56)).toEqual([...WHOLE.shards.filter((shard) => shard % 5 === 0), ...refused].map(String));
  });
});

describe('a failed call of a sweep', () => {
  test('does not stop the checks of other tasks, and is thrown at the end', async () => {
    indexWith({ 0: [['one', 'two'], ['three']] });
    dynamodb.on(UpdateItemCommand).callsFake(({ Key }) => {
      if (Key.taskId.S === 'two') throw new Error('throttled');
      return {};
    });
    await expect(sweep()).rejects.toThrow(new AggregateError([], 'failed calls of the sweep: 1, the first with: Error: throttled'));
    expect(checked()).toEqual(['one', 'two', 'three']);
  });

  test('does not stop the search of other shards', async () => {
    dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => {
      if (ExpressionAttributeValues[':shard'].S === '0') throw new Error('no index');
      return ExpressionAttributeValues[':shard'].S === '1' ? { Items: [anItem(aTask())] } : {};
    });
    await expect(sweep()).rejects.toThrow('failed calls of the sweep: 1, the first with: Error: no index');
    expect(checked()).toHaveLength(1);
  });

  test('is thrown with all others', async () => {
    indexWith({ 0: [names(3)] });
    dynamodb.on(UpdateItemCommand).rejects(new Error('throttled'));
    const error: AggregateError = await sweep().catch((e) => e);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toHaveLength(3);
  });
});

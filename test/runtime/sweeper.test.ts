import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { Sweeper } from '../../src/runtime/sweeper';
import { Task } from '../../src/runtime/task';
import { TaskStore } from '../../src/runtime/task-store';
import { aFailedCondition, anItem, aTask, at } from '../builders';

const dynamodb = mockClient(DynamoDBClient);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'FAILED' })) });
  jest.spyOn(console, 'info').mockImplementation();
});

const sweep = (now: string) => new Sweeper({ store: new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60), now: () => new Date(now) }).sweep();

/** Has the index name tasks, all in one shard, and the table hold those that are given. */
function tableWith(tasks: Task[], named: string[] = tasks.map(({ taskId }) => taskId)): void {
  dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => (
    ExpressionAttributeValues[':shard'].S === '0' ? { Items: named.map((taskId) => anItem(aTask({ taskId }))) } : {}
  ));
  dynamodb.on(GetItemCommand).callsFake(({ Key }) => {
    const task = tasks.find(({ taskId }) => taskId === Key.taskId.S);
    return { Item: task && anItem(task) };
  });
}

const writes = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => ({
  taskId: input.Key!.taskId.S, condition: input.ConditionExpression, ...unmarshall(input.ExpressionAttributeValues!),
}));

const running = (task: Partial<Task> = {}) => aTask({ status: 'RUNNING', checkAt: at(60), heartbeatAt: at(30), heartbeatSeconds: 60, ...task });

test('looks into all shards, for tasks that it is time to check', async () => {
  dynamodb.on(QueryCommand).resolves({});
  await sweep(at(5));
  const queries = dynamodb.commandCalls(QueryCommand).map(({ args: [{ input }] }) => input);
  expect(queries.map(({ ExpressionAttributeValues }) => unmarshall(ExpressionAttributeValues!))).toEqual(
    Array.from({ length: 40 }, (_, shard) => ({ ':shard': String(shard), ':now': at(5) })));
  expect(queries[0]).toMatchObject({ TableName: 'TaskStatus', IndexName: 'checks', KeyConditionExpression: 'checkShard = :shard AND checkAt <= :now' });
});

test('ends a task whose deadline has passed', async () => {
  tableWith([aTask({ checkAt: at(3600) })]);
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'FAILED', error: { code: 'TaskTimeout', message: '' } })) });
  await sweep(at(3600));
  expect(writes()).toEqual([expect.objectContaining({ ':status': 'FAILED', ':error': expect.objectContaining({ code: 'TaskTimeout' }) })]);
  expect(console.info).toHaveBeenCalledWith({ message: 'task timed out', taskId: aTask().taskId, code: 'TaskTimeout' });
});

test('ends a task whose processor fell silent', async () => {
  tableWith([running()]);
  await sweep(at(90));
  expect(writes()).toEqual([expect.objectContaining({ ':status': 'FAILED', ':error': expect.objectContaining({ code: 'HeartbeatTimeout' }), ':heartbeatAt': at(30), ':heartbeatSeconds': 60 })]);
});

test('moves on the check of a task whose processor lives', async () => {
  tableWith([running()]);
  await sweep(at(89.999));
  expect(writes()).toEqual([{
    'taskId': aTask().taskId,
    'condition': '#checkAt = :seen AND #heartbeatAt = :heartbeatAt AND #heartbeatSeconds = :heartbeatSeconds',
    ':checkAt': at(90),
    ':seen': at(60),
    ':heartbeatAt': at(30),
    ':heartbeatSeconds': 60,
  }]);
  expect(console.info).not.toHaveBeenCalled();
});

test.each<[string, Task[]]>([
  ['that the table removed', []],
  ['that has ended', [aTask({ status: 'SUCCESSFUL' })]],
  ['whose check was moved on', [running({ checkAt: at(100.001) })]],
])('ignores a task %s since the index was written', async (_, tasks) => {
  tableWith(tasks, [aTask().taskId]);
  await sweep(at(100));
  expect(writes()).toEqual([]);
});

test('leaves a task alone that ended, or was heard of, while it was swept', async () => {
  tableWith([aTask({ taskId: 'ended', checkAt: at(3600) }), running({ taskId: 'heard' }), running({ taskId: 'moved', heartbeatAt: at(3599) })]);
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL' })));
  await expect(sweep(at(3600))).resolves.toBeUndefined();
  expect(console.info).not.toHaveBeenCalled();
});

test('ends a task whose deadline is over although its processor is heard of while it is swept', async () => {
  const late = running({ deadlineAt: at(100) });
  tableWith([late]);
  dynamodb.on(UpdateItemCommand)
    .rejectsOnce(aFailedCondition({ ...late, heartbeatAt: at(99) }))
    .resolves({ Attributes: anItem(aTask({ status: 'FAILED', error: { code: 'TaskTimeout', message: '' } })) });
  await sweep(at(100));
  expect(writes()).toMatchObject([{ ':error': { code: 'HeartbeatTimeout' } }, { ':error': { code: 'TaskTimeout' } }]);
  expect(console.info).toHaveBeenCalledWith({ message: 'task timed out', taskId: aTask().taskId, code: 'TaskTimeout' });
});

test('moves on the check of a silent task whose processor is heard of while it is swept', async () => {
  tableWith([running()]);
  dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(running({ heartbeatAt: at(89) }))).resolves({ Attributes: anItem(running()) });
  await sweep(at(90));
  expect(writes()).toMatchObject([{ ':error': { code: 'HeartbeatTimeout' } }, { ':checkAt': at(149), ':heartbeatAt': at(89) }]);
});

test('does nothing about a task that the table removes while it is swept', async () => {
  tableWith([aTask({ checkAt: at(3600) })]);
  dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
  await sweep(at(3600));
  expect(writes()).toHaveLength(1);
});

test('goes through all pages of a shard', async () => {
  tableWith([aTask({ taskId: 'one', checkAt: at(3600) }), aTask({ taskId: 'two', checkAt: at(3600) })]);
  dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues, ExclusiveStartKey }) => {
    if (ExpressionAttributeValues[':shard'].S !== '0') return {};
    return ExclusiveStartKey
      ? { Items: [anItem(aTask({ taskId: 'two' }))] }
      : { Items: [anItem(aTask({ taskId: 'one' }))], LastEvaluatedKey: { taskId: { S: 'one' } } };
  });
  await sweep(at(3600));
  expect(writes().map(({ taskId }) => taskId)).toEqual(['one', 'two']);
  expect(dynamodb.commandCalls(QueryCommand)[0].args[0].input.Limit).toBe(25);
});

describe('a failure on the way', () => {
  const tasks = ['one', 'two', 'three'].map((taskId) => aTask({ taskId, checkAt: at(3600) }));

  test('does not keep the other tasks from their end, and is thrown at the end', async () => {
    tableWith(tasks);
    dynamodb.on(UpdateItemCommand).callsFake(({ Key }) => {
      if (Key.taskId.S === 'two') throw new Error('throttled');
      return { Attributes: anItem(aTask({ status: 'FAILED' })) };
    });
    await expect(sweep(at(3600))).rejects.toThrow(new AggregateError([], '1 checks failed, the first one with: Error: throttled'));
    expect(writes().map(({ taskId }) => taskId)).toEqual(['one', 'two', 'three']);
  });

  test('does not keep the sweeper from the next page', async () => {
    tableWith(tasks);
    dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues, ExclusiveStartKey }) => {
      if (ExpressionAttributeValues[':shard'].S !== '0') return {};
      return ExclusiveStartKey ? { Items: [anItem(tasks[2])] } : { Items: [anItem(tasks[1])], LastEvaluatedKey: { taskId: { S: 'two' } } };
    });
    dynamodb.on(UpdateItemCommand).rejectsOnce(new Error('throttled')).resolves({ Attributes: anItem(aTask({ status: 'FAILED' })) });
    await expect(sweep(at(3600))).rejects.toThrow('1 checks failed');
    expect(writes().map(({ taskId }) => taskId)).toEqual(['two', 'three']);
  });

  test('does not keep the sweeper from the other shards', async () => {
    dynamodb.on(QueryCommand).callsFake(({ ExpressionAttributeValues }) => {
      if (ExpressionAttributeValues[':shard'].S === '0') throw new Error('no index');
      return ExpressionAttributeValues[':shard'].S === '1' ? { Items: [anItem(tasks[0])] } : {};
    });
    dynamodb.on(GetItemCommand).resolves({ Item: anItem(tasks[0]) });
    await expect(sweep(at(3600))).rejects.toThrow('1 checks failed, the first one with: Error: no index');
    expect(writes()).toHaveLength(1);
  });

  test('tells all of several', async () => {
    tableWith(tasks);
    dynamodb.on(GetItemCommand).rejects(new Error('throttled'));
    const error: AggregateError = await sweep(at(3600)).catch((e) => e);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toHaveLength(3);
  });
});

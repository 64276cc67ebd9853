import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { StatusReader } from '../../../src/runtime/task/status-reader';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aTable } from '../../support/a-table';
import { aFailedCondition, aReport, aTask, at } from '../../support/builders';
import { InMemoryTable } from '../../support/in-memory-table';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

let table: InMemoryTable;

beforeEach(() => {
  dynamodb.reset();
  table = aTable(dynamodb);
});

/** Asks for the status of a task, with other values than its own if they are given. */
const statusOf = (task: Task, { time = at(1), ...other }: { taskType?: string; createdAt?: string; time?: string } = {}) =>
  new StatusReader({ store, now: () => new Date(time) })
    .read({ taskId: task.taskId, taskType: task.type, createdAt: task.createdAt, ...other });

const calls = () => dynamodb.calls().map(({ args: [{ input }] }) => input as { TableName?: string; ConsistentRead?: boolean });

describe('the status of a task', () => {
  test('is PENDING after its creation', async () => {
    expect(await statusOf(await store.create(aTask()))).toEqual({ status: 'PENDING' });
  });

  test('is RUNNING after the first report', async () => {
    const task = await store.create(aTask());
    await store.update(aReport({ taskId: task.taskId, status: 'RUNNING' }), new Date(at(1)));
    expect(await statusOf(task)).toEqual({ status: 'RUNNING' });
  });

  test('is CANCELLED after a cancellation', async () => {
    const task = await store.create(aTask());
    await store.cancel(task.taskId, new Date(at(1)));
    expect(await statusOf(task)).toEqual({ status: 'CANCELLED' });
  });

  test('is all that the answer has, also if the task has a payload, a result and an owner', async () => {
    const task = await store.create(aTask({ owner: 'ada', payload: '"secret"' }));
    await store.update(aReport({ taskId: task.taskId, status: 'SUCCESSFUL', result: 'secret' }), new Date(at(1)));
    expect(await statusOf(task)).toEqual({ status: 'SUCCESSFUL' });
  });

  test('is read with one strongly consistent read', async () => {
    const task = await store.create(aTask());
    dynamodb.resetHistory();
    await statusOf(task);
    expect(calls()).toEqual([expect.objectContaining({ TableName: 'TaskStatus', ConsistentRead: true })]);
  });
});

describe('an overdue task', () => {
  test('is ended before the answer', async () => {
    const task = await store.create(aTask({ deadlineAt: at(60) }));
    expect(await statusOf(task, { time: at(60) })).toEqual({ status: 'FAILED' });
    expect(await store.find(task.taskId)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
  });

  test('is ended if its heartbeat is overdue', async () => {
    const task = await store.create(aTask());
    await store.update(aReport({ taskId: task.taskId, status: 'RUNNING', heartbeatSeconds: 30 }), new Date(at(1)));
    expect(await statusOf(task, { time: at(31) })).toEqual({ status: 'FAILED' });
    expect(await store.find(task.taskId)).toMatchObject({ error: { code: 'HeartbeatTimeout' } });
  });

  test('that is removed meanwhile is ENDED', async () => {
    const task = await store.create(aTask({ deadlineAt: at(60) }));
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition());
    expect(await statusOf(task, { time: at(60) })).toEqual({ status: 'ENDED' });
  });

  test('that makes way for another one of the same id meanwhile is ENDED', async () => {
    const task = await store.create(aTask({ deadlineAt: at(60) }));
    dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(aTask({ createdAt: at(59) })));
    expect(await statusOf(task, { time: at(60) })).toEqual({ status: 'ENDED' });
  });
});

describe('ENDED is the answer', () => {
  test('if there is no task with this id', async () => {
    expect(await statusOf(aTask())).toEqual({ status: 'ENDED' });
  });

  test('if the task was removed', async () => {
    const task = await store.create(aTask());
    table.remove(`${task.taskId}/task`);
    expect(await statusOf(task)).toEqual({ status: 'ENDED' });
  });

  test.each([
    ['of another type', { taskType: 'report' }],
    ['with another time of creation', { createdAt: at(-1) }],
  ])('about a task %s, which is not ended even if it is overdue', async (_, other) => {
    const task = await store.create(aTask({ deadlineAt: at(60) }));
    expect(await statusOf(task, { ...other, time: at(60) })).toEqual({ status: 'ENDED' });
    expect(await store.find(task.taskId)).toMatchObject({ status: 'PENDING' });
  });
});

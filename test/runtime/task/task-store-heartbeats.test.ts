import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskUpdatedDetail } from '../../../src/protocol/wire';
import { Task } from '../../../src/runtime/task/task';
import { TaskStore } from '../../../src/runtime/task/task-store';
import { aTable } from '../../support/a-table';
import { aFailedCondition, anItem, aReport, aTask, at, NOW } from '../../support/builders';

const dynamodb = mockClient(DynamoDBClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);

beforeEach(() => {
  dynamodb.reset();
  dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(aTask({ status: 'RUNNING' })) });
});

const running = (task: Partial<Task> = {}) => aTask({ status: 'RUNNING', version: 2, checkAt: at(3600), ...task });
const updateInputs = () => dynamodb.commandCalls(UpdateItemCommand).map(({ args: [{ input }] }) => input);

const RUNNING: TaskUpdatedDetail = { taskId: 'id', status: 'RUNNING' };
const FAILED: TaskUpdatedDetail = { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } };

describe('a heartbeat', () => {
  const ask: TaskUpdatedDetail = { ...RUNNING, heartbeatSeconds: 60 };
  const watched = (task: Partial<Task> = {}) => running({ heartbeatAt: at(0), heartbeatSeconds: 60, ...task });
  const FORWARD = { 'taskId': aTask().taskId, 'condition': '#checkAt > :checkAt', ':checkAt': at(60) };
  const RENEWED = { 'taskId': 'id', 'condition': '#type = :type AND (#status = :running AND #heartbeatAt <= :now)', ':type': 'export', ':running': 'RUNNING', ':now': at(0) };
  const writes = () => updateInputs().map((input) => ({
    taskId: input.Key!.taskId.S, condition: input.ConditionExpression, ...unmarshall(input.ExpressionAttributeValues!),
  }));

  test('that a processor asks for moves the check to an earlier time', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(watched()) });
    expect(await store.update(aReport(ask), NOW)).toEqual({ applied: true });
    expect(writes()).toEqual([expect.objectContaining({ ':heartbeatSeconds': 60, ':now': at(0) }), FORWARD]);
    expect(updateInputs()[1].UpdateExpression).toBe('SET #previousStatus = #status, #checkAt = :checkAt');
  });

  test.each([
    ['is before the heartbeat is due', watched({ checkAt: at(59) })],
    ['is when the heartbeat is due', watched({ checkAt: at(60) })],
    ['is at the deadline, before the heartbeat is due', watched({ deadlineAt: at(30), checkAt: at(30) })],
    ['is missing because the task has ended', { ...watched(), checkAt: undefined }],
  ])('that a processor asks for does not move a check that %s', async (_, task) => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(task) });
    expect(await store.update(aReport(ask), NOW)).toEqual({ applied: true });
    expect(updateInputs()).toHaveLength(1);
  });

  test.each<[string, object, string[]]>([
    ['is asked for', ask, ['ALL_NEW', 'NONE']],
    ['goes on', RUNNING, ['NONE']],
    ['is cancelled', { ...RUNNING, heartbeatSeconds: 0 }, ['NONE']],
  ])('that %s reads the task only if its check may have to move', async (_, report, returns) => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(watched()) });
    await store.update(aReport(report as TaskUpdatedDetail), NOW);
    expect(updateInputs().map(({ ReturnValues }) => ReturnValues)).toEqual(returns);
  });

  test('that a repeated report asks for reads the task, and moves the check', async () => {
    dynamodb.on(UpdateItemCommand)
      .rejectsOnce(aFailedCondition(running({ heartbeatAt: at(-1), sequence: 7 })))
      .resolves({ Attributes: anItem(watched({ sequence: 7 })) });
    await store.update(aReport({ ...ask, sequence: 7 } as TaskUpdatedDetail), NOW);
    expect(updateInputs().map(({ ReturnValues }) => ReturnValues)).toEqual(['ALL_NEW', 'ALL_NEW', 'NONE']);
    expect(writes()[2]).toEqual(FORWARD);
  });

  test('that is renewed does not move the check: the sweeper does that', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(watched()) });
    await store.update(aReport(RUNNING), NOW);
    expect(updateInputs()).toHaveLength(1);
  });

  test('is accepted if another call has already moved the check', async () => {
    dynamodb.on(UpdateItemCommand).resolvesOnce({ Attributes: anItem(watched()) }).rejects(aFailedCondition(watched({ checkAt: at(30) })));
    expect(await store.update(aReport(ask), NOW)).toEqual({ applied: true });
  });

  test('whose check cannot be moved fails, so that the report is repeated', async () => {
    dynamodb.on(UpdateItemCommand).resolvesOnce({ Attributes: anItem(watched()) }).rejects(new Error('throttled'));
    await expect(store.update(aReport(ask), NOW)).rejects.toThrow('throttled');
  });

  test('that is cancelled is removed, and the check stays: the sweeper moves it', async () => {
    dynamodb.on(UpdateItemCommand).resolves({ Attributes: anItem(running({ heartbeatAt: at(0), checkAt: at(60) })) });
    expect(await store.update(aReport({ ...RUNNING, heartbeatSeconds: 0 }), NOW)).toEqual({ applied: true });
    expect(updateInputs()).toHaveLength(1);
    expect(updateInputs()[0].UpdateExpression).toMatch(/^SET #previousStatus = #status, #heartbeatAt = :now, #status = :running, .* REMOVE #heartbeatSeconds$/);
  });

  test.each([
    [{ progress: { percent: 50 } }],
    [{ progress: { percent: 50 }, sequence: 7 }],
    [{ progress: { percent: 50 }, heartbeatSeconds: 30 }],
  ])('is not turned back by a delayed call, whose report %j is still applied', async (heldUp) => {
    aTable(dynamodb);
    const { taskId } = aTask();
    await store.create(aTask());
    await store.update(aReport({ taskId, status: 'RUNNING', heartbeatSeconds: 10 }), new Date(at(15)));
    expect(await store.update(aReport({ taskId, status: 'RUNNING', ...heldUp }), new Date(at(6)))).toEqual({ applied: true });
    expect(await store.find(taskId)).toMatchObject({ heartbeatAt: at(15), updatedAt: at(15), version: 3, ...heldUp });
  });

  test.each([
    ['before it was cancelled is not asked for', at(9), undefined],
    ['in the same second as it was cancelled is not asked for', at(10), undefined],
    ['after it was cancelled, by a processor that starts over, is asked for', at(70), 60],
  ])('in a stale RUNNING that was sent %s', async (_, reportedAt, heartbeatSeconds) => {
    aTable(dynamodb);
    const { taskId } = aTask();
    await store.create(aTask());
    await store.update(aReport({ taskId, status: 'RUNNING', sequence: 2, heartbeatSeconds: 0 }, { reportedAt: new Date(at(10)) }), new Date(at(11)));
    await store.update(aReport({ taskId, status: 'RUNNING', sequence: 1, heartbeatSeconds: 60 }, { reportedAt: new Date(reportedAt) }), new Date(at(72)));
    expect((await store.find(taskId))!.heartbeatSeconds).toBe(heartbeatSeconds);
  });

  describe('in a stale RUNNING', () => {
    const stale: TaskUpdatedDetail = { ...RUNNING, sequence: 1 };
    const IGNORED = { applied: false, reason: 'StaleSequence', explanation: 'sequence 1 is not newer than sequence 5' };

    test('is renewed without changing version or progress', async () => {
      const task = watched({ sequence: 5 });
      dynamodb.on(UpdateItemCommand).rejectsOnce(aFailedCondition(task)).resolves({ Attributes: anItem(task) });
      expect(await store.update(aReport({ ...stale, progress: { percent: 1 } }), NOW)).toMatchObject(IGNORED);
      expect(writes().slice(1)).toEqual([RENEWED]);
      expect(updateInputs()[1].UpdateExpression).toBe('SET #previousStatus = #status, #heartbeatAt = :now');
    });

    test('is renewed with the time that it asks for, and the check is moved to an earlier time', async () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(running({ sequence: 5 })))
        .resolves({ Attributes: anItem(watched({ sequence: 5 })) });
      expect(await store.update(aReport({ ...stale, heartbeatSeconds: 60 }), NOW)).toMatchObject(IGNORED);
      expect(writes().slice(1)).toEqual([{ ...RENEWED, ':heartbeatSeconds': 60 }, FORWARD]);
      expect(updateInputs()[1].UpdateExpression).toBe('SET #previousStatus = #status, #heartbeatAt = :now, #heartbeatSeconds = :heartbeatSeconds');
    });

    test('is cancelled, as by a processor that starts over', async () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(watched({ sequence: 5 })))
        .resolves({ Attributes: anItem(running({ sequence: 5 })) });
      expect(await store.update(aReport({ ...stale, heartbeatSeconds: 0 }), NOW)).toMatchObject(IGNORED);
      // Without a condition on heartbeatAt: the time of the report matters only to a heartbeat.
      expect(writes().slice(1)).toEqual([{ ...RENEWED, condition: '#type = :type AND (#status = :running)' }]);
      expect(updateInputs()[1].UpdateExpression).toBe('SET #previousStatus = #status, #heartbeatAt = :now REMOVE #heartbeatSeconds');
    });

    test.each([stale, { ...stale, heartbeatSeconds: 0 }])('is not renewed by %j if no processor has asked for it', async (update) => {
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(running({ sequence: 5, heartbeatAt: at(0) })));
      expect(await store.update(aReport(update), NOW)).toMatchObject(IGNORED);
      expect(updateInputs()).toHaveLength(1);
    });

    test('is renewed only for the task that the report is about', async () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(watched({ sequence: 5 })))
        .resolves({ Attributes: anItem(watched({ sequence: 5 })) });
      await store.update(aReport({ ...stale, taskCreatedAt: at(0) }), NOW);
      expect(writes().slice(1)).toEqual([{
        ...RENEWED, 'condition': '#type = :type AND #createdAt = :taskCreatedAt AND (#status = :running AND #heartbeatAt <= :now)', ':taskCreatedAt': at(0),
      }]);
    });

    test('is not renewed if the task ends meanwhile', async () => {
      dynamodb.on(UpdateItemCommand)
        .rejectsOnce(aFailedCondition(watched({ sequence: 5 })))
        .rejects(aFailedCondition(aTask({ status: 'SUCCESSFUL' })));
      expect(await store.update(aReport({ ...stale, heartbeatSeconds: 60 }), NOW)).toMatchObject(IGNORED);
      expect(updateInputs()).toHaveLength(2);
    });

    test.each([
      ['of another type', watched({ type: 'report' })],
      ['that was created after the report', watched({ createdAt: at(1) })],
      ['that has ended', watched({ status: 'SUCCESSFUL' })],
    ])('is not renewed for a task %s', async (_, task) => {
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(task));
      expect(await store.update(aReport({ ...stale, heartbeatSeconds: 60 }, { reportedAt: NOW }), NOW)).toMatchObject({ applied: false });
      expect(updateInputs()).toHaveLength(1);
    });

    test('is not renewed by a late end', async () => {
      dynamodb.on(UpdateItemCommand).rejects(aFailedCondition(watched()));
      expect(await store.update(aReport(FAILED), NOW)).toMatchObject({ applied: false });
      expect(updateInputs()).toHaveLength(1);
    });
  });
});

import { SQSRecord } from 'aws-lambda';
import { TASK_STATUSES } from '../../src/protocol';
import { parseReport, statusEvent } from '../../src/runtime/events';
import { Task } from '../../src/runtime/task';
import { aMessage, anUndeliveredMessage, aTask, EVENT_SOURCE } from '../builders';

describe('the event of a status', () => {
  const bus = { eventBusName: 'Bus', eventSource: EVENT_SOURCE };

  test('tells a processor of a pending task all it needs', () => {
    const task = aTask({ payload: '{"table":"customers"}' });
    const event = statusEvent(task, bus);
    expect(event).toMatchObject({ EventBusName: 'Bus', Source: EVENT_SOURCE, DetailType: 'TaskCreatedEvent' });
    expect(JSON.parse(event.Detail!)).toEqual({
      ...task, payload: { table: 'customers' }, reportTo: { eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.export` },
    });
  });

  test.each([
    [aTask({ status: 'RUNNING', version: 2 }), 'TaskRunningEvent', {}],
    [aTask({ status: 'SUCCESSFUL', version: 3, result: '[1]' }), 'TaskSuccessfulEvent', { result: [1] }],
    [aTask({ status: 'FAILED', version: 3, error: { code: 'A', message: 'b' } }), 'TaskFailedEvent', { error: { code: 'A', message: 'b' } }],
    [aTask({ status: 'CANCELLED', version: 2 }), 'TaskCancelledEvent', {}],
  ])('tells everybody else, without the payload', (task, detailType, outcome) => {
    const event = statusEvent({ ...task, payload: '"secret"', progress: { percent: 1 } }, bus);
    const { taskId, type, status, version, createdAt, updatedAt } = task;
    expect(event.DetailType).toBe(detailType);
    expect(JSON.parse(event.Detail!)).toEqual({ taskId, type, status, version, createdAt, updatedAt, ...outcome });
  });
});

describe('the owner of a task', () => {
  const detailOf = (task: Task) => JSON.parse(statusEvent(task, { eventBusName: 'Bus', eventSource: EVENT_SOURCE }).Detail!);

  test.each(TASK_STATUSES)('is in the event of %s', (status) => {
    expect(detailOf(aTask({ status, owner: 'ann' }))).toMatchObject({ owner: 'ann' });
  });

  test.each(TASK_STATUSES)('is not in the event of %s where all share one space', (status) => {
    expect(detailOf(aTask({ status }))).not.toHaveProperty('owner');
  });

  test.each(TASK_STATUSES)('is all that the event of %s tells of the request', (status) => {
    expect(detailOf(aTask({ status, requestDigest: 'digest' }))).not.toHaveProperty('requestDigest');
  });
});

describe('a report', () => {
  test.each([
    { taskId: 'id', status: 'RUNNING' },
    { taskId: 'id', status: 'RUNNING', sequence: 0, progress: { percent: 100, message: 'done' } },
    { taskId: 'id', status: 'RUNNING', heartbeatSeconds: 1 },
    { taskId: 'id', status: 'RUNNING', heartbeatSeconds: 86_400 },
    { taskId: 'id', status: 'SUCCESSFUL' },
    { taskId: 'id', status: 'SUCCESSFUL', result: null },
    { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } },
  ])('like %j is read, with the task type from its source', (detail) => {
    expect(parseReport(aMessage(detail), EVENT_SOURCE)).toEqual({ taskType: 'export', update: detail });
  });

  test('may hold more than we know, from a newer processor', () => {
    expect(parseReport(aMessage({ taskId: 'id', status: 'RUNNING', mood: 'good' }), EVENT_SOURCE).update).toEqual({ taskId: 'id', status: 'RUNNING' });
  });

  test('has its texts cut to a storable length, so that it is not lost', () => {
    const { update } = parseReport(aMessage({ taskId: 'id', status: 'FAILED', error: { code: 'c'.repeat(999), message: 'm'.repeat(9999) } }), EVENT_SOURCE);
    expect(update).toMatchObject({ error: { code: 'c'.repeat(128), message: 'm'.repeat(4096) } });
  });

  test.each([
    [{}, 'detail.status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ status: 'RUNNING' }, 'detail.taskId: expected'],
    [{ taskId: 'id', status: 'CANCELLED' }, 'status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: 'id', status: 'DONE' }, 'status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: 'id', status: 'FAILED' }, 'error: expected'],
    [{ taskId: '', status: 'RUNNING' }, 'taskId: expected !0'],
    [{ taskId: 'id', status: 'RUNNING', sequence: 1.5 }, 'sequence: expected'],
    [{ taskId: 'id', status: 'RUNNING', progress: { percent: 101 } }, 'progress.percent: expected <=100'],
    [{ taskId: 'id', status: 'RUNNING', heartbeatSeconds: 0 }, 'heartbeatSeconds: expected >=1'],
    [{ taskId: 'id', status: 'RUNNING', heartbeatSeconds: 86_401 }, 'heartbeatSeconds: expected <=86400'],
    [{ taskId: 'id', status: 'RUNNING', heartbeatSeconds: 1.5 }, 'heartbeatSeconds: expected'],
    [{ taskId: 'i'.repeat(129), status: 'RUNNING' }, 'taskId: expected <=128'],
    [undefined, 'detail: expected'],
  ])('like %j is refused, and told what is wrong', (detail, message) => {
    expect(() => parseReport(aMessage(detail && { ...detail }), EVENT_SOURCE)).toThrow(message);
  });

  test.each([
    'somebody.else',
    `${EVENT_SOURCE}x.processor.export`,
    `${EVENT_SOURCE}.processor.`,
    `${EVENT_SOURCE}.processor.a b`,
  ])('from %j is refused', (source) => {
    expect(() => parseReport(aMessage({ taskId: 'id', status: 'RUNNING' }, { source }), EVENT_SOURCE))
      .toThrow(`malformed event: source: expected ${EVENT_SOURCE}.processor.<taskType>`);
  });

  test('of an end takes no heartbeat', () => {
    expect(parseReport(aMessage({ taskId: 'id', status: 'SUCCESSFUL', heartbeatSeconds: 60 }), EVENT_SOURCE).update).toEqual({ taskId: 'id', status: 'SUCCESSFUL' });
  });

  test('that is an event of another kind is refused', () => {
    expect(() => parseReport(aMessage({ taskId: 'id', status: 'RUNNING' }, { 'detail-type': 'TaskRunningEvent' }), EVENT_SOURCE))
      .toThrow('malformed event: detail-type: expected ("TaskUpdatedEvent" | "TaskCreatedEvent")');
  });

  test.each(['secret', '{"secret"', 'null'])('that is no event is refused without quoting it', (body) => {
    const read = () => parseReport({ ...aMessage({}), body }, EVENT_SOURCE);
    expect(read).toThrow('malformed event');
    expect(read).not.toThrow('secret');
  });
});

describe('a TaskCreatedEvent that EventBridge could not deliver', () => {
  const task = aTask({ type: 'report', payload: '"secret"' });
  const messageOf = (reason: Record<string, string>) => {
    const { taskType, update } = parseReport(anUndeliveredMessage(task, reason), EVENT_SOURCE);
    expect(taskType).toBe('report');
    expect(update).toEqual({ taskId: task.taskId, status: 'FAILED', error: { code: 'DeliveryFailed', message: expect.any(String) } });
    return (update as { error: { message: string } }).error.message;
  };

  test.each([
    [{ ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'Lack of permissions' }, 'NO_PERMISSIONS: Lack of permissions'],
    [{ ERROR_CODE: 'NO_RESOURCE' }, 'NO_RESOURCE'],
    [{ ERROR_MESSAGE: 'Lack of permissions' }, 'Lack of permissions'],
    [{ RULE_ARN: 'arn:aws:events:us-east-1:111111111111:rule/bus/rule', RETRY_ATTEMPTS: '185' }, 'no reason was given'],
    [{}, 'no reason was given'],
  ])('fails its task, and says why: %j', (reason: Record<string, string>, message) => {
    expect(messageOf(reason)).toBe(`the task could not be handed to its processor: ${message}`);
  });

  test('fails its task also when the message has no attributes', () => {
    const message = { ...anUndeliveredMessage(task), messageAttributes: undefined } as unknown as SQSRecord;
    expect(parseReport(message, EVENT_SOURCE).update).toMatchObject({
      error: { message: 'the task could not be handed to its processor: no reason was given' },
    });
  });

  test('has its reason cut to a storable length', () => {
    expect(messageOf({ ERROR_MESSAGE: 'm'.repeat(9999) })).toHaveLength(4096);
  });

  test.each(['somebody.else', `${EVENT_SOURCE}x`, `${EVENT_SOURCE}.processor.report`])('from %s, which is another TaskManager, is refused', (source) => {
    expect(() => parseReport(anUndeliveredMessage(task, {}, { source }), EVENT_SOURCE)).toThrow(`malformed event: source: expected ${EVENT_SOURCE}`);
  });

  test.each([
    [{ type: 'report' }, 'detail.taskId: expected "taskId"'],
    [{ taskId: 'id' }, 'detail.type: expected "type"'],
    [{ taskId: 'id', type: 'a b' }, 'detail.type: expected /^[A-Za-z][A-Za-z0-9._-]{0,63}$/'],
    [{ taskId: 'i'.repeat(129), type: 'report' }, 'detail.taskId: expected <=128'],
  ])('with detail %j is refused', (detail, message) => {
    expect(() => parseReport(anUndeliveredMessage(task, {}, { detail }), EVENT_SOURCE)).toThrow(`malformed event: ${message}`);
  });
});

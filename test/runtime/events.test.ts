import { parseUpdatedEvent, statusEvent } from '../../src/runtime/events';
import { aMessage, aTask, EVENT_SOURCE } from '../builders';

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
  ])('tells everybody else, without the payload', (task, detailType, outcome) => {
    const event = statusEvent({ ...task, payload: '"secret"', progress: { percent: 1 } }, bus);
    const { taskId, type, status, version, createdAt, updatedAt } = task;
    expect(event.DetailType).toBe(detailType);
    expect(JSON.parse(event.Detail!)).toEqual({ taskId, type, status, version, createdAt, updatedAt, ...outcome });
  });
});

describe('a report', () => {
  test.each([
    { taskId: 'id', status: 'RUNNING' },
    { taskId: 'id', status: 'RUNNING', sequence: 0, progress: { percent: 100, message: 'done' } },
    { taskId: 'id', status: 'SUCCESSFUL' },
    { taskId: 'id', status: 'SUCCESSFUL', result: null },
    { taskId: 'id', status: 'FAILED', error: { code: 'NoDisk', message: 'the disk is full' } },
  ])('like %j is read, with the task type from its source', (detail) => {
    expect(parseUpdatedEvent(aMessage(detail), EVENT_SOURCE)).toEqual({ taskType: 'export', update: detail });
  });

  test('may hold more than we know, from a newer processor', () => {
    expect(parseUpdatedEvent(aMessage({ taskId: 'id', status: 'RUNNING', mood: 'good' }), EVENT_SOURCE).update).toEqual({ taskId: 'id', status: 'RUNNING' });
  });

  test('has its texts cut to a storable length, so that it is not lost', () => {
    const { update } = parseUpdatedEvent(aMessage({ taskId: 'id', status: 'FAILED', error: { code: 'c'.repeat(999), message: 'm'.repeat(9999) } }), EVENT_SOURCE);
    expect(update).toMatchObject({ error: { code: 'c'.repeat(128), message: 'm'.repeat(4096) } });
  });

  test.each([
    [{}, 'detail.status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ status: 'RUNNING' }, 'detail.taskId: expected'],
    [{ taskId: 'id', status: 'DONE' }, 'status: expected ("RUNNING" | "SUCCESSFUL" | "FAILED")'],
    [{ taskId: 'id', status: 'FAILED' }, 'error: expected'],
    [{ taskId: '', status: 'RUNNING' }, 'taskId: expected !0'],
    [{ taskId: 'id', status: 'RUNNING', sequence: 1.5 }, 'sequence: expected'],
    [{ taskId: 'id', status: 'RUNNING', progress: { percent: 101 } }, 'progress.percent: expected <=100'],
    [undefined, 'detail: expected'],
  ])('like %j is refused, and told what is wrong', (detail, message) => {
    expect(() => parseUpdatedEvent(aMessage(detail && { ...detail }), EVENT_SOURCE)).toThrow(message);
  });

  test.each([
    'somebody.else',
    `${EVENT_SOURCE}x.processor.export`,
    `${EVENT_SOURCE}.processor.`,
    `${EVENT_SOURCE}.processor.a b`,
  ])('from %j is refused', (source) => {
    expect(() => parseUpdatedEvent(aMessage({ taskId: 'id', status: 'RUNNING' }, { source }), EVENT_SOURCE))
      .toThrow(`malformed TaskUpdatedEvent: source: expected ${EVENT_SOURCE}.processor.<taskType>`);
  });

  test.each(['secret', '{"secret"', 'null'])('that is no event is refused without quoting it', (body) => {
    const read = () => parseUpdatedEvent({ ...aMessage({}), body }, EVENT_SOURCE);
    expect(read).toThrow('malformed TaskUpdatedEvent');
    expect(read).not.toThrow('secret');
  });
});

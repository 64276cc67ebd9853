import { TASK_STATUSES } from '../../../src/protocol/wire';
import { incompleteEndEvent, statusEvent } from '../../../src/runtime/events/events';
import { Task } from '../../../src/runtime/task/task';
import { aTask, EVENT_SOURCE, STATUS_READER_ARN, TRACE } from '../../support/builders';

describe('the event of a task', () => {
  const bus = { eventBusName: 'Bus', eventSource: EVENT_SOURCE };

  test('has all that a processor needs if the task is PENDING', () => {
    const task = aTask({ payload: '{"table":"customers"}' });
    const event = statusEvent(task, bus);
    expect(event).toMatchObject({ EventBusName: 'Bus', Source: EVENT_SOURCE, DetailType: 'TaskCreatedEvent' });
    expect(JSON.parse(event.Detail!)).toEqual({
      ...task, payload: { table: 'customers' }, reportTo: { eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.export` },
    });
  });

  test('says where the status reader and the bucket of results are, if the TaskManager has them', () => {
    const event = statusEvent(aTask(), { ...bus, statusReaderArn: STATUS_READER_ARN, resultBucketName: 'results' });
    expect(JSON.parse(event.Detail!).reportTo).toEqual({
      eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.export`, statusReaderArn: STATUS_READER_ARN, resultBucketName: 'results',
    });
  });

  test.each([
    [aTask({ status: 'RUNNING', version: 2 }), 'TaskRunningEvent', {}],
    [aTask({ status: 'SUCCESSFUL', version: 3, result: '[1]' }), 'TaskSuccessfulEvent', { result: [1] }],
    [aTask({ status: 'SUCCESSFUL', version: 3, resultObject: { key: 'k' } }), 'TaskSuccessfulEvent', { resultObject: { key: 'k' } }],
    [aTask({ status: 'FAILED', version: 3, error: { code: 'A', message: 'b' } }), 'TaskFailedEvent', { error: { code: 'A', message: 'b' } }],
    [aTask({ status: 'CANCELLED', version: 2 }), 'TaskCancelledEvent', {}],
  ])('has the outcome of a task, but no payload, after the start', (task, detailType, outcome) => {
    const event = statusEvent({ ...task, payload: '"secret"', progress: { percent: 1 } }, bus);
    const { taskId, type, status, version, createdAt, updatedAt } = task;
    expect(event.DetailType).toBe(detailType);
    expect(JSON.parse(event.Detail!)).toEqual({ taskId, type, status, version, createdAt, updatedAt, ...outcome });
  });
});

const detailOf = (task: Task) => JSON.parse(statusEvent(task, { eventBusName: 'Bus', eventSource: EVENT_SOURCE }).Detail!);

describe('the owner of a task', () => {
  test.each(TASK_STATUSES)('is in the event of a task that is %s', (status) => {
    expect(detailOf(aTask({ status, owner: 'ann' }))).toMatchObject({ owner: 'ann' });
  });

  test.each(TASK_STATUSES)('is not in the event of a task that is %s and has no owner', (status) => {
    expect(detailOf(aTask({ status }))).not.toHaveProperty('owner');
  });
});

describe('the trace context of a task', () => {
  const bus = { eventBusName: 'Bus', eventSource: EVENT_SOURCE };
  const traced = { ...bus, hasTraceHeaders: true };

  test.each(TASK_STATUSES)('is in the event of a task that is %s', (status) => {
    expect(detailOf(aTask({ status, ...TRACE }))).toMatchObject(TRACE);
  });

  test('is in the event of an end that lacks the result', () => {
    expect(JSON.parse(incompleteEndEvent(aTask({ status: 'SUCCESSFUL', ...TRACE }), bus).Detail!)).toMatchObject(TRACE);
  });

  test.each(TASK_STATUSES)('is not in the event of a task that is %s and has none', (status) => {
    expect(JSON.stringify(statusEvent(aTask({ status }), traced))).not.toMatch(/trace/i);
  });

  test.each(TASK_STATUSES)('is the tracing header of the event of a task that is %s, if there is tracing', (status) => {
    const task = aTask({ status, ...TRACE });
    const TraceHeader = 'Root=1-4bf92f35-77b34da6a3ce929d0e0e4736;Parent=00f067aa0ba902b7;Sampled=1';
    expect(statusEvent(task, traced)).toEqual({ ...statusEvent(task, bus), TraceHeader });
    expect(incompleteEndEvent(task, traced)).toMatchObject({ TraceHeader });
    expect(statusEvent(task, bus)).not.toHaveProperty('TraceHeader');
  });
});

test.each(TASK_STATUSES)('the event of a task that is %s does not have the digest of its request', (status) => {
  expect(detailOf(aTask({ status, requestDigest: 'digest' }))).not.toHaveProperty('requestDigest');
});

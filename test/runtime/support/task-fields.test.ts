import { taskFields, taskFieldsOfEvent } from '../../../src/runtime/support/task-fields';
import { aTask, TRACE } from '../../support/builders';

const { taskId } = aTask();
const traceId = TRACE.traceparent.split('-')[1];

test('a log line has the id, the type and the trace of its task', () => {
  expect(taskFields({ taskId, type: 'export', traceparent: TRACE.traceparent })).toEqual({ taskId, taskType: 'export', traceId });
});

test('a log line has the task of an event', () => {
  const detail = { taskId, type: 'export', ...TRACE, payload: 'secret' };
  expect(taskFieldsOfEvent(JSON.stringify({ detail }))).toEqual({ taskId, taskType: 'export', traceId });
});

test.each([
  'secret', '"secret"', '{}', '{"detail":"secret"}', '{"detail":{"taskId":"secret","type":"secret secret","traceparent":"secret"}}',
  '{"detail":{"taskId":1,"type":[],"traceparent":{}}}',
])('a log line has nothing of what is not the event of a task: %s', (json) => {
  expect(taskFieldsOfEvent(json)).toEqual({});
});

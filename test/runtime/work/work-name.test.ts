import { workName } from '../../../src/runtime/work/work-name';
import { aTask, EVENT_SOURCE } from '../../support/builders';

const { taskId, createdAt } = aTask();
const key = { source: `${EVENT_SOURCE}.processor.video`, taskId, createdAt };

test('the name of the executions for a task has 80 characters that a name can have', () => {
  expect(workName(key)).toMatch(/^[0-9a-f]{60}-20261123T100000000Z$/);
  expect(workName(key)).toHaveLength(80);
});

test('the name is the same each time', () => {
  expect(workName({ ...key })).toBe(workName(key));
});

test.each([
  ['source', { source: `${EVENT_SOURCE}.processor.videos` }],
  ['task id', { taskId: taskId.replace('b', 'c') }],
  ['time of creation', { createdAt: '2026-11-23T10:00:00.001Z' }],
])('the name is another one for another %s', (_, other) => {
  expect(workName({ ...key, ...other })).not.toBe(workName(key));
});

test('a source and a task id that are the same text together have different names', () => {
  expect(workName({ ...key, source: 'a', taskId: 'bc' })).not.toBe(workName({ ...key, source: 'ab', taskId: 'c' }));
});

import { parseStatusRequest } from '../../../src/runtime/task/status-request';
import { aTask } from '../../support/builders';

const { taskId, type: taskType, createdAt } = aTask();

test('the members of a TaskCreatedEvent are a request', () => {
  expect(parseStatusRequest({ taskId, taskType, createdAt })).toEqual({ taskId, taskType, createdAt });
});

test.each([
  'b0c3a0f2-6b1e-4a63-9d5e-0d3a3a3d7f10', 'f'.repeat(64),
])('%s is a task id', (id) => {
  expect(parseStatusRequest({ taskId: id, taskType, createdAt }).taskId).toBe(id);
});

test.each([
  '2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000000+00:00', '2026-11-23T11:00:00.000+01:00',
])('%s is the same time in another format', (text) => {
  expect(parseStatusRequest({ taskId, taskType, createdAt: text }).createdAt).toBe('2026-11-23T10:00:00.000Z');
});

test('further members are left out', () => {
  expect(parseStatusRequest({ taskId, taskType, createdAt, owner: 'ada' })).toEqual({ taskId, taskType, createdAt });
});

test.each([
  ['taskId', { taskType, createdAt }],
  ['taskId', { taskId: null, taskType, createdAt }],
  ['taskId', { taskId: '../secret', taskType, createdAt }],
  ['taskId', { taskId: 'f'.repeat(65), taskType, createdAt }],
  ['taskType', { taskId, type: taskType, createdAt }],
  ['taskType', { taskId, taskType: 'a b', createdAt }],
  ['createdAt', { taskId, taskType }],
  ['createdAt', { taskId, taskType, createdAt: 'today' }],
  ['createdAt', { taskId, taskType, createdAt: Date.parse(createdAt) }],
  ['taskId, createdAt', { taskType }],
  ['taskId, taskType, createdAt', {}],
  ['taskId, taskType, createdAt', null],
  ['taskId, taskType, createdAt', 'secret'],
])('a request without a valid %s is refused, and not quoted: %j', (parts, request) => {
  expect(() => parseStatusRequest(request)).toThrow(new Error(`malformed request: invalid or missing: ${parts}`));
});

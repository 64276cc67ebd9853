import { entityTag, retryAfterSeconds, taskRepresentation } from '../../../src/runtime/http/task-representation';
import { newTask, TaskRequest } from '../../../src/runtime/task/task';
import { aTask, NOW, TRACE } from '../../support/builders';

describe('the representation of a new task', () => {
  const represented = (request: Partial<TaskRequest> = {}, options = {}) => (
    taskRepresentation(newTask({ type: 'export', ...request }, { taskTimeoutSeconds: 3600, trace: TRACE, ...options }, NOW))
  );

  test.each([null, 0, '', false, [], { a: { b: 1e-7 } }])('has the payload %j unchanged', (payload) => {
    expect(represented({ payload })).toMatchObject({ payload });
  });

  test.each([[{}], [{ owner: 'ann' }], [{ idempotencyKey: 'key' }]])('has no other properties if the task was created with %j', (options) => {
    expect(Object.keys(JSON.parse(JSON.stringify(represented({}, options))))).toEqual([
      'taskId', 'type', 'status', 'createdAt', 'updatedAt', 'deadlineAt', 'history',
    ]);
  });
});

describe('the history of a task', () => {
  const createdAt = '2026-11-23T10:00:00.000Z', startedAt = '2026-11-23T10:00:01.000Z', endedAt = '2026-11-23T10:00:02.000Z';

  test.each([
    [['PENDING'], aTask({ createdAt })],
    [['PENDING', 'RUNNING'], aTask({ status: 'RUNNING', createdAt, startedAt })],
    [['PENDING', 'RUNNING', 'SUCCESSFUL'], aTask({ status: 'SUCCESSFUL', createdAt, startedAt, endedAt })],
    [['PENDING', 'FAILED'], aTask({ status: 'FAILED', createdAt, endedAt })],
    [['PENDING', 'RUNNING', 'CANCELLED'], aTask({ status: 'CANCELLED', createdAt, startedAt, endedAt })],
  ])('has each status that the task has had: %j', (statuses, task) => {
    const { history } = taskRepresentation(task) as { history: { status: string; at: string }[] };
    expect(history.map(({ status }) => status)).toEqual(statuses);
    expect(history.map((entry) => entry.at)).toEqual([createdAt, startedAt, endedAt].filter((time) => Object.values(task).includes(time)));
  });
});

test.each([[0, 1], [14, 1], [16, 2], [60, 6], [299, 30], [86_400, 30]])('Retry-After of a task that is %d seconds old is %d seconds', (age, seconds) => {
  expect(retryAfterSeconds(aTask(), new Date(NOW.getTime() + age * 1000))).toBe(seconds);
});

test('the entity tag of a task is its quoted version', () => {
  expect(entityTag(aTask({ version: 12 }), NOW)).toBe('"12"');
});

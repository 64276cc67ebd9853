import { newTask, retryAfterSeconds, toRepresentation, whyIgnored, withStorableResult } from '../../src/runtime/task';
import { aTask, NOW } from '../builders';

describe('a new task', () => {
  test('is pending, in its first version', () => {
    expect(newTask({ taskId: 'id', type: 'export' }, NOW)).toEqual({
      taskId: 'id', type: 'export', status: 'PENDING', version: 1, createdAt: NOW.toISOString(), updatedAt: NOW.toISOString(),
    });
  });

  test.each([null, 0, '', false, [], { a: { b: 1e-7 } }])('keeps the payload %j as it is', (payload) => {
    expect(toRepresentation(newTask({ taskId: 'id', type: 'export', payload }, NOW))).toMatchObject({ payload });
  });
});

describe('a result', () => {
  test('of 200 KiB is stored', () => {
    const update = { taskId: 'id', status: 'SUCCESSFUL' as const, result: 'x'.repeat(200 * 1024 - 2) };
    expect(withStorableResult(update)).toBe(update);
  });

  test('of a byte more ends the task as ResultTooLarge', () => {
    expect(withStorableResult({ taskId: 'id', status: 'SUCCESSFUL', result: 'x'.repeat(200 * 1024 - 1) })).toEqual({
      taskId: 'id',
      status: 'FAILED',
      error: { code: 'ResultTooLarge', message: 'the result has 204801 bytes, and at most 204800 are allowed: store it elsewhere and report where' },
    });
  });

  test('is measured in bytes, not in characters', () => {
    expect(withStorableResult({ taskId: 'id', status: 'SUCCESSFUL', result: 'ü'.repeat(150 * 1024) }).status).toBe('FAILED');
  });
});

describe('the history', () => {
  const createdAt = '2026-11-23T10:00:00.000Z', startedAt = '2026-11-23T10:00:01.000Z', endedAt = '2026-11-23T10:00:02.000Z';

  test.each([
    [aTask({ createdAt }), ['PENDING']],
    [aTask({ status: 'RUNNING', createdAt, startedAt }), ['PENDING', 'RUNNING']],
    [aTask({ status: 'SUCCESSFUL', createdAt, startedAt, endedAt }), ['PENDING', 'RUNNING', 'SUCCESSFUL']],
    [aTask({ status: 'FAILED', createdAt, endedAt }), ['PENDING', 'FAILED']],
  ])('names each status that the task has had', (task, statuses) => {
    const { history } = toRepresentation(task) as { history: { status: string; at: string }[] };
    expect(history.map(({ status }) => status)).toEqual(statuses);
    expect(history.map(({ at }) => at)).toEqual([createdAt, startedAt, endedAt].filter((at) => Object.values(task).includes(at)));
  });
});

test.each([[0, 1], [14, 1], [16, 2], [60, 6], [299, 30], [86_400, 30]])('after %d seconds the next poll is due in %d', (age, seconds) => {
  expect(retryAfterSeconds(aTask(), new Date(NOW.getTime() + age * 1000))).toBe(seconds);
});

describe('an update is ignored', () => {
  const update = { taskId: 'id', status: 'RUNNING' as const, sequence: 3 };

  test.each([
    [undefined, 'unknown task'],
    [aTask({ type: 'report' }), "the task's type is report"],
    [aTask({ status: 'FAILED' }), 'the task is FAILED already'],
    [aTask({ status: 'RUNNING', sequence: 4 }), 'the sequence is 3, and 4 was here before'],
  ])('for a reason that is told', (current, reason) => {
    expect(whyIgnored(update, 'export', current)).toBe(reason);
  });
});

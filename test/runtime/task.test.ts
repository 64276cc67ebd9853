import * as fc from 'fast-check';
import {
  dueAt, failure, isTerminal, newTask, retryAfterSeconds, timeout, toRepresentation, whyIgnored, withStorableResult,
} from '../../src/runtime/task';
import { aTask, at, NOW } from '../builders';

describe('a new task', () => {
  const request = { type: 'export', timeoutSeconds: 60 };

  test('is pending, in its first version, and checked at its deadline', () => {
    expect(newTask(request, NOW)).toEqual({
      taskId: expect.any(String), type: 'export', status: 'PENDING', version: 1, createdAt: at(0), updatedAt: at(0), deadlineAt: at(60), checkAt: at(60),
    });
  });

  test('has an id that nobody can guess', () => {
    const { taskId } = newTask(request, NOW);
    expect(taskId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newTask(request, NOW).taskId).not.toBe(taskId);
  });

  test.each([null, 0, '', false, [], { a: { b: 1e-7 } }])('keeps the payload %j as it is', (payload) => {
    expect(toRepresentation(newTask({ ...request, payload }, NOW))).toMatchObject({ payload });
  });

  test('shows no more than it should', () => {
    expect(Object.keys(JSON.parse(JSON.stringify(toRepresentation(newTask(request, NOW)))))).toEqual([
      'taskId', 'type', 'status', 'createdAt', 'updatedAt', 'deadlineAt', 'history',
    ]);
  });
});

describe('the time of a task', () => {
  const running = aTask({ status: 'RUNNING', heartbeatAt: at(100), heartbeatSeconds: 60 });

  test.each([
    ['its deadline', aTask(), at(3600)],
    ['its deadline while no processor asked for a heartbeat', aTask({ status: 'RUNNING', heartbeatAt: at(100) }), at(3600)],
    ['its next heartbeat', running, at(160)],
    ['its deadline when the next heartbeat is due later', { ...running, heartbeatSeconds: 7200 }, at(3600)],
    ['its deadline when the next heartbeat is due then', { ...running, heartbeatSeconds: 3500 }, at(3600)],
  ])('ends at %s', (_, task, time) => {
    expect(dueAt(task)).toBe(time);
  });

  test('is over at its deadline, and not a millisecond before', () => {
    expect(timeout(aTask(), new Date(at(3599.999)))).toBeUndefined();
    expect(timeout(aTask(), new Date(at(3600)))).toEqual({ code: 'TaskTimeout', message: `the task did not end before its deadline, ${at(3600)}` });
  });

  test('is over when a heartbeat is due, and not a millisecond before', () => {
    expect(timeout(running, new Date(at(159.999)))).toBeUndefined();
    expect(timeout(running, new Date(at(160)))).toEqual({ code: 'HeartbeatTimeout', message: 'the processor was not heard of for 60 seconds' });
  });

  test('is over by its deadline when that and the heartbeat have both passed', () => {
    expect(timeout({ ...running, heartbeatSeconds: 7200 }, new Date(at(9000)))).toMatchObject({ code: 'TaskTimeout' });
  });

  test.each(['SUCCESSFUL', 'FAILED'] as const)('does not matter once it is %s', (status) => {
    expect(timeout({ ...running, status }, new Date(at(9000)))).toBeUndefined();
  });

  test('never ends after the deadline, and is over just when it ends', () => {
    const seconds = fc.integer({ min: 0, max: 10_000 });
    const maybe = fc.option(seconds, { nil: undefined });
    fc.assert(fc.property(maybe, maybe, seconds, (heartbeat, heartbeatSeconds, now) => {
      const task = aTask({ status: 'RUNNING', heartbeatAt: heartbeat === undefined ? undefined : at(heartbeat), heartbeatSeconds });
      expect(dueAt(task) <= task.deadlineAt).toBe(true);
      expect(timeout(task, new Date(at(now))) !== undefined).toBe(at(now) >= dueAt(task));
    }));
  });
});

test.each([['PENDING', false], ['RUNNING', false], ['SUCCESSFUL', true], ['FAILED', true]] as const)('%s is terminal: %s', (status, terminal) => {
  expect(isTerminal(status)).toBe(terminal);
});

test('a failure is an update like that of a processor', () => {
  expect(failure('id', { code: 'A', message: 'b' })).toEqual({ taskId: 'id', status: 'FAILED', error: { code: 'A', message: 'b' } });
});

describe('a result', () => {
  test.each([
    { taskId: 'id', status: 'SUCCESSFUL' as const },
    { taskId: 'id', status: 'RUNNING' as const },
    { taskId: 'id', status: 'FAILED' as const, error: { code: 'A', message: 'b' } },
  ])('that is not there leaves %j as it is', (update) => {
    expect(withStorableResult(update)).toBe(update);
  });

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
    expect(history.map((entry) => entry.at)).toEqual([createdAt, startedAt, endedAt].filter((time) => Object.values(task).includes(time)));
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

  test('also when it has no sequence, and others had', () => {
    expect(whyIgnored({ taskId: 'id', status: 'RUNNING' }, 'export', aTask({ status: 'RUNNING', sequence: 4 })))
      .toBe('the sequence is missing, and 4 was here before');
  });
});

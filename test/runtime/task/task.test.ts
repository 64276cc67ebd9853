import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { TraceContext } from '../../../src/protocol/trace-context';
import { dueAt, newTask, overdueError, TaskRequest } from '../../../src/runtime/task/task';
import { aTask, at, NOW, TRACE } from '../../support/builders';

describe('a new task', () => {
  const request = { type: 'export', timeoutSeconds: 60 };
  const options = { taskTimeoutSeconds: 3600, trace: TRACE };

  test('is PENDING, has version 1, and is checked at its deadline', () => {
    expect(newTask(request, options, NOW)).toEqual({
      taskId: expect.any(String), type: 'export', status: 'PENDING', version: 1, createdAt: at(0), updatedAt: at(0), deadlineAt: at(60), checkAt: at(60), ...TRACE,
    });
  });

  test('has a random id', () => {
    const { taskId } = newTask(request, options, NOW);
    expect(taskId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newTask(request, options, NOW).taskId).not.toBe(taskId);
  });

  test('has the default timeout if the request has none', () => {
    expect(newTask({ type: 'export' }, options, NOW)).toMatchObject({ deadlineAt: at(3600), checkAt: at(3600) });
  });

  test('has its owner', () => {
    expect(newTask(request, { ...options, owner: 'ann' }, NOW)).toMatchObject({ owner: 'ann' });
  });
});

describe('a new task with an Idempotency-Key', () => {
  const request = { type: 'export', payload: { a: 1 } };
  const keyed = (idempotencyKey: string, owner?: string, task: TaskRequest = request, trace: TraceContext = TRACE) => (
    newTask(task, { taskTimeoutSeconds: 3600, trace, idempotencyKey, owner }, NOW)
  );

  test.each([
    ['key', undefined, '-3:key'],
    ['key', 'ann', '3:ann3:key'],
    ['8e03978e', 'ünïcödé', '7:ünïcödé8:8e03978e'],
  ])('has a SHA-256 of its key and owner as its id: key %s of %s', (key, owner, text) => {
    expect(keyed(key, owner).taskId).toBe(createHash('sha256').update(text).digest('hex'));
  });

  test('has the same id for the same key and owner, and another for others', () => {
    expect(keyed('key', 'ann').taskId).toBe(keyed('key', 'ann').taskId);
    expect(new Set([keyed('key'), keyed('key2'), keyed('key', 'ann'), keyed('key', 'bob'), keyed('key', '')].map(({ taskId }) => taskId)).size).toBe(5);
  });

  test('never has the id of another owner and key with the same characters', () => {
    const text = fc.string({ unit: fc.constantFrom('1', '2', ':', '-', 'a', 'ü'), minLength: 2, maxLength: 30 });
    fc.assert(fc.property(text, fc.nat(), fc.nat(), (pair, i, j) => {
      const [one, other] = [i, j].map((split) => split % (pair.length + 1));
      const idOf = (split: number) => keyed(pair.slice(split), pair.slice(0, split)).taskId;
      expect(idOf(one) === idOf(other)).toBe(one === other);
      expect(keyed(pair).taskId).not.toBe(idOf(one));
    }));
  });

  test('never has the id of any other owner and key', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    const pair = fc.tuple(fc.option(text, { nil: undefined }), text);
    fc.assert(fc.property(pair, pair, ([owner, key], [otherOwner, otherKey]) => {
      expect(keyed(key, owner).taskId === keyed(otherKey, otherOwner).taskId).toBe(owner === otherOwner && key === otherKey);
    }));
  });

  test('has a digest of its request', () => {
    expect(keyed('key').requestDigest).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test.each<TaskRequest>([
    { type: 'report', payload: { a: 1 } },
    { type: 'export' },
    { type: 'export', payload: null },
    { type: 'export', payload: { a: '1' } },
    { type: 'export', payload: { a: 1, b: 2 } },
    { type: 'export', payload: { a: 1 }, timeoutSeconds: 3600 },
  ])('has another digest for the other request %j', (other) => {
    expect(keyed('key', undefined, other).requestDigest).not.toBe(keyed('key').requestDigest);
  });

  test('has the same digest for the same request of another owner', () => {
    expect(keyed('other', 'ann', structuredClone(request)).requestDigest).toBe(keyed('key').requestDigest);
  });

  test('has the same digest for the same request with another trace context', () => {
    const trace = { traceparent: TRACE.traceparent.replace('-01', '-00') };
    expect(keyed('key', undefined, request, trace).requestDigest).toBe(keyed('key').requestDigest);
  });

  test('has otherwise the same attributes as one without a key', () => {
    const { requestDigest, ...task } = keyed('key');
    expect({ ...task, taskId: 'id' }).toEqual({ ...newTask(request, { taskTimeoutSeconds: 3600, trace: TRACE }, NOW), taskId: 'id' });
  });
});

describe('a task is overdue', () => {
  const running = aTask({ status: 'RUNNING', heartbeatAt: at(100), heartbeatSeconds: 60 });

  test.each([
    ['at its deadline', aTask(), at(3600)],
    ['at its deadline if no processor has asked for a heartbeat', aTask({ status: 'RUNNING', heartbeatAt: at(100) }), at(3600)],
    ['when its next heartbeat is due', running, at(160)],
    ['at its deadline if the next heartbeat is due later', { ...running, heartbeatSeconds: 7200 }, at(3600)],
    ['at its deadline if the next heartbeat is due at the same time', { ...running, heartbeatSeconds: 3500 }, at(3600)],
  ])('%s', (_, task, time) => {
    expect(dueAt(task)).toBe(time);
  });

  test('at its deadline, and not a millisecond before', () => {
    expect(overdueError(aTask(), new Date(at(3599.999)))).toBeUndefined();
    expect(overdueError(aTask(), new Date(at(3600)))).toEqual({ code: 'TaskTimeout', message: 'the task did not end before its deadline' });
  });

  test('when a heartbeat is due, and not a millisecond before', () => {
    expect(overdueError(running, new Date(at(159.999)))).toBeUndefined();
    expect(overdueError(running, new Date(at(160)))).toEqual({ code: 'HeartbeatTimeout', message: 'the processor did not report for 60 seconds' });
  });

  test('by its deadline if both the deadline and the heartbeat have passed', () => {
    expect(overdueError({ ...running, heartbeatSeconds: 7200 }, new Date(at(9000)))).toMatchObject({ code: 'TaskTimeout' });
  });

  test.each(['SUCCESSFUL', 'FAILED', 'CANCELLED'] as const)('never if it is %s', (status) => {
    expect(overdueError({ ...running, status }, new Date(at(9000)))).toBeUndefined();
  });

  test('exactly from dueAt on, which is never after the deadline', () => {
    const seconds = fc.integer({ min: 0, max: 10_000 });
    const maybe = fc.option(seconds, { nil: undefined });
    fc.assert(fc.property(maybe, maybe, seconds, (heartbeat, heartbeatSeconds, now) => {
      const task = aTask({ status: 'RUNNING', heartbeatAt: heartbeat === undefined ? undefined : at(heartbeat), heartbeatSeconds });
      expect(dueAt(task) <= task.deadlineAt).toBe(true);
      expect(overdueError(task, new Date(at(now))) !== undefined).toBe(at(now) >= dueAt(task));
    }));
  });
});

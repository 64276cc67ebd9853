import { failure, withStorableResult } from '../../../src/runtime/task/task-report';
import { at } from '../../support/builders';

test('failure makes a report like one of a processor', () => {
  for (const task of [{ taskId: 'id' }, { taskId: 'id', taskCreatedAt: at(0) }]) {
    expect(failure(task, { code: 'A', message: 'b' })).toEqual({ ...task, status: 'FAILED', error: { code: 'A', message: 'b' } });
  }
});

describe('a result', () => {
  test.each([
    { taskId: 'id', status: 'SUCCESSFUL' as const },
    { taskId: 'id', status: 'RUNNING' as const },
    { taskId: 'id', status: 'FAILED' as const, error: { code: 'A', message: 'b' } },
  ])('that is missing leaves %j unchanged', (detail) => {
    expect(withStorableResult(detail)).toBe(detail);
  });

  test('of 200 KiB is stored', () => {
    const detail = { taskId: 'id', status: 'SUCCESSFUL' as const, result: 'x'.repeat(200 * 1024 - 2) };
    expect(withStorableResult(detail)).toBe(detail);
  });

  test('of more than 200 KiB ends the task as ResultTooLarge', () => {
    expect(withStorableResult({ taskId: 'id', status: 'SUCCESSFUL', result: 'x'.repeat(200 * 1024 - 1) })).toEqual({
      taskId: 'id',
      status: 'FAILED',
      error: { code: 'ResultTooLarge', message: 'the result has 204801 bytes; the maximum is 204800: put it into the resultBucket of the TaskManager, and report its resultObject' },
    });
  });

  test('is measured in bytes instead of characters', () => {
    expect(withStorableResult({ taskId: 'id', status: 'SUCCESSFUL', result: 'ü'.repeat(150 * 1024) }).status).toBe('FAILED');
  });
});

describe('a result', () => {
  const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

  test.each<[string, unknown, string]>([
    ['with a number that is too large', [1e400], 'contains a number that is too large'],
    ['with more than 128 levels of nesting', nested(129), 'is nested deeper than 128 levels'],
    ['with 5,000 levels of nesting', nested(5000), 'is nested deeper than 128 levels'],
    ['with half of a surrogate pair', { text: 'a\ud83d' }, 'contains a string that is not valid Unicode'],
    ['with half of a surrogate pair in a key', { '\ude00': 1 }, 'contains a string that is not valid Unicode'],
  ])('%s ends the task as InvalidResult', (_, result, defect) => {
    const task = { taskId: 'id', taskCreatedAt: at(0) };
    expect(withStorableResult({ ...task, status: 'SUCCESSFUL', result })).toEqual({
      ...task, status: 'FAILED', error: { code: 'InvalidResult', message: `the result ${defect}` },
    });
  });

  test('with 128 levels of nesting is stored', () => {
    const detail = { taskId: 'id', status: 'SUCCESSFUL' as const, result: nested(128) };
    expect(withStorableResult(detail)).toBe(detail);
  });
});

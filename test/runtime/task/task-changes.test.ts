import { whyIgnored } from '../../../src/runtime/task/task-changes';
import { aReport, aTask, at } from '../../support/builders';

describe('an update is ignored', () => {
  const update = { taskId: 'id', status: 'RUNNING' as const, sequence: 3 };

  test.each([
    [undefined, 'unknown task'],
    [aTask({ type: 'report' }), 'the task has type report'],
    [aTask({ status: 'FAILED' }), 'the task is already FAILED'],
    [aTask({ status: 'CANCELLED' }), 'the task is already CANCELLED'],
    [aTask({ status: 'RUNNING', sequence: 4 }), 'sequence 3 is not newer than sequence 4'],
  ])('for a reason that is told', (current, reason) => {
    expect(whyIgnored(aReport(update), current)).toBe(reason);
  });

  test.each([
    [aReport({ ...update, taskCreatedAt: at(-1) }), aTask({ status: 'RUNNING' }), `the task was created at ${at(0)}, and the report is about one created at ${at(-1)}`],
    [aReport({ ...update, taskCreatedAt: at(1) }), aTask({ status: 'FAILED' }), `the task was created at ${at(0)}, and the report is about one created at ${at(1)}`],
    [aReport(update, { reportedAt: new Date(at(-1)) }), aTask({ status: 'RUNNING' }), `the task was created at ${at(0)}, after the report`],
    [aReport(update, { reportedAt: new Date(at(0)) }), aTask({ createdAt: at(1) }), `the task was created at ${at(1)}, after the report`],
  ])('when it is about an earlier task of the same id', (report, current, reason) => {
    expect(whyIgnored(report, current)).toBe(reason);
  });

  test('for another reason when it was sent in the second of the creation, or names the creation', () => {
    const current = aTask({ status: 'FAILED', createdAt: at(0.999) });
    expect(whyIgnored(aReport(update, { reportedAt: new Date(at(0)) }), current)).toBe('the task is already FAILED');
    expect(whyIgnored(aReport({ ...update, taskCreatedAt: at(0.999) }, { reportedAt: new Date(at(-9)) }), current)).toBe('the task is already FAILED');
  });

  test('also when it has no sequence, and others had', () => {
    expect(whyIgnored(aReport({ taskId: 'id', status: 'RUNNING' }), aTask({ status: 'RUNNING', sequence: 4 })))
      .toBe('a report without a sequence is not newer than sequence 4');
  });
});

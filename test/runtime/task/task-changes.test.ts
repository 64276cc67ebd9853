import { whyIgnored } from '../../../src/runtime/task/task-changes';
import { aReport, aTask, at } from '../../support/builders';

describe('an update is ignored', () => {
  const detail = { taskId: 'id', status: 'RUNNING' as const, sequence: 3 };

  test.each([
    ['UnknownTask', 'unknown task', undefined],
    ['OtherTaskType', 'the task has type report', aTask({ type: 'report' })],
    ['TaskEnded', 'the task is already FAILED', aTask({ status: 'FAILED' })],
    ['TaskEnded', 'the task is already CANCELLED', aTask({ status: 'CANCELLED' })],
    ['StaleSequence', 'sequence 3 is not newer than sequence 4', aTask({ status: 'RUNNING', sequence: 4 })],
  ])('with the reason %s: %s', (reason, explanation, current) => {
    expect(whyIgnored(aReport(detail), current)).toEqual({ reason, explanation });
  });

  test.each([
    [aReport({ ...detail, taskCreatedAt: at(-1) }), aTask({ status: 'RUNNING' }), `the task was created at ${at(0)}, and the report is about one created at ${at(-1)}`],
    [aReport({ ...detail, taskCreatedAt: at(1) }), aTask({ status: 'FAILED' }), `the task was created at ${at(0)}, and the report is about one created at ${at(1)}`],
    [aReport(detail, { reportedAt: new Date(at(-1)) }), aTask({ status: 'RUNNING' }), `the task was created at ${at(0)}, after the report`],
    [aReport(detail, { reportedAt: new Date(at(0)) }), aTask({ createdAt: at(1) }), `the task was created at ${at(1)}, after the report`],
  ])('with a reason if the report %j is about another task of the same id', (report, current, explanation) => {
    expect(whyIgnored(report, current)).toEqual({ reason: 'EarlierTask', explanation });
  });

  test('with another reason if the report was sent in the second of the creation, or names the creation', () => {
    const current = aTask({ status: 'FAILED', createdAt: at(0.999) });
    expect(whyIgnored(aReport(detail, { reportedAt: new Date(at(0)) }), current)).toEqual({ reason: 'TaskEnded', explanation: 'the task is already FAILED' });
    expect(whyIgnored(aReport({ ...detail, taskCreatedAt: at(0.999) }, { reportedAt: new Date(at(-9)) }), current)).toEqual({ reason: 'TaskEnded', explanation: 'the task is already FAILED' });
  });

  test('if the report has no sequence, but earlier ones had', () => {
    expect(whyIgnored(aReport({ taskId: 'id', status: 'RUNNING' }), aTask({ status: 'RUNNING', sequence: 4 })))
      .toEqual({ reason: 'StaleSequence', explanation: 'a report without a sequence is not newer than sequence 4' });
  });
});

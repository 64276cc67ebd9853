import { InvocationMetrics } from '../../../src/runtime/support/invocation-metrics';
import { EVENT_SOURCE } from '../../support/builders';

let lines: string[];

beforeEach(() => {
  lines = [];
  jest.spyOn(console, 'warn').mockReset();
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
});
afterEach(() => jest.restoreAllMocks());

const documents = () => lines.map((line) => JSON.parse(line));

test('metrics are written in the embedded metric format, with the dimension of the TaskManager alone', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  metrics.count('TasksCreated');
  metrics.count('TasksCreated');
  metrics.measure('TimeToStart', 'Milliseconds', 20);
  metrics.measure('TimeToStart', 'Milliseconds', 30);
  metrics.write();
  expect(documents()).toEqual([{
    _aws: {
      Timestamp: expect.any(Number),
      CloudWatchMetrics: [{
        Namespace: 'CdkTaskManager',
        Dimensions: [['TaskManager']],
        Metrics: [{ Name: 'TasksCreated', Unit: 'Count' }, { Name: 'TimeToStart', Unit: 'Milliseconds' }],
      }],
    },
    TaskManager: EVENT_SOURCE,
    TasksCreated: 2,
    TimeToStart: [20, 30],
  }]);
  expect(lines[0].match(/\n/g)).toEqual(['\n']);
});

test('metrics with other dimensions are another line', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  metrics.count('TasksFailed');
  metrics.count('TasksFailed', { ErrorCode: 'Other' });
  metrics.write();
  expect(documents().map(({ _aws, ...values }) => [_aws.CloudWatchMetrics[0].Dimensions, values])).toEqual([
    [[['TaskManager']], { TaskManager: EVENT_SOURCE, TasksFailed: 1 }],
    [[['TaskManager', 'ErrorCode']], { TaskManager: EVENT_SOURCE, ErrorCode: 'Other', TasksFailed: 1 }],
  ]);
});

test('each value is written once, and nothing is written if there is none', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  metrics.write();
  metrics.count('TasksCreated');
  metrics.measure('TimeToEnd', 'Milliseconds', 1);
  metrics.write();
  metrics.write();
  metrics.count('TasksCreated');
  metrics.write();
  expect(documents().map(({ TasksCreated, TimeToEnd }) => [TasksCreated, TimeToEnd])).toEqual([[1, 1], [1, undefined]]);
  expect(console.warn).not.toHaveBeenCalled();
});

test('a line has at most 100 values of a metric, and no value is lost', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  const values = Array.from({ length: 250 }, (_, i) => i);
  metrics.count('TasksCreated', { TaskType: 'export' });
  for (const value of values) metrics.measure('TimeToEnd', 'Milliseconds', value, { TaskType: 'export' });
  metrics.write();
  expect(documents().map(({ TimeToEnd }) => TimeToEnd.length)).toEqual([100, 100, 50]);
  expect(documents().flatMap(({ TimeToEnd }) => TimeToEnd)).toEqual(values);
  expect(documents().map(({ TasksCreated }) => TasksCreated)).toEqual([1, undefined, undefined]);
  for (const { _aws, TaskType } of documents()) {
    expect(_aws.CloudWatchMetrics[0].Dimensions).toEqual([['TaskManager', 'TaskType']]);
    expect(TaskType).toBe('export');
  }
});

test('a value that is not a number is left out, because CloudWatch would drop the whole line', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  metrics.count('TasksSucceeded');
  metrics.measure('TimeToEnd', 'Milliseconds', NaN);
  metrics.measure('TimeToEnd', 'Milliseconds', 5);
  metrics.write();
  expect(documents()).toMatchObject([{ TasksSucceeded: 1, TimeToEnd: 5 }]);
});

test('what was collected can be discarded', () => {
  const metrics = new InvocationMetrics(EVENT_SOURCE);
  metrics.count('TasksCreated');
  metrics.measure('TimeToEnd', 'Milliseconds', 1);
  metrics.discard();
  metrics.write();
  expect(lines).toEqual([]);
});

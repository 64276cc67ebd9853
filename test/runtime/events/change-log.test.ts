import { ChangeLog } from '../../../src/runtime/events/change-log';
import { Task } from '../../../src/runtime/task/task';
import { aTask, at } from '../../support/builders';
import { RecordedMetrics } from '../../support/recorded-metrics';

let metrics: RecordedMetrics;

beforeEach(() => {
  metrics = new RecordedMetrics();
  jest.spyOn(console, 'info').mockReset().mockImplementation();
});

function add(task: Partial<Task>, metricTaskTypes: string[] = []): void {
  const log = new ChangeLog(metrics, metricTaskTypes);
  log.add(aTask(task));
  log.writeMetrics();
}

const error = (code: string) => ({ status: 'FAILED' as const, endedAt: at(9), error: { code, message: 'secret' } });

test.each<[Partial<Task>, object[]]>([
  [{}, [{ name: 'TasksCreated', value: 1 }]],
  [{ status: 'RUNNING', startedAt: at(1.5) }, [{ name: 'TasksStarted', value: 1 }, { name: 'TimeToStart', value: 1500 }]],
  [{ status: 'SUCCESSFUL', startedAt: at(1), endedAt: at(9) }, [{ name: 'TasksSucceeded', value: 1 }, { name: 'TimeToEnd', value: 9000 }]],
  [{ status: 'CANCELLED', endedAt: at(2) }, [{ name: 'TasksCancelled', value: 1 }, { name: 'TimeToEnd', value: 2000 }]],
])('the change to %j is counted, and its times are measured', (task, expected) => {
  add(task);
  expect(metrics.written).toEqual(expected);
});

test.each([
  ['ProcessorFailed', 'ProcessorFailed'], ['DeliveryFailed', 'DeliveryFailed'], ['NoDisk', 'Other'], ['', 'Other'],
])('a failure with the code %j is also counted by its code, as %s', (code, dimension) => {
  add(error(code));
  expect(metrics.written).toEqual([
    { name: 'TasksFailed', value: 1 }, { name: 'TimeToEnd', value: 9000 }, { name: 'TasksFailed', value: 1, ErrorCode: dimension },
  ]);
});

test.each(['TaskTimeout', 'HeartbeatTimeout'])('a failure with the code %s is also counted as a time-out', (code) => {
  add(error(code));
  expect(metrics.written).toContainEqual({ name: 'TasksTimedOut', value: 1 });
});

test('the changes of a listed task type are also counted for the type', () => {
  add({ status: 'RUNNING', startedAt: at(1) }, ['export', 'report']);
  const values = [{ name: 'TasksStarted', value: 1 }, { name: 'TimeToStart', value: 1000 }];
  expect(metrics.written).toEqual([...values, ...values.map((value) => ({ ...value, TaskType: 'export' }))]);
});

test('task types that are not listed get no metrics of their own', () => {
  add({ type: 'chosen-by-a-caller' }, ['export']);
  expect(metrics.written).toEqual([{ name: 'TasksCreated', value: 1 }]);
});

test('a time is never negative, although two clocks can differ', () => {
  add({ status: 'RUNNING', startedAt: at(-1) });
  expect(metrics.written).toContainEqual({ name: 'TimeToStart', value: 0 });
});

test('each change is logged, with nothing that the caller or the processor has sent but the code of an error', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  add({ ...error('NoDisk'), version: 3, traceparent: `00-${traceId}-00f067aa0ba902b7-01`, owner: 'secret', payload: '"secret"', result: '"secret"' });
  expect(jest.mocked(console.info).mock.calls).toEqual([[{
    message: 'event published',
    taskId: aTask().taskId,
    taskType: 'export',
    version: 3,
    status: 'FAILED',
    traceId,
    code: 'NoDisk',
    timeToEnd: 9000,
  }]]);
});

import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IgnoredReportReason, ITaskManager, TaskErrorCode, TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aFunction, aTaskManager, codeOf } from './support/constructs';
import { aStateMachineProcessor } from './support/wrapper';
import { IGNORED, METRIC, OTHER_ERROR_CODE } from '../src/protocol/metrics';
import { ERROR_CODE } from '../src/protocol/wire';

const BY_TYPE = { taskTypes: [{ taskType: 'export' }, { taskType: 'report' }], metricsByTaskType: true };

const COUNTS = {
  metricCreated: 'TasksCreated',
  metricStarted: 'TasksStarted',
  metricSucceeded: 'TasksSucceeded',
  metricFailed: 'TasksFailed',
  metricCancelled: 'TasksCancelled',
  metricTimedOut: 'TasksTimedOut',
} as const;
const TIMES = { metricTimeToStart: 'TimeToStart', metricTimeToEnd: 'TimeToEnd' } as const;
const OF_TASKS = [
  ...Object.entries(COUNTS).map(([method, name]) => [method, name, 'Sum'] as const),
  ...Object.entries(TIMES).map(([method, name]) => [method, name, 'Average'] as const),
] as [keyof typeof COUNTS | keyof typeof TIMES, string, string][];

const shapeOf = ({ namespace, metricName, dimensions, statistic, period }: cloudwatch.Metric) => (
  { namespace, metricName, dimensions, statistic, minutes: period.toMinutes() }
);

test.each(OF_TASKS)('%s() is the metric %s of all tasks, with the statistic %s', (method, metricName, statistic) => {
  const { tasks } = aTaskManager();
  expect(shapeOf(tasks[method]())).toEqual({
    namespace: 'CdkTaskManager', metricName, dimensions: { TaskManager: tasks.eventSource }, statistic, minutes: 5,
  });
});

test.each(OF_TASKS)('%s() can be about one task type', (method, metricName) => {
  const { tasks } = aTaskManager(BY_TYPE);
  expect(shapeOf(tasks[method]({ taskType: 'export', period: Duration.minutes(1) }))).toMatchObject({
    metricName, dimensions: { TaskManager: tasks.eventSource, TaskType: 'export' }, minutes: 1,
  });
});

test.each(OF_TASKS)('%s() of a processor is about its task type', (method) => {
  const { stack, tasks } = aTaskManager(BY_TYPE);
  const processor = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
  expect(shapeOf(processor[method]({ statistic: 'p90' }))).toEqual(shapeOf(tasks[method]({ taskType: 'export', statistic: 'p90' })));
});

describe('metrics of a task type', () => {
  test('need metricsByTaskType', () => {
    const { stack, tasks } = aTaskManager({ taskTypes: BY_TYPE.taskTypes });
    const message = "metricsByTaskType of Stack/Tasks must be true for metrics of the task type 'export': set it, or ask for the metric of all task types";
    expect(() => tasks.metricCreated({ taskType: 'export' })).toThrow(message);
    const processor = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
    expect(() => processor.metricFailed()).toThrow(message);
  });

  test('need a task type that the TaskManager accepts', () => {
    expect(() => aTaskManager(BY_TYPE).tasks.metricCreated({ taskType: 'video' }))
      .toThrow("taskType must be one of the TaskManager's taskTypes, 'export', 'report', got 'video'");
  });

  test('need taskTypes', () => {
    expect(() => aTaskManager({ metricsByTaskType: true })).toThrow(
      'metricsByTaskType must be with taskTypes, because each task type adds metrics that cost: list the task types, or remove metricsByTaskType',
    );
  });

  test('are written for the listed types only', () => {
    const code = publisherCode(BY_TYPE);
    expect(JSON.parse(readFileSync(path.join(code, 'metric-task-types.json'), 'utf8'))).toEqual(['export', 'report']);
  });

  test('are not written by default', () => {
    expect(readdirSync(publisherCode({ taskTypes: BY_TYPE.taskTypes }))).toEqual(['index.js']);
  });
});

test('metricFailed() can be about one error code', () => {
  const { tasks } = aTaskManager(BY_TYPE);
  expect(shapeOf(tasks.metricFailed({ errorCode: TaskErrorCode.OTHER }))).toMatchObject({
    metricName: 'TasksFailed', dimensions: { TaskManager: tasks.eventSource, ErrorCode: 'Other' }, statistic: 'Sum',
  });
  expect(() => tasks.metricFailed({ errorCode: TaskErrorCode.OTHER, taskType: 'export' }))
    .toThrow('errorCode must not be with taskType, because there is no metric for both: remove one of them');
});

test('metricReportsIgnored() can be about one reason', () => {
  const { tasks } = aTaskManager();
  expect(shapeOf(tasks.metricReportsIgnored())).toMatchObject({ metricName: 'ReportsIgnored', dimensions: { TaskManager: tasks.eventSource }, statistic: 'Sum' });
  expect(tasks.metricReportsIgnored({ reason: IgnoredReportReason.TASK_ENDED }).dimensions).toEqual({ TaskManager: tasks.eventSource, Reason: 'TaskEnded' });
});

test('metricOldestOverdueCheckAge() is the maximum', () => {
  expect(shapeOf(aTaskManager().tasks.metricOldestOverdueCheckAge())).toMatchObject({ metricName: 'OldestOverdueCheckAge', statistic: 'Maximum' });
});

test('the enums have what the functions write', () => {
  expect(Object.values(TaskErrorCode).sort()).toEqual([...Object.values(ERROR_CODE), OTHER_ERROR_CODE].sort());
  expect(Object.values(IgnoredReportReason).sort()).toEqual(Object.values(IGNORED).sort());
});

test('each metric that the functions write has a method', () => {
  const { tasks } = aTaskManager();
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(Object.getPrototypeOf(tasks))).filter((name) => name.startsWith('metric'));
  expect(methods.map((name) => (tasks as any)[name]().metricName).sort()).toEqual(Object.values(METRIC).sort());
});

describe('the metric of dead letters', () => {
  test.each([
    ['metricStatusPublisherDeadLetters', 'statusPublisherDeadLetterQueue'],
    ['metricStatusUpdaterDeadLetters', 'statusUpdaterDeadLetterQueue'],
    ['metricUndeliveredDeadLetters', 'undeliveredDeadLetterQueue'],
    ['metricEventBusDeadLetters', 'eventBusDeadLetterQueue'],
  ] as const)('%s() is the number of messages in %s', (method, queue) => {
    const { tasks } = aTaskManager((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    expect(shapeOf(tasks[method]())).toMatchObject({
      metricName: 'ApproximateNumberOfMessagesVisible', dimensions: { QueueName: tasks[queue]!.queueName }, statistic: 'Maximum',
    });
  });

  test('needs a queue', () => {
    const { stack, tasks } = aTaskManager();
    expect(() => tasks.metricEventBusDeadLetters()).toThrow('metricEventBusDeadLetters() needs an eventBusDeadLetterQueue, '
      + 'which only a TaskManager with encryptionKey and its own event bus has, at Stack/Tasks');
    const processor = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
    expect(() => processor.metricDeadLetters()).toThrow('metricDeadLetters() needs a deadLetterQueue, which only a processor with maxConcurrency has, at Stack/Export');
  });

  test('of a processor is the number of messages in its queue', () => {
    const { stack, tasks } = aTaskManager();
    const queued = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack), maxConcurrency: 2 });
    expect(queued.metricDeadLetters().dimensions).toEqual({ QueueName: queued.deadLetterQueue!.queueName });
    const { processor } = aStateMachineProcessor();
    expect(processor.metricDeadLetters().dimensions).toEqual({ QueueName: processor.deadLetterQueue.queueName });
    expect(processor.metricStopDeadLetters().dimensions).toEqual({ QueueName: processor.stopDeadLetterQueue.queueName });
  });
});

describe('an imported TaskManager', () => {
  const imported = (metricsByTaskType?: boolean): ITaskManager => TaskManager.fromTaskManagerAttributes(new Stack(), 'Tasks', {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/Bus',
    eventSource: 'task-manager.Other.Tasks-12345678',
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:Undelivered',
    metricsByTaskType,
  });

  test('has the same metrics', () => {
    expect(imported().metricFailed().dimensions).toEqual({ TaskManager: 'task-manager.Other.Tasks-12345678' });
    expect(imported(true).metricFailed({ taskType: 'export' }).dimensions).toEqual({ TaskManager: 'task-manager.Other.Tasks-12345678', TaskType: 'export' });
  });

  test('has metrics of task types only if it is said', () => {
    expect(() => imported().metricFailed({ taskType: 'export' })).toThrow('metricsByTaskType of Default/Tasks must be true');
  });
});

test('the metrics are those of the account and region of the TaskManager', () => {
  const { app, tasks } = aTaskManager({}, { account: '111111111111', region: 'eu-west-1' });
  const stack = new Stack(app, 'Dashboards', { env: { account: '222222222222', region: 'us-east-1' } });
  new cloudwatch.Dashboard(stack, 'Dashboard', { widgets: [[new cloudwatch.GraphWidget({ left: [tasks.metricCreated()] })]] });
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
  expect(JSON.stringify(Properties)).toContain('\\"accountId\\":\\"111111111111\\",\\"region\\":\\"eu-west-1\\"');
});

/** Returns the directory of the deployed code of the publisher. */
function publisherCode(props: TaskManagerProps): string {
  const { app, stack } = aTaskManager(props);
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function', {
    Properties: { Description: 'Publishes status changes of tasks as events' },
  }));
  return codeOf(app.synth(), stack, Properties);
}

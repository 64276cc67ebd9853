import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { mockClient } from 'aws-sdk-client-mock';
import { Construct } from 'constructs';
import { TaskManager } from '../src';
import { aTable } from './support/a-table';
import { aMessage, aTask, at, EVENT_SOURCE, TRACE, UNDELIVERED_QUEUE_ARN } from './support/builders';
import { aTaskManager } from './support/constructs';
import { LogLine, runQuery } from './support/log-query';
import { RecordedMetrics } from './support/recorded-metrics';
import { LOG_QUERIES } from '../src/private/monitoring/log-queries';
import { traceIdOf } from '../src/protocol/trace-context';
import { ChangeLog } from '../src/runtime/events/change-log';
import { EventSender } from '../src/runtime/events/event-sender';
import { StatusUpdater } from '../src/runtime/events/status-updater';
import { parseSweepRequest } from '../src/runtime/task/sweep-request';
import { Sweeper } from '../src/runtime/task/sweeper';
import { Task } from '../src/runtime/task/task';
import { TaskStore } from '../src/runtime/task/task-store';

const LEVELS = { info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;

const dynamodb = mockClient(DynamoDBClient);
const eventBridge = mockClient(EventBridgeClient);
const store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 60);

/** What the functions have written, as it is in their log groups. */
let lines: LogLine[];

/** Runs code, and adds what it logs to the lines of a function. */
async function logged(name: string, code: () => unknown): Promise<void> {
  for (const [method, level] of Object.entries(LEVELS)) {
    jest.spyOn(console, method as keyof typeof LEVELS).mockImplementation((...args) => {
      add(name, { timestamp: at(lines.length), level, requestId: 'request', message: args[0] });
    });
  }
  await code();
}

function add(name: string, line: object): void {
  lines.push({ '@timestamp': at(lines.length), '@log': name, '@message': JSON.stringify(line) });
}

const publish = (task: Partial<Task>) => new ChangeLog(new RecordedMetrics(), []).add(aTask({ ...TRACE, ...task }));
const failed = (taskId: string, code: string, type = 'export') => (
  { taskId, type, status: 'FAILED' as const, version: 2, endedAt: at(9), error: { code, message: 'secret' } }
);
const update = (...Records: ReturnType<typeof aMessage>[]) => new StatusUpdater({
  store, metrics: new RecordedMetrics(), eventSource: EVENT_SOURCE, undeliveredQueueArn: UNDELIVERED_QUEUE_ARN, now: () => new Date(at(5)),
}).update({ Records });

beforeAll(async () => {
  lines = [];
  aTable(dynamodb);
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
  await store.create(aTask({ taskId: 'task-1', ...TRACE }));
  await logged('publisher', () => {
    publish({ taskId: 'task-1' });
    publish({ taskId: 'task-1', status: 'RUNNING', version: 2, startedAt: at(1) });
    publish({ taskId: 'task-1', status: 'SUCCESSFUL', version: 3, endedAt: at(4) });
    publish(failed('task-2', 'NoDisk'));
    publish(failed('task-3', 'NoDisk'));
    publish(failed('task-4', 'NoDisk', 'report'));
    publish(failed('task-5', 'TaskTimeout'));
    publish({ taskId: 'task-6', status: 'CANCELLED', version: 2, endedAt: at(100) });
  });
  await logged('publisher', () => new EventSender(new EventBridgeClient({}), async () => undefined).send([{ Detail: '{}' }]));
  await logged('updater', () => update(
    aMessage({ taskId: 'task-1', status: 'SUCCESSFUL' }),
    aMessage({ taskId: 'task-1', status: 'RUNNING' }, {}, 'message-2'),
    aMessage({ taskId: 'task-7', status: 'RUNNING' }, {}, 'message-3'),
    aMessage({ taskId: 'task-8', status: 'RUNNING' }, {}, 'message-4'),
    aMessage({ secret: 'x' }, {}, 'message-5'),
  ));
  await store.create(aTask({ taskId: 'task-9' }));
  await logged('sweeper', () => new Sweeper({
    store, metrics: new RecordedMetrics(), now: () => new Date(at(7200)), remainingMs: () => 90_000, handOver: async () => undefined,
  }).sweep(parseSweepRequest({})));
  // What Lambda itself writes: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
  add('sweeper', { timestamp: at(0), level: 'ERROR', requestId: 'request', message: { errorType: 'AggregateError', errorMessage: 'failed calls of the sweep: 1', stackTrace: [] } });
  add('api', { time: at(0), type: 'platform.report', record: { requestId: 'request', status: 'timeout', metrics: { durationMs: 29_000 } } });
  // A function of a user.
  lines.push({ '@timestamp': at(2.5), '@log': 'exporter', '@message': JSON.stringify('exporting for task-1') });
  jest.restoreAllMocks();
});

const run = (name: keyof typeof LOG_QUERIES, values: Record<string, string> = {}) => (
  runQuery(Object.entries(values).reduce((query, [placeholder, value]) => query.replace(placeholder, value), queries()[name]), lines)
);

function queries(): Record<keyof typeof LOG_QUERIES, string> {
  const created = aTaskManager().tasks.createQueries();
  const texts = Object.values(Template.fromStack(Stack.of(created)).findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);
  return Object.fromEntries(Object.entries(LOG_QUERIES).map(([key, { name }]) => (
    [key, texts.find(({ Name }) => Name.endsWith(`/${name}`)).QueryString]
  ))) as Record<keyof typeof LOG_QUERIES, string>;
}

test('the life of a task has all lines about it in their order, also those of the functions of users', () => {
  const life = run('taskLife', { TASK_ID: 'task-1' });
  expect(life.map((row) => [row['@log'], row['message.message'], row['message.status']])).toEqual([
    ['publisher', 'event published', 'PENDING'],
    ['publisher', 'event published', 'RUNNING'],
    ['publisher', 'event published', 'SUCCESSFUL'],
    ['exporter', undefined, undefined],
    ['updater', 'update ignored', 'RUNNING'],
  ]);
});

test('failures are counted by code and task type, most frequent first', () => {
  expect(run('failures')).toEqual([
    { 'message.code': 'NoDisk', 'message.taskType': 'export', 'failures': 2 },
    { 'message.code': 'NoDisk', 'message.taskType': 'report', 'failures': 1 },
    { 'message.code': 'TaskTimeout', 'message.taskType': 'export', 'failures': 1 },
  ]);
});

test('the slowest tasks come first, with their trace', () => {
  const rows = run('slowestTasks');
  expect(rows.map((row) => [row['message.taskId'], row['message.timeToEnd']])).toEqual([
    ['task-6', 100_000], ['task-2', 9000], ['task-3', 9000], ['task-4', 9000], ['task-5', 9000], ['task-1', 4000],
  ]);
  expect(rows[0]).toMatchObject({ 'message.status': 'CANCELLED', 'message.traceId': traceIdOf(TRACE.traceparent) });
});

test('ignored reports are counted by reason and task type, most frequent first', () => {
  expect(run('ignoredReports')).toEqual([
    { 'message.reason': 'UnknownTask', 'message.taskType': 'export', 'reports': 2 },
    { 'message.reason': 'TaskEnded', 'message.taskType': 'export', 'reports': 1 },
  ]);
});

test('problems are what functions and Lambda warn of, the newest first', () => {
  expect(run('problems').map((row) => row['message.message'] ?? row['message.errorMessage'] ?? row['record.status'])).toEqual([
    'timeout',
    'failed calls of the sweep: 1',
    'update failed',
    ...Array(4).fill('PutEvents refused entries'),
  ]);
});

test('a query with a field that no line has is found', () => {
  expect(() => runQuery('fields message.taskName | filter message.message = "x"', lines)).toThrow('no line has message.taskName');
});

describe('createQueries()', () => {
  const propertiesIn = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => Properties);
  const define = (tasks: TaskManager, options?: Parameters<TaskManager['createQueries']>[0]) => {
    tasks.createQueries(options);
    return propertiesIn(Stack.of(tasks));
  };

  test('searches the logs of all functions', () => {
    const { tasks } = aTaskManager();
    for (const { LogGroupNames } of define(tasks)) {
      expect(LogGroupNames.map(({ Ref }: { Ref: string }) => Ref.replace(/Log[0-9A-F]{8}$/, ''))).toEqual([
        'TasksApiHandler', 'TasksStatusPublisher', 'TasksStatusUpdater', 'TasksStatusReader', 'TasksSweeper',
      ]);
    }
  });

  test('searches the log groups of processors, too', () => {
    const { stack, tasks } = aTaskManager();
    const group = new logs.LogGroup(stack, 'Exporter');
    for (const { LogGroupNames } of define(tasks, { processorLogGroups: [group] })) {
      expect(LogGroupNames.at(-1)).toEqual(stack.resolve(group.logGroupName));
    }
  });

  test('returns the queries', () => {
    const { stack, tasks } = aTaskManager();
    const { taskLife, failures, slowestTasks, ignoredReports, problems } = tasks.createQueries();
    const ids = [taskLife, failures, slowestTasks, ignoredReports, problems].map(({ queryDefinitionId }) => stack.resolve(queryDefinitionId)['Fn::GetAtt'][0]);
    expect(ids).toEqual(Object.keys(Template.fromStack(stack).findResources('AWS::Logs::QueryDefinition')));
  });

  test('names the queries in a folder of the stack and the TaskManager', () => {
    expect(define(aTaskManager().tasks).map(({ Name }) => Name)).toEqual(Object.values(LOG_QUERIES).map(({ name }) => `Stack/Tasks/${name}`));
  });

  test('keeps the names within the limits of CloudWatch', () => {
    const { stack } = aTaskManager();
    for (const end of ['a', 'b']) new TaskManager(new Construct(stack, `${'x'.repeat(100)}${end}`), 'Tasks:*').createQueries();
    const names = propertiesIn(stack).map(({ Name }) => Name);
    expect(new Set(names).size).toBe(2 * Object.keys(LOG_QUERIES).length);
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
    expect(names.filter((name) => name.length > 255 - (128 - 'Stack'.length) || /[:*]/.test(name))).toEqual([]);
  });

  test('can be called once', () => {
    const { tasks } = aTaskManager();
    tasks.createQueries();
    expect(() => tasks.createQueries()).toThrow('createQueries() must be called only once for Stack/Tasks, got a second call: use what the first call returned');
  });
});

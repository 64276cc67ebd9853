import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskEndpoint, TaskManager, TaskManagerProps } from '../src';
import { aTaskManager } from './support/constructs';
import { dashboardIn, metricsOf, Widget } from './support/dashboards';
import { METRIC } from '../src/protocol/metrics';

const typesOf = (count: number): TaskManagerProps => ({
  taskTypes: Array.from({ length: count }, (_, i) => ({ taskType: `type-${i}` })), metricsByTaskType: true,
});

const ON_RESOURCE = (stack: Stack): TaskManagerProps => ({
  endpoint: TaskEndpoint.onResource(new apigateway.RestApi(stack, 'Api').root.addResource('v1')),
});

function widgetsWith(props?: Parameters<typeof aTaskManager>[0]): Widget[] {
  const { stack, tasks } = aTaskManager(props);
  tasks.createDashboard();
  return dashboardIn(stack).widgets;
}

const headingOf = ({ properties }: Widget) => properties.markdown.split('\n')[0];
const titled = (widgets: Widget[], title: string) => widgets.find(({ properties }) => properties.title === title)!;
const labelsOf = (widgets: Widget[], title: string) => (
  metricsOf(titled(widgets, title)).filter(({ visible }) => visible !== false).map(({ label }) => label)
);

test('the dashboard answers a question in each row', () => {
  const widgets = widgetsWith();
  const headings = widgets.filter(({ type }) => type === 'text');
  expect(headings.map(headingOf)).toEqual(['## Is it healthy?', '## What is slow?', '## What is stuck?', '## What does it cost?']);
  expect(headings.map(({ properties }) => properties.markdown.split('\n')[1])).toEqual(headings.map(() => expect.stringMatching(/\.$/)));
});

test.each<[string, Parameters<typeof aTaskManager>[0]]>([
  ['by default', undefined],
  ['with task types', typesOf(2)],
  ['on a resource of another API', ON_RESOURCE],
  ['on an HTTP API', { endpoint: TaskEndpoint.httpApi() }],
])('the widgets fill the rows, %s', (_, props) => {
  const rows = new Map<number, Widget[]>();
  for (const widget of widgetsWith(props)) rows.set(widget.y, [...rows.get(widget.y) ?? [], widget]);
  let top = 0;
  for (const [y, row] of rows) {
    expect(y).toBe(top);
    expect(row.map(({ x }) => x)).toEqual(row.map((_widget, i) => row.slice(0, i).reduce((sum, { width }) => sum + width, 0)));
    expect(row.reduce((sum, { width }) => sum + width, 0)).toBe(24);
    expect(new Set(row.map(({ height }) => height)).size).toBe(1);
    top += row[0].height;
  }
});

test('the dashboard uses all metrics that the functions write', () => {
  const used = widgetsWith().flatMap(metricsOf).map(({ name }) => name);
  expect(Object.values(METRIC).filter((name) => !used.includes(name))).toEqual([]);
});

test('no metric is found by a search', () => {
  expect(JSON.stringify(widgetsWith(typesOf(1)))).not.toMatch(/SEARCH|METRICS\(/);
});

test('each metric has a dimension, so that it is not that of the whole account', () => {
  const metrics = widgetsWith(typesOf(1)).flatMap(metricsOf).filter(({ expression }) => expression === undefined);
  expect(metrics.filter(({ dimensions }) => Object.keys(dimensions).length === 0)).toEqual([]);
});

describe('the metrics of the API', () => {
  const apiMetrics = (widgets: Widget[]) => new Set(widgets.flatMap(metricsOf).filter(({ namespace }) => namespace === 'AWS/ApiGateway')
    .map(({ name, dimensions }) => `${name} ${Object.keys(dimensions)}`));

  test('are those of a REST API', () => {
    expect(apiMetrics(widgetsWith())).toEqual(new Set(['4XXError ApiName', '5XXError ApiName', 'Latency ApiName', 'Count ApiName']));
  });

  test('are those of an HTTP API', () => {
    expect(apiMetrics(widgetsWith({ endpoint: TaskEndpoint.httpApi() }))).toEqual(new Set(['4xx ApiId', '5xx ApiId', 'Latency ApiId', 'Count ApiId']));
  });

  test('are left out for an API of the user, and the function stands for it', () => {
    const widgets = widgetsWith(ON_RESOURCE);
    expect(apiMetrics(widgets)).toEqual(new Set());
    expect(titled(widgets, 'Errors of the API')).toBeUndefined();
    expect(labelsOf(widgets, "Duration of the API's function")).toEqual(['p50', 'p90', 'p99']);
    expect(metricsOf(titled(widgets, 'Estimated cost by service')).find(({ id }) => id === 'requests'))
      .toMatchObject({ name: 'Invocations', dimensions: { FunctionName: expect.stringContaining('ApiHandler') } });
  });
});

describe('the dead letters', () => {
  test('are those of all queues', () => {
    const widgets = widgetsWith((stack) => ({ encryptionKey: new kms.Key(stack, 'Key') }));
    expect(labelsOf(widgets, 'Messages in dead-letter queues')).toEqual(['statusPublisher', 'statusUpdater', 'undelivered', 'eventBus']);
  });

  test('are not those of a queue that the TaskManager does not have', () => {
    expect(labelsOf(widgetsWith(), 'Messages in dead-letter queues')).toEqual(['statusPublisher', 'statusUpdater', 'undelivered']);
  });
});

describe('the alarms', () => {
  function withAlarms(define: (tasks: TaskManager) => void): Widget[] {
    const { stack, tasks } = aTaskManager();
    define(tasks);
    return dashboardIn(stack).widgets;
  }

  test.each<[string, (tasks: TaskManager) => void]>([
    ['before', (tasks) => { tasks.createAlarms(); tasks.createDashboard(); }],
    ['after', (tasks) => { tasks.createDashboard(); tasks.createAlarms(); }],
  ])('have their status in the first row if they are defined %s the dashboard', (_, define) => {
    const widgets = withAlarms(define);
    const [status] = widgets.filter(({ type }) => type === 'alarm');
    expect(status).toMatchObject({ x: 0, y: 2, width: 6, properties: { title: 'Alarms', alarms: expect.arrayContaining([expect.stringContaining('TasksAlarmsFailureRate')]) } });
    expect(widgets.filter(({ y }) => y === 2).map(({ width }) => width)).toEqual([6, 6, 6, 6]);
  });

  test('have no widget if there are none', () => {
    expect(widgetsWith().filter(({ type }) => type === 'alarm')).toEqual([]);
  });
});

describe('the task types', () => {
  test('have a row of their own with metricsByTaskType', () => {
    const widgets = widgetsWith(typesOf(2));
    expect(headingOf(widgets.filter(({ type }) => type === 'text').at(-1)!)).toBe('## How are the task types?');
    for (const title of ['Created tasks by type', 'Failed tasks by type', 'Time to end by type (p90)']) {
      expect(labelsOf(widgets, title)).toEqual(['type-0', 'type-1']);
    }
    expect(metricsOf(titled(widgets, 'Time to end by type (p90)'))[1]).toMatchObject({
      name: 'TimeToEnd', stat: 'p90', dimensions: { TaskType: 'type-1' },
    });
  });

  test('can be as many as CloudWatch shows', () => {
    const widgets = widgetsWith(typesOf(500));
    const counts = widgets.map((widget) => metricsOf(widget).length);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    expect(Math.max(...counts)).toBeLessThanOrEqual(500);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(2500);
    expect(widgets.length).toBeLessThanOrEqual(500);
  });

  test('can not be more', () => {
    expect(() => aTaskManager(typesOf(501)).tasks.createDashboard()).toThrow(
      'createDashboard() can show up to 500 task types, because a graph has no more metrics, got 501: '
      + 'define a cloudwatch.Dashboard with the metrics of some of them',
    );
  });
});

describe('the estimated cost', () => {
  const expressions = (widgets: Widget[]) => Object.fromEntries(metricsOf(titled(widgets, 'Estimated cost by service'))
    .filter(({ expression }) => expression !== undefined).map(({ id, label, expression }) => [label ?? id, expression]));

  test('is by service', () => {
    expect(labelsOf(widgetsWith(), 'Estimated cost by service')).toEqual([
      'API Gateway', 'EventBridge', 'DynamoDB writes', 'DynamoDB reads', 'Lambda', 'SQS', 'CloudWatch Logs',
    ]);
  });

  test('is also one number for the whole time that is shown', () => {
    const { properties } = titled(widgetsWith(), 'Estimated cost');
    expect(properties).toMatchObject({ view: 'singleValue', setPeriodToTimeRange: true });
  });

  test('depends on the kind of API', () => {
    expect(expressions(widgetsWith())['API Gateway']).toBe('SUM([requests]) * 3.5 / 1000000');
    expect(expressions(widgetsWith({ endpoint: TaskEndpoint.httpApi() }))['API Gateway']).toBe('SUM([requests]) * 1 / 1000000');
    expect(expressions(widgetsWith(ON_RESOURCE))['API Gateway']).toBe('SUM([requests]) * 3.5 / 1000000');
  });

  test('depends on the memory of the functions, also if it changes later', () => {
    const { stack, tasks } = aTaskManager();
    tasks.createDashboard();
    (tasks.sweeper.node.defaultChild as lambda.CfnFunction).memorySize = 1024;
    (tasks.apiHandler.node.defaultChild as lambda.CfnFunction).memorySize = undefined;
    const memory = (id: string) => /\* (\d+) \/ 1024/.exec(expressions(dashboardIn(stack).widgets)[id])![1];
    expect(['function_0', 'function_1', 'function_3', 'function_4'].map(memory)).toEqual(['128', '512', '256', '1024']);
  });

  test('has all log groups, with that of access logs', () => {
    const logGroups = (props: TaskManagerProps) => metricsOf(titled(widgetsWith(props), 'Estimated cost by service'))
      .filter(({ namespace }) => namespace === 'AWS/Logs').map(({ dimensions }) => dimensions.LogGroupName);
    expect(new Set(logGroups({})).size).toBe(5);
    expect(logGroups({ accessLogs: true })).toContainEqual(expect.stringContaining('AccessLog'));
  });

  test('has expressions over the metrics of their own graph only', () => {
    for (const title of ['Estimated cost', 'Estimated cost by service']) {
      const metrics = metricsOf(titled(widgetsWith(), title));
      const ids = metrics.map(({ id }) => id);
      const used = metrics.flatMap(({ expression }) => expression?.match(/\b[a-z]\w*/g) ?? []);
      expect(used.filter((id) => !ids.includes(id))).toEqual([]);
    }
  });
});

describe('createDashboard()', () => {
  const defineWith = (options?: Parameters<TaskManager['createDashboard']>[0]) => {
    const { stack, tasks } = aTaskManager();
    return { stack, tasks, dashboard: tasks.createDashboard(options) };
  };

  test('gives no name, and shows three hours', () => {
    const { stack } = defineWith();
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard'));
    expect(Object.keys(Properties)).toEqual(['DashboardBody']);
    expect(dashboardIn(stack).start).toBe('-PT3H');
  });

  test('takes a name and an interval', () => {
    const { stack } = defineWith({ dashboardName: 'Tasks', defaultInterval: Duration.days(7) });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'Tasks' });
    expect(dashboardIn(stack).start).toBe('-P7D');
  });

  test('returns a dashboard that takes more widgets', () => {
    const { stack, dashboard } = defineWith();
    dashboard.addWidgets(new cloudwatch.TextWidget({ markdown: 'more' }));
    expect(dashboardIn(stack).widgets.at(-1)!.properties.markdown).toBe('more');
  });

  test('can be called once', () => {
    const { tasks } = defineWith();
    expect(() => tasks.createDashboard()).toThrow('createDashboard() must be called only once for Stack/Tasks, got a second call: use what the first call returned');
  });
});

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ALARMS_ID } from './alarms';
import { costByService, totalCost } from './cost-estimate';
import { functionsOf, validateFirst } from './parts';
import type { TaskAlarms } from '../../task-alarms';
import type { TaskDashboardOptions } from '../../task-dashboard-options';
import type { TaskManager } from '../../task-manager';
import { IgnoredReportReason, TaskErrorCode } from '../../task-metrics';

/** Columns of a dashboard. */
const WIDTH = 24;
const HEADING_HEIGHT = 2;
const HEIGHT = 6;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const MAX_METRICS_OF_WIDGET = 500;

const ID = 'Dashboard';

const DOCS = 'https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs';

const { BLUE, GREEN, GREY, ORANGE, RED } = cloudwatch.Color;
const PERCENTILES = { p50: GREEN, p90: BLUE, p99: ORANGE };

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Makes a widget of a size. */
type Panel = (size: Size) => cloudwatch.IWidget;

/** Shows a TaskManager: each question has a heading and a row of graphs. */
export class TaskDashboard extends cloudwatch.Dashboard {
  constructor(private readonly taskManager: TaskManager, options: TaskDashboardOptions) {
    validateFirst(taskManager, ID, 'createDashboard');
    super(taskManager, ID, {
      dashboardName: options.dashboardName,
      defaultInterval: options.defaultInterval ?? Duration.hours(3),
    });
    this.addHealth();
    this.addTimes();
    this.addStuck();
    this.addCost();
    if (taskManager.metricsByTaskType) this.addTaskTypes(taskManager.acceptedTaskTypes!);
  }

  private addHealth(): void {
    const { taskManager } = this;
    this.addQuestion('Is it healthy?', 'Most of the created tasks succeed, few fail, and there are no 5xx errors.');
    this.addPanels(() => [
      ...this.alarms(),
      graph('Tasks', [
        taskManager.metricCreated({ label: 'created', color: BLUE }),
        taskManager.metricSucceeded({ label: 'succeeded', color: GREEN }),
        taskManager.metricFailed({ label: 'failed', color: RED }),
        taskManager.metricTimedOut({ label: 'timed out', color: ORANGE }),
        taskManager.metricCancelled({ label: 'cancelled', color: GREY }),
      ]),
      graph('Failed tasks by error code', Object.values(TaskErrorCode).map((errorCode) => (
        taskManager.metricFailed({ errorCode, label: errorCode })
      )), { stacked: true }),
      ...this.apiErrors(),
    ]);
  }

  private addTimes(): void {
    const { taskManager } = this;
    const { restApi, httpApi, apiHandler, statusPublisher } = taskManager;
    const api = restApi ?? httpApi;
    const latency = (props: cloudwatch.MetricOptions) => api ? api.metricLatency(props) : apiHandler.metricDuration(props);
    this.addQuestion('What is slow?',
      'Tasks start within seconds, end in the time that their work takes, and the publisher keeps up with the table.');
    this.addPanels(() => [
      graph('Time to start', percentiles((props) => taskManager.metricTimeToStart(props))),
      graph('Time to end', percentiles((props) => taskManager.metricTimeToEnd(props))),
      graph(api ? 'Latency of the API' : 'Duration of the API\'s function', percentiles(latency)),
      graph('Age of changes that are not published', [
        statusPublisher.metric('IteratorAge', { statistic: cloudwatch.Stats.MAXIMUM, label: 'maximum', color: BLUE }),
      ]),
    ]);
  }

  private addStuck(): void {
    const { taskManager } = this;
    const { statusUpdaterQueue, undeliveredQueue } = taskManager;
    const functions = Object.entries(functionsOf(taskManager));
    this.addQuestion('What is stuck?', 'The dead-letter queues are empty, queued messages and due checks are at most a minute old, and '
      + `functions have no errors and throttles. If not, see the [runbook](${DOCS}/runbook.md).`);
    this.addPanels(() => [
      graph('Messages in dead-letter queues', [
        taskManager.metricStatusPublisherDeadLetters({ label: 'statusPublisher' }),
        taskManager.metricStatusUpdaterDeadLetters({ label: 'statusUpdater' }),
        taskManager.metricUndeliveredDeadLetters({ label: 'undelivered' }),
        ...(taskManager.eventBusDeadLetterQueue ? [taskManager.metricEventBusDeadLetters({ label: 'eventBus' })] : []),
      ]),
      graph('Age of the oldest message', [
        statusUpdaterQueue.metricApproximateAgeOfOldestMessage({ label: 'reports' }),
        undeliveredQueue.metricApproximateAgeOfOldestMessage({ label: 'undelivered events' }),
      ]),
      graph('Age of the oldest check that is due', [taskManager.metricOldestOverdueCheckAge({ label: 'maximum' })]),
    ]);
    this.addPanels(() => [
      graph('Ignored reports by reason', Object.values(IgnoredReportReason).map((reason) => (
        taskManager.metricReportsIgnored({ reason, label: reason })
      )), { stacked: true }),
      graph('Errors of functions', functions.map(([label, fn]) => fn.metricErrors({ label }))),
      graph('Throttles of functions', functions.map(([label, fn]) => fn.metricThrottles({ label }))),
    ]);
  }

  private addCost(): void {
    const { taskManager } = this;
    this.addQuestion('What does it cost?', 'An estimate in USD, by list prices of us-east-1 for what the metrics count. Storage, metrics, '
      + `processors and data transfer are not in it. See [cost and scale](${DOCS}/cost-and-scale.md).`);
    // At synthesis, because the price depends on the memory of the functions, which can be changed after this.
    this.addPanels(() => [
      (size) => new cloudwatch.SingleValueWidget({
        ...size, title: 'Estimated cost', metrics: [totalCost(taskManager)], setPeriodToTimeRange: true,
      }),
      graph('Estimated cost by service', Object.values(costByService(taskManager)), {
        stacked: true, leftYAxis: { label: 'USD', min: 0, showUnits: false },
      }),
    ]);
  }

  private addTaskTypes(taskTypes: string[]): void {
    if (taskTypes.length > MAX_METRICS_OF_WIDGET) {
      throw new Error(`createDashboard() can show up to ${MAX_METRICS_OF_WIDGET} task types, because a graph has no more metrics, `
        + `got ${taskTypes.length}: define a cloudwatch.Dashboard with the metrics of some of them`);
    }
    const { taskManager } = this;
    this.addQuestion('How are the task types?', 'Failures are few for each type, and the time to end is what the work of the type takes.');
    this.addPanels(() => [
      graph('Created tasks by type', taskTypes.map((taskType) => taskManager.metricCreated({ taskType, label: taskType }))),
      graph('Failed tasks by type', taskTypes.map((taskType) => taskManager.metricFailed({ taskType, label: taskType }))),
      graph('Time to end by type (p90)', taskTypes.map((taskType) => (
        taskManager.metricTimeToEnd({ taskType, label: taskType, statistic: cloudwatch.Stats.p(90) })
      ))),
    ]);
  }

  private addQuestion(question: string, good: string): void {
    this.addWidgets(new cloudwatch.TextWidget({
      markdown: `## ${question}\n${good}`,
      width: WIDTH,
      height: HEADING_HEIGHT,
      background: cloudwatch.TextWidgetBackground.TRANSPARENT,
    }));
  }

  private addPanels(panels: () => Panel[]): void {
    this.addWidgets(new PanelRow(panels));
  }

  /** Those of `createAlarms()`, if it is called. */
  private alarms(): Panel[] {
    const alarms = this.taskManager.node.tryFindChild(ALARMS_ID) as TaskAlarms | undefined;
    return alarms ? [(size) => new cloudwatch.AlarmStatusWidget({ ...size, title: 'Alarms', alarms: alarms.all })] : [];
  }

  /** An API of the user has other requests, too. */
  private apiErrors(): Panel[] {
    const api = this.taskManager.restApi ?? this.taskManager.httpApi;
    return api ? [graph('Errors of the API', [
      api.metricClientError({ label: '4xx', color: ORANGE }), api.metricServerError({ label: '5xx', color: RED }),
    ])] : [];
  }
}

/** A row of widgets of the same size. It makes them at synthesis, when it is known which alarms there are. */
class PanelRow implements cloudwatch.IWidget {
  public readonly width = WIDTH;
  public readonly height = HEIGHT;
  private place = { x: 0, y: 0 };

  constructor(private readonly panels: () => Panel[]) {}

  public position(x: number, y: number): void {
    this.place = { x, y };
  }

  public toJson(): any[] {
    const panels = this.panels();
    const row = new cloudwatch.Row(...panels.map((panel) => panel({ width: WIDTH / panels.length, height: HEIGHT })));
    row.position(this.place.x, this.place.y);
    return row.toJson();
  }
}

function graph(title: string, left: cloudwatch.IMetric[], props: cloudwatch.GraphWidgetProps = {}): Panel {
  return (size) => new cloudwatch.GraphWidget({ title, left, leftYAxis: { min: 0 }, ...props, ...size });
}

function percentiles(metric: (props: cloudwatch.MetricOptions) => cloudwatch.Metric): cloudwatch.Metric[] {
  return Object.entries(PERCENTILES).map(([statistic, color]) => metric({ statistic, label: statistic, color }));
}

/** The metrics that CloudWatch makes of the functions' log lines. */
import { CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TaskManager } from '../../src';
import { metricsOf, Widget } from '../support/dashboards';
import { observe } from '../support/deployed-app';
import { DeployedTaskManager } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { metricSum } from '../support/metrics';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

const STACK = 'Metrics';
/** AWS shows the metrics of a log line minutes later. */
const PATIENCE_MS = 600_000;

let target: Target;
let tasks: DeployedTaskManager;
let cloudWatch: CloudWatchClient;

beforeAll(async () => {
  const outdir = temporaryDirectory('metrics');
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskTypes = ['export', 'report'].map((taskType) => ({ taskType }));
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, taskTypes, metricsByTaskType: true });
  observe(stack, 'Tasks', taskManager);
  new CfnOutput(stack, 'DashboardName', { value: taskManager.createDashboard().dashboardName });
  taskManager.createQueries();
  app.synth();
  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  cloudWatch = new CloudWatchClient(target.sdkClientConfig);
});

afterAll(() => target?.release());

async function sumOf(metricName: string, dimensions: Record<string, string> = {}): Promise<number | undefined> {
  return metricSum(cloudWatch, {
    namespace: 'CdkTaskManager', metricName, dimensions: { TaskManager: tasks.output('EventSource'), ...dimensions },
  });
}

/** Waits until a metric has this sum, and returns the sum. */
async function untilSum(expected: number, metricName: string, dimensions?: Record<string, string>): Promise<void> {
  let sum: number | undefined;
  await eventually(`the sum ${expected} of ${metricName} ${JSON.stringify(dimensions ?? {})}`, async () => {
    sum = await sumOf(metricName, dimensions);
    return sum === expected || undefined;
  }, PATIENCE_MS).catch((error: Error) => { throw new Error(`${error.message}: the sum is ${sum}`, { cause: error }); });
}

test('each change of a task is counted once, for all tasks, for its type and for its error code', async () => {
  const exports = await Promise.all([1, 2, 3].map(() => tasks.create('export', {})));
  const [successful, failed, ignored] = exports.map(({ taskId }) => taskId);
  const { taskId: cancelled } = await tasks.create('report', {});
  const { taskId: late } = await tasks.create('report', {}, 1);

  await tasks.report('export', { taskId: successful, status: 'RUNNING' });
  await tasks.untilStatus(successful, 'RUNNING');
  await tasks.report('export', { taskId: successful, status: 'SUCCESSFUL' });
  await tasks.report('export', { taskId: failed, status: 'FAILED', error: { code: 'ChosenByTheProcessor', message: 'no' } });
  await tasks.report('export', { taskId: ignored, status: 'SUCCESSFUL' });
  await tasks.request('POST', `tasks/${cancelled}/cancel`);
  for (const taskId of exports.map((task) => task.taskId)) await tasks.untilEnded(taskId);
  await tasks.report('export', { taskId: ignored, status: 'SUCCESSFUL' });
  await tasks.report('report', { taskId: ignored, status: 'SUCCESSFUL' });
  await eventually('the deadline', async () => (await tasks.find(late)).status === 'FAILED' || undefined);

  await untilSum(5, 'TasksCreated');
  await untilSum(3, 'TasksCreated', { TaskType: 'export' });
  await untilSum(1, 'TasksStarted');
  await untilSum(2, 'TasksSucceeded', { TaskType: 'export' });
  await untilSum(2, 'TasksFailed');
  await untilSum(1, 'TasksFailed', { ErrorCode: 'Other' });
  await untilSum(1, 'TasksFailed', { ErrorCode: 'TaskTimeout' });
  await untilSum(1, 'TasksTimedOut');
  await untilSum(1, 'TasksCancelled', { TaskType: 'report' });
  await untilSum(2, 'ReportsIgnored');
  await untilSum(1, 'ReportsIgnored', { Reason: 'TaskEnded' });
  await untilSum(1, 'ReportsIgnored', { Reason: 'OtherTaskType' });
  expect(await sumOf('TimeToStart')).toBeGreaterThan(0);
  expect(await sumOf('TimeToEnd', { TaskType: 'export' })).toBeGreaterThan(0);
  // What a processor chooses makes no metric.
  expect(await sumOf('TasksFailed', { ErrorCode: 'ChosenByTheProcessor' })).toBeUndefined();
});

test('the sweep measures how long the oldest check is overdue', async () => {
  const { deadlineAt } = await tasks.create('export', {}, 1);
  await eventually('a sweep after the deadline', async () => {
    if (new Date().toISOString() < (deadlineAt as string)) return undefined;
    await tasks.sweep();
    return true;
  });
  await eventually('the metric', async () => (await sumOf('OldestOverdueCheckAge') ?? 0) > 0 || undefined, PATIENCE_MS);
});

test('the deployed dashboard shows the metrics of this TaskManager', async () => {
  const { DashboardBody } = await cloudWatch.send(new GetDashboardCommand({ DashboardName: target.output('DashboardName') }));
  const metrics = JSON.parse(DashboardBody!).widgets.flatMap((widget: Widget) => metricsOf(widget));
  expect(metrics).toContainEqual(expect.objectContaining({ name: 'TasksCreated', dimensions: { TaskManager: tasks.output('EventSource') } }));
  expect(DashboardBody).not.toMatch(/Fn::|\$\{/);
});

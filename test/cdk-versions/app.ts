/** Uses all of the package. If a prop is added and missing here, `Required` fails to compile. */
import { App, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import {
  ContainerTaskProcessor, ContainerTaskProcessorProps, IgnoredReportReason, StateMachineTaskProcessor, StateMachineTaskProcessorProps,
  TaskAlarmOptions, TaskApiAuth, TaskConcurrency, TaskDashboardOptions, TaskEndpoint, TaskErrorCode, TaskEvents, TaskLiveAuth,
  TaskLiveUpdates, TaskLiveUpdatesProps, TaskManager, TaskManagerAttributes, TaskManagerProps, TaskOutputsOptions, TaskProcessor,
  TaskProcessorProps, TaskQueriesOptions, TaskReports, TaskResourceOptions, TaskResults,
} from 'cdk-task-manager';

const app = new App();

const plainStack = new Stack(app, 'Plain');
const plain = new TaskManager(plainStack, 'Tasks');
new TaskProcessor(plainStack, 'Export', { taskManager: plain, taskType: 'export', handler: aFunction(plainStack) });

const fullStack = new Stack(app, 'Full');
const reservedConcurrency: Required<TaskConcurrency> = { api: 20, statusPublisher: 10, statusUpdater: 20, sweeper: 10 };
const managerProps: Required<TaskManagerProps> = {
  ...resourceOptionsIn(fullStack),
  accessLogs: true,
  auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }),
  corsAllowOrigins: ['https://app.example.com'],
  deletionProtection: true,
  endpoint: TaskEndpoint.restApi({ apiKeyRequired: true }),
  eventBus: new events.EventBus(fullStack, 'Bus'),
  logRetention: logs.RetentionDays.ONE_WEEK,
  maxRequestSize: Size.kibibytes(128),
  maxPollWait: Duration.seconds(20),
  metricsByTaskType: true,
  removalPolicy: RemovalPolicy.DESTROY,
  reservedConcurrency,
  resultBucket: TaskResults.bucket(),
  taskRetention: Duration.days(1),
  taskTimeout: Duration.hours(1),
  taskTypes: [{ taskType: 'export', payloadSchema: { type: 'object' } }, { taskType: 'report' }],
  throttlingBurstLimit: 20,
  throttlingRateLimit: 10,
};
const tasks = new TaskManager(fullStack, 'Tasks', managerProps);
const liveProps: Required<TaskLiveUpdatesProps> = {
  accessLogs: true,
  allowOrigins: ['https://app.example.com'],
  auth: TaskLiveAuth.iam({ ownerParameter: 'owner' }),
  maxPostsPerSecond: 100,
  taskManager: tasks,
  throttlingBurstLimit: 20,
  throttlingRateLimit: 10,
};
const live = new TaskLiveUpdates(fullStack, 'Live', liveProps);
const role = new iam.Role(fullStack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
tasks.grantCreate(role);
tasks.grantRead(role);
tasks.grantCancel(role);
tasks.grantUpdate(role, 'report');
live.grantConnect(role);
for (const name of ['onTaskCreated', 'onTaskRunning', 'onTaskSuccessful', 'onTaskFailed', 'onTaskCancelled'] as const) {
  tasks[name](name, { taskType: 'export', target: new targets.SqsQueue(new sqs.Queue(fullStack, `${name}Queue`)) });
}
new events.Rule(fullStack, 'Rule', { eventBus: tasks.eventBus, eventPattern: TaskEvents.failed(tasks) });
tasks.openApiDocument();
for (const name of [
  'metricCreated', 'metricStarted', 'metricSucceeded', 'metricFailed', 'metricCancelled', 'metricTimedOut', 'metricTimeToStart', 'metricTimeToEnd',
] as const) {
  tasks[name]({ taskType: 'export' }).createAlarm(fullStack, name, { threshold: 1, evaluationPeriods: 1 });
}
tasks.metricFailed({ errorCode: TaskErrorCode.OTHER });
tasks.metricReportsIgnored({ reason: IgnoredReportReason.TASK_ENDED });
tasks.metricOldestOverdueCheckAge();
const alert = new actions.SnsAction(new sns.Topic(fullStack, 'OnCall'));
const alarmOptions: Required<TaskAlarmOptions> = {
  action: alert,
  okAction: alert,
  maxFailurePercent: 20,
  minFailures: 10,
  maxLag: Duration.minutes(10),
  maxOverdueAge: Duration.minutes(10),
  maxServerErrors: 10,
  maxThrottles: 10,
};
tasks.createAlarms(alarmOptions);
const dashboardOptions: Required<TaskDashboardOptions> = { dashboardName: 'Tasks', defaultInterval: Duration.days(1) };
tasks.createDashboard(dashboardOptions);
const queriesOptions: Required<TaskQueriesOptions> = { processorLogGroups: [new logs.LogGroup(fullStack, 'ProcessorLog')] };
tasks.createQueries(queriesOptions);
const outputsOptions: Required<TaskOutputsOptions> = { outputName: 'Exports', liveUpdates: live };
tasks.createOutputs(outputsOptions);

const endpointStack = new Stack(app, 'Endpoints');
const onHttpApi = new TaskManager(endpointStack, 'OnHttpApi', {
  endpoint: TaskEndpoint.httpApi({ disableExecuteApiEndpoint: true }),
  auth: TaskApiAuth.jwt('https://login.example.com', { audience: ['tasks'], ownerIncludesIssuer: true }),
  corsAllowOrigins: ['https://app.example.com'],
  accessLogs: true,
});
onHttpApi.openApiDocument();
const restApiStack = new Stack(app, 'RestApi');
const restApi = new apigateway.RestApi(restApiStack, 'RestApi');
new TaskManager(restApiStack, 'OnResource', { endpoint: TaskEndpoint.onResource(restApi.root.addResource('v1')) });
new TaskManager(endpointStack, 'OnResource', { endpoint: TaskEndpoint.onResource(restApi.root.addResource('v2')) });

const processorStack = new Stack(app, 'Processor');
const attributes: Required<Omit<TaskManagerAttributes, 'httpApiId'>> = {
  ...resourceOptionsIn(processorStack),
  eventBusArn: 'arn:aws:events:eu-west-1:111111111111:event-bus/Tasks',
  eventSource: 'task-manager.Shop.Tasks-1a2b3c4d',
  undeliveredQueueArn: 'arn:aws:sqs:eu-west-1:111111111111:Tasks-Undelivered',
  statusReaderArn: 'arn:aws:lambda:eu-west-1:111111111111:function:Tasks-StatusReader',
  metricsByTaskType: true,
  logRetention: logs.RetentionDays.ONE_WEEK,
  resultBucketArn: 'arn:aws:s3:::tasks-results',
  resultBucketKeyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1',
  taskTimeout: Duration.hours(1),
  restApiId: 'a1b2c3d4e5',
  stageName: 'prod',
  resourcePath: '/v1',
};
const processorProps: Required<Omit<TaskProcessorProps, 'maxConcurrency' | 'visibilityTimeout'>> = {
  taskManager: TaskManager.fromTaskManagerAttributes(processorStack, 'Tasks', attributes),
  taskType: 'report',
  handler: aFunction(processorStack),
  retryAttempts: 1,
  maxEventAge: Duration.minutes(30),
  deliveryRetryAttempts: 10,
  deliveryMaxEventAge: Duration.minutes(30),
  completeOnReturn: true,
  logRetention: logs.RetentionDays.ONE_WEEK,
};
new TaskProcessor(processorStack, 'Report', processorProps);
const { completeOnReturn: _, maxEventAge: __, ...withoutDirectInvocation } = processorProps;
const queuedProps: Required<Omit<TaskProcessorProps, 'completeOnReturn' | 'maxEventAge'>> = {
  ...withoutDirectInvocation, taskType: 'video', maxConcurrency: 5, visibilityTimeout: Duration.minutes(5),
};
new TaskProcessor(processorStack, 'Video', queuedProps).createAlarms();

const longStack = new Stack(app, 'Long');
const progress = TaskReports.progress(longStack, 'Progress', { percent: 50, message: 'half' });
const workflowProps: Required<StateMachineTaskProcessorProps> = {
  taskManager: tasks,
  taskType: 'export',
  stateMachine: new sfn.StateMachine(longStack, 'Workflow', { definitionBody: sfn.DefinitionBody.fromChainable(progress.next(new sfn.Pass(longStack, 'Pass'))) }),
  maxConcurrentStarts: 5,
  logRetention: logs.RetentionDays.ONE_WEEK,
};
new StateMachineTaskProcessor(longStack, 'Export', workflowProps).createAlarms({ action: alert, okAction: alert });
const vpc = new ec2.Vpc(longStack, 'Vpc', { maxAzs: 1 });
const taskDefinition = new ecs.FargateTaskDefinition(longStack, 'Task');
const containerProps: Required<ContainerTaskProcessorProps> = {
  taskManager: tasks,
  taskType: 'report',
  cluster: new ecs.Cluster(longStack, 'Cluster', { vpc }),
  taskDefinition,
  container: taskDefinition.addContainer('main', { image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox') }),
  vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
  securityGroups: [new ec2.SecurityGroup(longStack, 'Group', { vpc })],
  assignPublicIp: true,
  platformVersion: ecs.FargatePlatformVersion.VERSION1_4,
  capacityProviderStrategies: [{ capacityProvider: 'FARGATE_SPOT' }],
  spotRetryAttempts: 5,
  maxConcurrentStarts: 5,
  logRetention: logs.RetentionDays.ONE_WEEK,
};
new ContainerTaskProcessor(longStack, 'Report', containerProps).createAlarms();

app.synth();

function resourceOptionsIn(stack: Stack): Required<TaskResourceOptions> {
  const functionVpc = new ec2.Vpc(stack, 'FunctionVpc', { maxAzs: 1 });
  return {
    encryptionKey: new kms.Key(stack, 'Key'),
    vpc: functionVpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    securityGroups: [new ec2.SecurityGroup(stack, 'FunctionGroup', { vpc: functionVpc })],
    tracing: lambda.Tracing.ACTIVE,
  };
}

function aFunction(stack: Stack): lambda.Function {
  return new lambda.Function(stack, 'Function', {
    runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {}'),
  });
}

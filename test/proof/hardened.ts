import { App, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { containerOf, functionOf, machineOf, managerOf } from './constructs';
import { Endpoint, ownRestApi } from './endpoints';
import { GrantedReporter, Processors } from './parts';
import { TaskEndpoint, TaskManager, TaskResults } from '../../src';

/** TaskManagers as companies define them. */
export interface Hardened {
  readonly taskManagers: TaskManager[];
  readonly endpoint: Endpoint;
  readonly grantedReporter: GrantedReporter;
}

/** What the company lets roles do at most. Each action is needed by a role. */
const BOUNDARY = [
  'dynamodb:*', 'ec2:*NetworkInterface*', 'ec2:*PrivateIpAddresses', 'ec2:DescribeSubnets', 'ecs:*', 'events:*', 'execute-api:Invoke',
  'execute-api:ManageConnections', 'iam:PassRole', 'kms:*', 'lambda:InvokeFunction', 'logs:*', 's3:*', 'sqs:*', 'states:*', 'xray:*',
];

/**
 * Defines a TaskManager with a key, a VPC, a permissions boundary, a private API and all else that companies ask for, with a processor of
 * each kind; another one with a key of its own; and processors of both in one stack. Keys, network and boundary are in another stack.
 */
export function addHardened(app: App, processors: Processors): Hardened {
  const foundation = new Stack(app, 'Foundation');
  const [payrollKey, ledgerKey] = ['PayrollKey', 'LedgerKey'].map((id) => new kms.Key(foundation, id, { enableKeyRotation: true }));
  const vpc = new ec2.Vpc(foundation, 'FunctionVpc', { maxAzs: 1 });
  const vpcEndpoint = vpc.addInterfaceEndpoint('ExecuteApi', { service: ec2.InterfaceVpcEndpointAwsService.APIGATEWAY });
  const payroll = managerOf(app, 'Payroll', () => ({
    encryptionKey: payrollKey,
    vpc,
    tracing: lambda.Tracing.ACTIVE,
    deletionProtection: true,
    corsAllowOrigins: ['https://payroll.example.internal'],
    reservedConcurrency: { api: 20, statusPublisher: 5, statusUpdater: 10, sweeper: 2 },
    accessLogs: true,
    resultBucket: TaskResults.bucket(),
    endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [vpcEndpoint] }),
  }));
  const ledger = managerOf(app, 'Ledger', () => ({
    encryptionKey: ledgerKey, resultBucket: TaskResults.bucket(), endpoint: TaskEndpoint.httpApi(), accessLogs: true,
  }));
  const shared = new Stack(app, 'Bookkeeping');
  const boundary = boundaryIn(foundation);
  for (const stack of [Stack.of(payroll), shared]) iam.PermissionsBoundary.of(stack).apply(boundary);

  addProcessorOfEachKind(Stack.of(payroll), payroll, processors);
  processors.ofFunction(shared, functionOf(shared, 'Payer'), ['batch'], { taskManager: payroll, maxConcurrency: 5 });
  processors.ofFunction(shared, functionOf(shared, 'Booker'), ['batch'], { taskManager: ledger, maxConcurrency: 5 });
  processors.ofStateMachine(shared, machineOf(shared, 'Closer'), 'ingest', ledger);
  addProcessorsOfImported(app, payroll, { encryptionKey: payrollKey, vpc }, processors);

  const reporter = functionOf(Stack.of(payroll), 'PayrollReporter');
  payroll.grantUpdate(reporter, 'export');
  return {
    taskManagers: [payroll, ledger],
    endpoint: ownRestApi(payroll, vpcEndpoint.vpcEndpointId),
    grantedReporter: { reporter, taskManager: payroll, taskType: 'export' },
  };
}

function boundaryIn(stack: Stack): iam.ManagedPolicy {
  return new iam.ManagedPolicy(stack, 'Boundary', { statements: [new iam.PolicyStatement({ actions: BOUNDARY, resources: ['*'] })] });
}

function addProcessorOfEachKind(stack: Stack, taskManager: TaskManager, processors: Processors): void {
  processors.ofFunction(stack, functionOf(stack, 'Accountant'), ['export'], { taskManager, completeOnReturn: true });
  processors.ofFunction(stack, functionOf(stack, 'Clerk'), ['batch'], { taskManager, maxConcurrency: 5 });
  processors.ofStateMachine(stack, machineOf(stack, 'Auditor'), 'transcode', taskManager);
  processors.ofContainer(stack, containerOf(stack, 'Printer'), 'render', taskManager);
}

/** The TaskManager is imported with its key and VPC, for those of its processors. */
function addProcessorsOfImported(
  app: App, taskManager: TaskManager, resourceOptions: { readonly encryptionKey: kms.IKey; readonly vpc: ec2.IVpc }, processors: Processors,
): void {
  const stack = new Stack(app, 'CompanyImports');
  const imported = TaskManager.fromTaskManagerAttributes(stack, 'ImportedPayroll', {
    eventBusArn: taskManager.eventBus.eventBusArn,
    eventSource: taskManager.eventSource,
    undeliveredQueueArn: taskManager.undeliveredQueue.queueArn,
    statusReaderArn: taskManager.statusReader!.functionArn,
    resultBucketArn: taskManager.resultBucket!.bucketArn,
    resultBucketKeyArn: taskManager.resultBucket!.encryptionKey!.keyArn,
    tracing: lambda.Tracing.ACTIVE,
    ...resourceOptions,
  });
  processors.ofFunction(stack, functionOf(stack, 'Temp'), ['batch'], { taskManager: imported, maxConcurrency: 5 });
  processors.ofStateMachine(stack, machineOf(stack, 'Contractor'), 'ingest', imported);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { containerOf, functionOf, machineOf, managerOf } from './constructs';
import { Deployment } from './deployment';
import { addEndpoints, Endpoint, ownRestApi, PrivateApi } from './endpoints';
import {
  ContainerTaskProcessor, ITaskManager, StateMachineTaskProcessor, TaskApiAuth, TaskManager, TaskProcessor,
  TaskProcessorProps, TaskResults,
} from '../../src';
import { EVENT } from '../../src/protocol/wire';

/** The detail-type of the events of Step Functions. */
export const EXECUTION_EVENT = 'Step Functions Execution Status Change';

/** A TaskManager of the app. */
export interface ProvedTaskManager {
  readonly taskManager: TaskManager;
  readonly queues: sqs.Queue[];
  /** Can read all its queues, to redrive dead letters. */
  readonly operator: lambda.Function;
}

/** The function of a processor, and the tasks that it reports on. */
export interface ProcessingFunction {
  readonly handler: lambda.Function;
  readonly reporter: lambda.Function;
  readonly taskManager: ITaskManager;
  readonly taskTypes: string[];
}

/** A processor of long work, and what is its work. */
export interface LongProcessor {
  readonly processor: StateMachineTaskProcessor | ContainerTaskProcessor;
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  readonly stateMachine?: sfn.StateMachine;
  readonly container?: { readonly cluster: ecs.Cluster; readonly taskDefinition: ecs.TaskDefinition };
}

/** A rule, and the events that it must match. A rule can be in several of them. */
export interface MatchingRule {
  readonly rule: events.Rule;
  readonly taskManager: ITaskManager;
  readonly detailType: string;
  /** The state machine whose failures the rule matches, instead of events of the TaskManager. */
  readonly failuresOf?: sfn.StateMachine;
  readonly taskType?: string;
  readonly owner?: string;
}

/** The synthesized app. */
export class ProofApp {
  constructor(
    /** The directory of the cloud assembly. */
    public readonly assembly: string,
    public readonly deployment: Deployment,
    public readonly taskManagers: ProvedTaskManager[],
    public readonly endpoints: Endpoint[],
    public readonly privateApis: PrivateApi[],
    /** Can report on tasks of type `export` of the first TaskManager without a processor. */
    public readonly reporter: lambda.Function,
    public readonly processing: ProcessingFunction[],
    public readonly longWork: LongProcessor[],
    public readonly rules: MatchingRule[],
  ) {}

  /** Returns the name of the role of a function or a state machine. */
  public role({ role }: { readonly role?: iam.IRole }): string {
    return this.deployment.valueOf(role!, role!.roleName);
  }
}

/**
 * Synthesizes TaskManagers with each kind of authorization and bus, processors in the stack of their TaskManager and in others, grants and
 * rules. Logical ids are unique over all stacks, so that they identify a resource.
 */
export function synthesizeProofApp(): ProofApp {
  // Warnings of libraries do not matter here.
  Object.assign(process.env, { JSII_DEPRECATED: 'quiet', CDK_VALIDATION: 'false' });
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-proof-'));
  process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));
  const app = new App({ outdir: assembly, analyticsReporting: false });

  const tasks = managerOf(app, 'Tasks', () => ({ resultBucket: TaskResults.bucket() }));
  const members = managerOf(app, 'Members', (stack) => ({
    auth: TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users')),
    corsAllowOrigins: ['https://app.example.com'],
    accessLogs: true,
    taskTypes: [{ taskType: 'export', payloadSchema: { type: 'object' } }],
  }));
  const partners = managerOf(app, 'Partners', (stack) => ({
    auth: TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: functionOf(stack, 'PartnersAuthorizer') }), { ownerContextKey: 'partner' }),
    eventBus: events.EventBus.fromEventBusName(stack, 'DefaultBus', 'default'),
  }));
  const anyone = managerOf(app, 'Anyone', () => ({ auth: TaskApiAuth.none() }));

  // A company's key and network are in a stack of their own.
  const foundation = new Stack(app, 'Foundation');
  const encryptionKey = new kms.Key(foundation, 'EncryptionKey');
  const vpc = new ec2.Vpc(foundation, 'FunctionVpc', { maxAzs: 1 });
  const payroll = managerOf(app, 'Payroll', () => ({ encryptionKey, vpc }));

  const stack = Stack.of(tasks);
  const grantedReporter = functionOf(stack, 'GrantedReporter');
  tasks.grantUpdate(grantedReporter, 'export');
  const { endpoints, privateApis, taskManagers: elsewhereReachable } = addEndpoints(app);
  endpoints.push(ownRestApi(tasks));
  const taskManagers = [tasks, members, partners, anyone, payroll, ...elsewhereReachable];
  const operated = taskManagers.map(operate);
  const rules = [
    ...taskManagers.map((taskManager) =>
      ({ rule: taskManager.statusUpdater.node.findChild('Rule') as events.Rule, taskManager, detailType: EVENT.UPDATED })),
    ...observe(stack, tasks),
  ];
  const addProcessor = (scope: Construct, id: string, props: TaskProcessorProps) => {
    const { rule, reporter } = new TaskProcessor(scope, id, props);
    rules.push({ rule, taskManager: props.taskManager, taskType: props.taskType, detailType: EVENT.CREATED });
    return reporter;
  };

  // Processors in the stack of the TaskManager, in another stack with the function in a third one, and of an imported TaskManager.
  const exporter = functionOf(stack, 'Exporter');
  const reporter = addProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: exporter });
  const queued = functionOf(stack, 'Queued');
  const queuedReporter = addProcessor(stack, 'Queue', { taskManager: tasks, taskType: 'batch', handler: queued, maxConcurrency: 5 });
  const worker = functionOf(new Stack(app, 'Workers'), 'Worker');
  const elsewhere = new Stack(app, 'Elsewhere');
  const [workerReporter] = ['report', 'import'].map((taskType) =>
    addProcessor(elsewhere, `Elsewhere-${taskType}`, { taskManager: tasks, taskType, handler: worker, completeOnReturn: true }));
  const imports = new Stack(app, 'Imports');
  const imported = TaskManager.fromTaskManagerAttributes(imports, 'Imported', {
    eventBusArn: members.eventBus.eventBusArn,
    eventSource: members.eventSource,
    undeliveredQueueArn: members.undeliveredQueue.queueArn,
    statusReaderArn: members.statusReader!.functionArn,
  });
  const withoutReader = TaskManager.fromTaskManagerAttributes(imports, 'WithoutReader', {
    eventBusArn: partners.eventBus.eventBusArn, eventSource: partners.eventSource, undeliveredQueueArn: partners.undeliveredQueue.queueArn,
  });
  const processing: ProcessingFunction[] = [
    { handler: exporter, reporter, taskManager: tasks, taskTypes: ['export'] },
    { handler: queued, reporter: queuedReporter, taskManager: tasks, taskTypes: ['batch'] },
    { handler: worker, reporter: workerReporter, taskManager: tasks, taskTypes: ['report', 'import'] },
  ];
  const others = [
    [imports, imported], [imports, withoutReader], [Stack.of(partners), partners], [Stack.of(anyone), anyone], [Stack.of(payroll), payroll],
  ] as const;
  for (const [scope, taskManager] of others) {
    const id = `${taskManager.node.id}Export`;
    const handler = functionOf(scope, `${id}er`);
    const ownReporter = addProcessor(scope, id, { taskManager, taskType: 'export', handler });
    processing.push({ handler, reporter: ownReporter, taskManager, taskTypes: ['export'] });
  }

  const paid = functionOf(Stack.of(payroll), 'Paid');
  const paidReporter = addProcessor(Stack.of(payroll), 'Pay', { taskManager: payroll, taskType: 'batch', handler: paid, maxConcurrency: 5 });
  processing.push({ handler: paid, reporter: paidReporter, taskManager: payroll, taskTypes: ['batch'] });

  const longWork = [...addLongWork(app, tasks, imported), longWorkOf(payroll)];
  rules.push(...longWork.flatMap(rulesOfLongWork));
  return new ProofApp(
    assembly, new Deployment(app.synth()), operated, endpoints, privateApis, grantedReporter, processing, longWork, rules,
  );
}

/** Defines processors of long work in the stack of their TaskManager, in another one than their work, and of an imported TaskManager. */
function addLongWork(app: App, tasks: TaskManager, imported: ITaskManager): LongProcessor[] {
  const [ofTasks, ofImports] = [Stack.of(tasks), Stack.of(imported)];
  const [ofWork, ofProcessors] = ['Work', 'WorkProcessors'].map((id) => new Stack(app, id));
  const stateMachines = [machineOf(ofTasks, 'Transcoder'), machineOf(ofWork, 'Importer')];
  const containers = [containerOf(ofWork, 'Renderer'), containerOf(ofImports, 'Previewer')];
  const machine = (scope: Construct, taskType: string, stateMachine: sfn.StateMachine) => ({
    processor: new StateMachineTaskProcessor(scope, `Long-${taskType}`, { taskManager: tasks, taskType, stateMachine }), taskManager: tasks, taskType, stateMachine,
  });
  const contained = (scope: Construct, taskManager: ITaskManager, taskType: string, container: NonNullable<LongProcessor['container']>) => ({
    processor: new ContainerTaskProcessor(scope, `Long-${taskType}`, { taskManager, taskType, ...container }), taskManager, taskType, container,
  });
  return [
    machine(ofTasks, 'transcode', stateMachines[0]),
    machine(ofProcessors, 'ingest', stateMachines[1]),
    contained(ofProcessors, tasks, 'render', containers[0]),
    contained(ofImports, imported, 'preview', containers[1]),
  ];
}

/** Defines a processor of long work whose wrapper has the key of its TaskManager. */
function longWorkOf(taskManager: TaskManager): LongProcessor {
  const stack = Stack.of(taskManager);
  const taskType = 'ingest';
  const stateMachine = machineOf(stack, 'Auditor');
  const processor = new StateMachineTaskProcessor(stack, 'Audit', { taskManager, taskType, stateMachine });
  return { processor, taskManager, taskType, stateMachine };
}

function rulesOfLongWork({ processor, taskManager, taskType }: LongProcessor): MatchingRule[] {
  const failures = processor.node.findChild('Work').node.findChild('WrapperFailures') as events.Rule;
  return [
    { rule: processor.rule, taskManager, taskType, detailType: EVENT.CREATED },
    ...[EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED].map((detailType) =>
      ({ rule: processor.stopRule, taskManager, taskType, detailType })),
    { rule: failures, taskManager, detailType: EXECUTION_EVENT, failuresOf: processor.wrapper },
  ];
}

function operate(taskManager: TaskManager): ProvedTaskManager {
  const operator = functionOf(Stack.of(taskManager), `${taskManager.node.id}Operator`);
  const queues = taskManager.node.findAll().filter((construct) => construct instanceof sqs.Queue);
  for (const queue of queues) queue.grantConsumeMessages(operator);
  return { taskManager, queues, operator };
}

/** Defines rules for events of all types, of one type, and of one owner. */
function observe(stack: Stack, taskManager: TaskManager): MatchingRule[] {
  const target = new targets.SqsQueue(new sqs.Queue(stack, 'Observed', { enforceSSL: true }));
  const observed = [['Any', {}], ['Exports', { taskType: 'export' }], ['Anns', { owner: 'ann' }]] as [string, Pick<MatchingRule, 'taskType' | 'owner'>][];
  return observed.flatMap(([id, only]) => {
    const eventPattern = only.owner === undefined ? undefined : { detail: { owner: [only.owner] } };
    const options = { target, taskType: only.taskType, eventPattern };
    return [
      { rule: taskManager.onTaskCreated(`${id}Created`, options), taskManager, detailType: EVENT.CREATED, ...only },
      { rule: taskManager.onTaskRunning(`${id}Running`, options), taskManager, detailType: EVENT.RUNNING, ...only },
      { rule: taskManager.onTaskSuccessful(`${id}Successful`, options), taskManager, detailType: EVENT.SUCCESSFUL, ...only },
      { rule: taskManager.onTaskFailed(`${id}Failed`, options), taskManager, detailType: EVENT.FAILED, ...only },
      { rule: taskManager.onTaskCancelled(`${id}Cancelled`, options), taskManager, detailType: EVENT.CANCELLED, ...only },
    ];
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { containerOf, functionOf, machineOf, managerOf } from './constructs';
import { Deployment } from './deployment';
import { addEndpoints, Endpoint, ownRestApi, PrivateApi } from './endpoints';
import { addHardened } from './hardened';
import { addLiveUpdates, ProvedLiveUpdates } from './live-updates';
import { GrantedReporter, LongProcessor, MatchingRule, ProcessingFunction, Processors } from './parts';
import { quietLibraries } from '../../local/quiet-libraries';
import { ITaskManager, TaskApiAuth, TaskManager, TaskResults } from '../../src';
import { EVENT } from '../../src/protocol/wire';

/** A TaskManager of the app. */
export interface ProvedTaskManager {
  readonly taskManager: TaskManager;
  readonly queues: sqs.Queue[];
  /** Can read all its queues, to redrive dead letters. */
  readonly operator: lambda.Function;
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
    public readonly grantedReporters: GrantedReporter[],
    public readonly processing: ProcessingFunction[],
    public readonly longWork: LongProcessor[],
    public readonly liveUpdates: ProvedLiveUpdates[],
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
  quietLibraries();
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-proof-'));
  process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));
  const app = new App({ outdir: assembly, analyticsReporting: false });

  const tasks = managerOf(app, 'Tasks', () => ({ resultBucket: TaskResults.bucket() }));
  const members = managerOf(app, 'Members', (stack) => ({
    auth: TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users')),
    corsAllowOrigins: ['https://app.example.com'],
    accessLogs: true,
    taskTypes: [{ taskType: 'export', payloadSchema: { type: 'object' } }],
    metricsByTaskType: true,
  }));
  const partners = managerOf(app, 'Partners', (stack) => ({
    auth: TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: functionOf(stack, 'PartnersAuthorizer') }), { ownerContextKey: 'partner' }),
    eventBus: events.EventBus.fromEventBusName(stack, 'DefaultBus', 'default'),
  }));
  const anyone = managerOf(app, 'Anyone', () => ({ auth: TaskApiAuth.none() }));

  for (const taskManager of [tasks, members]) {
    taskManager.createDashboard();
    taskManager.createQueries();
  }

  const stack = Stack.of(tasks);
  const reporter = functionOf(stack, 'GrantedReporter');
  tasks.grantUpdate(reporter, 'export');
  const processors = new Processors();
  const { endpoints, privateApis, taskManagers: elsewhereReachable } = addEndpoints(app);
  const hardened = addHardened(app, processors);
  endpoints.push(ownRestApi(tasks), hardened.endpoint);
  const taskManagers = [tasks, members, partners, anyone, ...elsewhereReachable, ...hardened.taskManagers];
  const operated = taskManagers.map(operate);

  // Processors in the stack of the TaskManager, in another stack with the function in a third one, and of an imported TaskManager.
  processors.ofFunction(stack, functionOf(stack, 'Exporter'), ['export'], { taskManager: tasks });
  processors.ofFunction(stack, functionOf(stack, 'Queued'), ['batch'], { taskManager: tasks, maxConcurrency: 5 });
  processors.ofFunction(new Stack(app, 'Elsewhere'), functionOf(new Stack(app, 'Workers'), 'Worker'), ['report', 'import'], {
    taskManager: tasks, completeOnReturn: true,
  });
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
  const others = [[imports, imported], [imports, withoutReader], [Stack.of(partners), partners], [Stack.of(anyone), anyone]] as const;
  for (const [scope, taskManager] of others) {
    processors.ofFunction(scope, functionOf(scope, `${taskManager.node.id}Exporter`), ['export'], { taskManager });
  }
  addLongWork(app, processors, tasks, imported);
  const liveUpdates = addLiveUpdates(app, { shared: tasks, ofUsers: members, ofPartners: partners, hardened: hardened.taskManagers[0] });

  const { processing, longWork } = processors;
  const rules = [
    ...taskManagers.map(({ statusUpdaterRule: rule }, i) => ({ rule, taskManager: taskManagers[i], detailType: EVENT.UPDATED })),
    ...observe(stack, tasks),
    ...processors.rules,
  ];
  const grantedReporters = [{ reporter, taskManager: tasks, taskType: 'export' }, hardened.grantedReporter];
  return new ProofApp(
    assembly, new Deployment(app.synth()), operated, endpoints, privateApis, grantedReporters, processing, longWork, liveUpdates, rules,
  );
}

/** Defines processors of long work in the stack of their TaskManager, in another one than their work, and of an imported TaskManager. */
function addLongWork(app: App, processors: Processors, tasks: TaskManager, imported: ITaskManager): void {
  const [ofTasks, ofImports] = [Stack.of(tasks), Stack.of(imported)];
  const [ofWork, ofProcessors] = ['Work', 'WorkProcessors'].map((id) => new Stack(app, id));
  processors.ofStateMachine(ofTasks, machineOf(ofTasks, 'Transcoder'), 'transcode', tasks);
  processors.ofStateMachine(ofProcessors, machineOf(ofWork, 'Importer'), 'ingest', tasks);
  processors.ofContainer(ofProcessors, containerOf(ofWork, 'Renderer'), 'render', tasks);
  processors.ofContainer(ofImports, containerOf(ofImports, 'Previewer'), 'preview', imported);
}

function operate(taskManager: TaskManager): ProvedTaskManager {
  taskManager.createAlarms();
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

/** An app that is larger than an example: many task types, many functions, two contexts, an imported TaskManager, and a pipeline. */
import { App, Duration, Environment, Stack, Stage } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { Construct } from 'constructs';
import { ITaskManager, TaskManager, TaskManagerAttributes, TaskProcessor } from '../../src';

const PIPELINE: Environment = { account: '111111111111', region: 'eu-west-1' };

/** The accounts that the pipeline deploys to. */
const STAGES: Record<string, Environment> = {
  Test: { account: '222222222222', region: 'eu-west-1' },
  Production: { account: '333333333333', region: 'eu-west-1' },
};

/** The number of task types of one function, and the number of functions with a processor each. */
export const TYPES = 100;
export const FUNCTIONS = 40;

export interface LargeAppOptions {
  /** Returns the code of all functions of a stack. By default, they do nothing. */
  readonly code?: () => lambda.Code;
  /** The TaskManager of another app that the partner imports. By default, one that does not exist. */
  readonly imported?: TaskManagerAttributes;
}

/** Adds the pipeline, with the whole app in each stage. */
export function addPipeline(app: App): void {
  const stack = new Stack(app, 'Pipeline', { env: PIPELINE });
  const pipeline = new pipelines.CodePipeline(stack, 'Pipeline', {
    crossAccountKeys: true,
    synth: new pipelines.ShellStep('Synth', {
      input: pipelines.CodePipelineSource.connection('shop/shop', 'main', {
        connectionArn: `arn:aws:codeconnections:${PIPELINE.region}:${PIPELINE.account}:connection/12345678-1234-1234-1234-123456789012`,
      }),
      commands: ['npm ci', 'npx cdk synth'],
    }),
  });
  for (const [id, env] of Object.entries(STAGES)) {
    const stage = new Stage(app, id, { env });
    addStacks(stage);
    pipeline.addStage(stage);
  }
}

/** Adds two contexts with a TaskManager each, and a team that imports one of them. */
export function addStacks(scope: Construct, options: LargeAppOptions = {}): void {
  const { code = () => lambda.Code.fromInline('exports.handler = async () => {}') } = options;
  const orders = new Stack(scope, 'Orders');
  const orderTasks = new TaskManager(orders, 'Tasks', { taskTypes: taskTypes(TYPES).map((taskType) => ({ taskType })) });
  addTypesOfOneFunction(orders, orderTasks, code());

  const reports = new Stack(scope, 'Reports');
  const reportTasks = new TaskManager(reports, 'Tasks', { taskTimeout: Duration.hours(1) });
  addProcessorsOfOwnFunctions(reports, reportTasks, code());

  const partner = new Stack(scope, 'Partner');
  new TaskProcessor(partner, 'Import', {
    taskManager: TaskManager.fromTaskManagerAttributes(partner, 'Tasks', options.imported ?? legacyTaskManager(partner)),
    taskType: 'import',
    handler: aFunction(partner, 'Importer', code()),
  });
}

function legacyTaskManager({ account, region }: Stack): TaskManagerAttributes {
  return {
    eventBusArn: `arn:aws:events:${region}:${account}:event-bus/legacy`,
    eventSource: 'task-manager.Legacy.Tasks-1a2b3c4d',
    undeliveredQueueArn: `arn:aws:sqs:${region}:${account}:legacy-undelivered`,
    statusReaderArn: `arn:aws:lambda:${region}:${account}:function:legacy-status-reader`,
  };
}

function addTypesOfOneFunction(stack: Stack, taskManager: ITaskManager, code: lambda.Code): void {
  const handler = aFunction(stack, 'Worker', code);
  for (const taskType of taskTypes(TYPES)) new TaskProcessor(stack, taskType, { taskManager, taskType, handler });
}

function addProcessorsOfOwnFunctions(stack: Stack, taskManager: ITaskManager, code: lambda.Code): void {
  for (const taskType of taskTypes(FUNCTIONS)) {
    new TaskProcessor(stack, taskType, { taskManager, taskType, handler: aFunction(stack, `Function-${taskType}`, code) });
  }
}

function taskTypes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `type-${i + 1}`);
}

function aFunction(stack: Stack, id: string, code: lambda.Code): lambda.Function {
  return new lambda.Function(stack, id, {
    code,
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    timeout: Duration.minutes(5),
    role: new iam.Role(stack, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
  });
}

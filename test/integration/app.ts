import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { buildSync } from 'esbuild';
import { TaskManager, TaskProcessor } from '../../src';

export const STACK = 'Integration';
export const TASK_TYPES = ['export', 'report'];

/** Synthesizes two TaskManagers, with processors for the same types, and each with a queue that sees every event. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const code = bundle(path.join(__dirname, 'scripted.lambda.ts'), outdir);
  for (const id of ['One', 'Two']) {
    const taskManager = new TaskManager(stack, id, { removalPolicy: RemovalPolicy.DESTROY });
    const handler = aFunction(stack, `${id}Scripted`, code, Duration.minutes(1));
    for (const taskType of TASK_TYPES) new TaskProcessor(stack, `${id}${taskType}`, { taskManager, taskType, handler });
    observe(stack, id, taskManager);
  }
  app.synth();
}

/** Has a queue see every event, and puts out what a `DeployedTaskManager` needs. */
export function observe(stack: Stack, id: string, taskManager: TaskManager): void {
  const observed = new sqs.Queue(stack, `${id}ObservedQueue`);
  const target = new targets.SqsQueue(observed);
  taskManager.onTaskCreated('ObserveCreated', { target });
  taskManager.onTaskRunning('ObserveRunning', { target });
  taskManager.onTaskSuccessful('ObserveSuccessful', { target });
  taskManager.onTaskFailed('ObserveFailed', { target });
  taskManager.onTaskCancelled('ObserveCancelled', { target });

  const outputs = {
    ApiUrl: taskManager.api.url,
    EventBus: taskManager.eventBus.eventBusName,
    EventSource: taskManager.eventSource,
    Table: taskManager.table.tableName,
    Sweeper: taskManager.sweeper.functionName,
    Observed: observed.queueUrl,
    UpdaterQueue: (taskManager.statusUpdater.node.findChild('Queue') as sqs.Queue).queueUrl,
    Undelivered: taskManager.undeliveredQueue.queueUrl,
    PublisherDeadLetters: taskManager.statusPublisherDeadLetterQueue.queueUrl,
    UpdaterDeadLetters: taskManager.statusUpdaterDeadLetterQueue.queueUrl,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${id}${name}`, { value });
}

export function aFunction(stack: Stack, id: string, code: lambda.Code, timeout: Duration): lambda.Function {
  return new lambda.Function(stack, id, { code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, timeout });
}

/** Bundles the code of a function, with the AWS SDK: the machine's Node.js has none. */
export function bundle(entry: string, outdir: string): lambda.Code {
  const folder = path.join(outdir, path.basename(entry, '.ts'));
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', target: 'node20', outfile: path.join(folder, 'index.js') });
  return lambda.Code.fromAsset(folder);
}

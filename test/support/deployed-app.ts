import * as path from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { buildSync } from 'esbuild';
import { TaskManager, TaskManagerProps } from '../../src';

/** Limits that a test with many requests does not meet. The engine throttles as API Gateway does: a fast machine would get a 429. */
export const UNTHROTTLED: TaskManagerProps = { throttlingRateLimit: 10_000, throttlingBurstLimit: 5_000 };

/** Adds a queue that receives all events, and the outputs that a `DeployedTaskManager` needs. */
export function observe(stack: Stack, id: string, taskManager: TaskManager): void {
  const observed = new sqs.Queue(stack, `${id}ObservedQueue`);
  const target = new targets.SqsQueue(observed);
  taskManager.onTaskCreated('ObserveCreated', { target });
  taskManager.onTaskRunning('ObserveRunning', { target });
  taskManager.onTaskSuccessful('ObserveSuccessful', { target });
  taskManager.onTaskFailed('ObserveFailed', { target });
  taskManager.onTaskCancelled('ObserveCancelled', { target });

  const outputs = {
    ApiUrl: taskManager.apiUrl,
    EventBus: taskManager.eventBus.eventBusName,
    EventSource: taskManager.eventSource,
    Table: taskManager.table.tableName,
    StatusReader: taskManager.statusReader!.functionName,
    Sweeper: taskManager.sweeper.functionName,
    Observed: observed.queueUrl,
    UpdaterQueue: (taskManager.statusUpdater.node.findChild('Queue') as sqs.Queue).queueUrl,
    Undelivered: taskManager.undeliveredQueue.queueUrl,
    PublisherDeadLetters: taskManager.statusPublisherDeadLetterQueue.queueUrl,
    UpdaterDeadLetters: taskManager.statusUpdaterDeadLetterQueue.queueUrl,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${id}${name}`, { value });
}

export function nodeFunction(stack: Stack, id: string, code: lambda.Code, timeout: Duration): lambda.Function {
  return new lambda.Function(stack, id, { code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, timeout });
}

/** Bundles the code of a function with the AWS SDK, which the Node.js of the local engine does not have. */
export function bundleFunction(entry: string, outdir: string): lambda.Code {
  const folder = path.join(outdir, path.basename(entry, '.ts'));
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', target: 'node20', outfile: path.join(folder, 'index.js') });
  return lambda.Code.fromAsset(folder);
}

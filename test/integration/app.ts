import * as path from 'node:path';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe } from '../support/deployed-app';

export const STACK = 'Integration';
export const TASK_TYPES = ['export', 'report'];

/** Synthesizes two TaskManagers with processors for the same task types. Each has a queue that receives all events. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const code = bundleFunction(path.join(__dirname, 'scripted.lambda.ts'), outdir);
  for (const id of ['One', 'Two']) {
    const taskManager = new TaskManager(stack, id, { removalPolicy: RemovalPolicy.DESTROY });
    const handler = nodeFunction(stack, `${id}Scripted`, code, Duration.minutes(1));
    for (const taskType of TASK_TYPES) new TaskProcessor(stack, `${id}${taskType}`, { taskManager, taskType, handler });
    observe(stack, id, taskManager);
  }
  app.synth();
}

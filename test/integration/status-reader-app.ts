import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe } from '../support/deployed-app';

export const STACK = 'Asking';

/** Synthesizes two TaskManagers. The processors of the first one ask for the status of their task. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'One', { removalPolicy: RemovalPolicy.DESTROY });
  observe(stack, 'One', taskManager);
  const code = bundleFunction(path.join(__dirname, 'asking.lambda.ts'), outdir);
  new TaskProcessor(stack, 'Ask', { taskManager, taskType: 'ask', handler: nodeFunction(stack, 'Asking', code, Duration.minutes(1)) });

  // Has the permissions of `grantUpdate()`, and no others.
  const granted = nodeFunction(stack, 'Granted', code, Duration.minutes(1));
  taskManager.grantUpdate(granted, 'grant');
  new CfnOutput(stack, 'GrantedFunction', { value: granted.functionName });

  const other = new TaskManager(stack, 'Two', { removalPolicy: RemovalPolicy.DESTROY });
  new CfnOutput(stack, 'OtherStatusReader', { value: other.statusReader!.functionArn });
  app.synth();
}

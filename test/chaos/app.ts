import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskManager, TaskProcessor } from '../../src';
import { bundleFunction, nodeFunction, observe, UNTHROTTLED } from '../support/deployed-app';

export const STACK = 'Chaos';
export const ID = 'Chaos';

/** Synthesizes a TaskManager with misbehaving processors. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, ID, { removalPolicy: RemovalPolicy.DESTROY, ...UNTHROTTLED });
  observe(stack, ID, taskManager);

  const code = bundleFunction(path.join(__dirname, 'chaotic.lambda.ts'), outdir);
  const timeout = Duration.seconds(3);
  const chaotic = nodeFunction(stack, 'Chaotic', code, timeout);
  new TaskProcessor(stack, 'Processor', { taskManager, taskType: 'chaotic', handler: chaotic });
  new TaskProcessor(stack, 'AliasProcessor', { taskManager, taskType: 'aliased', handler: chaotic.addAlias('live') });

  const returning = nodeFunction(stack, 'Returning', bundleFunction(path.join(__dirname, 'returning.lambda.ts'), outdir), timeout);
  new TaskProcessor(stack, 'ReturningProcessor', { taskManager, taskType: 'returning', handler: returning, completeOnReturn: true });

  const gone = nodeFunction(stack, 'Gone', code, timeout);
  new TaskProcessor(stack, 'GoneProcessor', { taskManager, taskType: 'gone', handler: gone });
  new CfnOutput(stack, 'GoneFunction', { value: gone.functionName });

  const work = new sqs.Queue(stack, 'Work');
  for (const taskType of ['cancellable', 'helped']) {
    const handler = nodeFunction(stack, taskType, bundleFunction(path.join(__dirname, `${taskType}.lambda.ts`), outdir), Duration.minutes(1));
    handler.addEnvironment('WORK_QUEUE_URL', work.queueUrl);
    work.grantSendMessages(handler);
    new TaskProcessor(stack, `${taskType}Processor`, { taskManager, taskType, handler });
  }
  new CfnOutput(stack, 'WorkQueue', { value: work.queueUrl });
  app.synth();
}

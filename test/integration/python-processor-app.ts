import { cpSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskManager, TaskProcessor, TaskProcessorProps, TaskResults } from '../../src';
import { PROJECT } from '../support/command';
import { observe } from '../support/deployed-app';

export const STACK = 'PythonIntegration';

/** The task types, and what their processors have. */
export const PROCESSORS: Record<string, Partial<TaskProcessorProps>> = {
  reporting: {},
  returning: { completeOnReturn: true },
  queued: { maxConcurrency: 2 },
};

/** Synthesizes a TaskManager with processors that use the Python helper. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, resultBucket: TaskResults.bucket() });
  const stopped = new sqs.Queue(stack, 'Stopped');
  const functionProps: lambda.FunctionProps = {
    code: processorCode(outdir),
    handler: 'index.handler',
    runtime: lambda.Runtime.PYTHON_3_13,
    timeout: Duration.minutes(1),
    environment: { STOPPED_QUEUE: stopped.queueUrl },
  };
  for (const [taskType, props] of Object.entries(PROCESSORS)) {
    const handler = new lambda.Function(stack, `${taskType}Function`, functionProps);
    stopped.grantSendMessages(handler);
    new TaskProcessor(stack, taskType, { taskManager, taskType, handler, retryAttempts: 0, ...props });
  }
  new CfnOutput(stack, 'TasksStopped', { value: stopped.queueUrl });
  observe(stack, 'Tasks', taskManager);
  app.synth();
}

/** Puts the processor and the helper into one folder, as `pip install --target` does. */
function processorCode(outdir: string): lambda.Code {
  const folder = path.join(outdir, 'python-processor');
  cpSync(path.join(__dirname, 'python_processor'), folder, { recursive: true });
  cpSync(path.join(PROJECT, 'processor-python', 'src'), folder, { recursive: true });
  return lambda.Code.fromAsset(folder, { exclude: ['__pycache__'] });
}

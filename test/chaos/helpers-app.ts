import { cpSync } from 'node:fs';
import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskManager, TaskProcessor, TaskProcessorProps, TaskResults } from '../../src';
import { PROJECT } from '../support/command';
import { bundleFunction, observe } from '../support/deployed-app';

export const STACK = 'Helpers';

export const LANGUAGES = ['typescript', 'python'] as const;

/** The kinds of processors, and what they have. A processor of each language has the task type `<language>-<kind>`. */
const PROCESSORS: Record<string, Partial<TaskProcessorProps>> = {
  reporting: {},
  returning: { completeOnReturn: true },
  queued: { maxConcurrency: 2 },
};

/** Synthesizes a TaskManager with processors that use the helpers. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const taskManager = new TaskManager(stack, 'Tasks', { removalPolicy: RemovalPolicy.DESTROY, resultBucket: TaskResults.bucket() });
  const stopped = new sqs.Queue(stack, 'Stopped');
  const code = {
    typescript: { code: bundleFunction(path.join(__dirname, 'helpers.lambda.ts'), outdir), runtime: lambda.Runtime.NODEJS_24_X },
    python: { code: pythonCode(outdir), runtime: lambda.Runtime.PYTHON_3_13 },
  };
  for (const language of LANGUAGES) {
    for (const [kind, props] of Object.entries(PROCESSORS)) {
      const taskType = `${language}-${kind}`;
      const handler = new lambda.Function(stack, `${taskType}Function`, {
        ...code[language], handler: 'index.handler', timeout: Duration.minutes(1), environment: { STOPPED_QUEUE: stopped.queueUrl },
      });
      stopped.grantSendMessages(handler);
      new TaskProcessor(stack, taskType, { taskManager, taskType, handler, retryAttempts: 0, ...props });
    }
  }
  new CfnOutput(stack, 'TasksStopped', { value: stopped.queueUrl });
  observe(stack, 'Tasks', taskManager);
  app.synth();
}

/** Puts the processor in Python and the helper into one folder, as `pip install --target` does. */
function pythonCode(outdir: string): lambda.Code {
  const folder = path.join(outdir, 'python-processor');
  cpSync(path.join(__dirname, 'python_processor'), folder, { recursive: true });
  cpSync(path.join(PROJECT, 'processor-python', 'src'), folder, { recursive: true });
  return lambda.Code.fromAsset(folder, { exclude: ['__pycache__'] });
}

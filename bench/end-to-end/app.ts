import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { TaskManager, TaskProcessor } from '../../src';
import { NaivePipeline } from '../naive/naive-pipeline';

export const STACK = 'Bench';
export const TASK_TYPE = 'export';

/** Synthesizes a TaskManager and the naive pipeline in one stack. Their processors have the same code. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const bundle = (entry: string) => bundleFunction(entry, outdir);
  const code = bundle(path.join(__dirname, 'processor.lambda.ts'));
  const processor = (id: string) => new lambda.Function(stack, id, {
    code, handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, timeout: Duration.seconds(30),
  });

  const taskManager = new TaskManager(stack, 'Tasks', {
    removalPolicy: RemovalPolicy.DESTROY,
    // The benchmark must not measure the default, which protects an account.
    throttlingRateLimit: 100_000,
    throttlingBurstLimit: 100_000,
  });
  new TaskProcessor(stack, 'Processor', { taskManager, taskType: TASK_TYPE, handler: processor('Function') });
  new CfnOutput(stack, 'TaskManagerUrl', { value: taskManager.apiUrl });
  new CfnOutput(stack, 'TableName', { value: taskManager.table.tableName });

  const naive = new NaivePipeline(stack, 'Naive', { processor: processor('NaiveFunction'), bundle });
  new CfnOutput(stack, 'NaiveUrl', { value: naive.api.url });
  app.synth();
}

/** Bundles a function with the defaults of esbuild. */
function bundleFunction(entry: string, outdir: string): lambda.Code {
  const folder = path.join(outdir, `bundle-${path.basename(entry, '.ts')}`);
  buildSync({ entryPoints: [entry], bundle: true, minify: true, platform: 'node', target: 'node20', outfile: path.join(folder, 'index.js') });
  return lambda.Code.fromAsset(folder);
}

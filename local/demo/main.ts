import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { writeCustomers } from './customers';
import { demoOptions, DemoOptions } from './options';
import { TaskClient, TaskFailedError } from '../../client/src';
import { deploy } from '../deploy/deploy';
import { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-error';
import { signingTaskClient } from '../engine/signing-task-client';
import { withEngine } from '../engine/with-engine';
import { run } from '../run';
import { endProgressBar, heading, progressBar, step } from '../terminal';

const PROJECT = path.join(__dirname, '..', '..');
const STACK = 'ExportService';
const CUSTOMERS = 1000;

async function main(options: DemoOptions): Promise<void> {
  // The demo needs no warning about Node.js versions.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-demo-'));
  process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));

  heading('Building examples/typescript, a CDK app that exports tables');
  await step('bundling the Lambda functions of the TaskManager', () => command('npx', 'projen', 'bundle'));
  await step('synthesizing the app', () => synthesize(assembly));

  heading('Starting the local engine, which stands in for AWS');
  await withEngine({ log: (message) => console.log(`  ${message}`) }, (engine) => demonstrate(engine, assembly, options));
}

async function demonstrate(engine: Engine, assembly: string, { seconds, keep }: DemoOptions): Promise<void> {
  console.log(`  listening at ${engine.url}`);
  const deployment = await step('deploying the CloudFormation template', () => deploy(engine, assembly));
  await step(`writing ${CUSTOMERS} customers`, () => writeCustomers(engine, deployment.outputs(STACK).CustomersTable, CUSTOMERS));
  const apiUrl = deployment.apiUrl(STACK, 'ApiUrl');
  const client = signingTaskClient(engine, apiUrl);

  await showExport(client, seconds);
  await showFailure(client);
  await showCancellation(client);
  if (keep) {
    showHowToCall(engine, apiUrl);
    await engine.ended;
    throw new EngineError(`the local engine stopped unexpectedly; the end of its log:\n${engine.log()}`);
  }
  heading('Stopping the local engine');
}

async function showExport(client: TaskClient, seconds: number): Promise<void> {
  heading(`POST /tasks: export the table customers${seconds > 29 ? ` in ${seconds} seconds, longer than API Gateway waits` : ''}`);
  const start = performance.now();
  const { taskId } = await client.create('export', { table: 'customers', seconds });
  const { result, resultUrl } = await client.wait<{ rows: number }>(taskId, {
    onChange: ({ status, progress }) => {
      progressBar(status === 'SUCCESSFUL' ? 100 : progress?.percent ?? 0, `${status}${progress ? `: ${progress.message}` : ''}`);
    },
  });
  endProgressBar();
  console.log(`  the task ended after ${((performance.now() - start) / 1000).toFixed(1)} s with ${result?.rows} rows`);

  const csv = await client.downloadResult(taskId);
  console.log(`\n  GET ${resultUrl?.split('?')[0]}?…`);
  for (const line of (await csv.text()).split('\n').slice(0, 4)) console.log(`  │ ${line}`);
}

async function showFailure(client: TaskClient): Promise<void> {
  heading('POST /tasks: export a table that does not exist');
  try {
    await client.run('export', { table: 'dragons' }, { onChange: ({ status }) => console.log(`  ${status}`) });
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    console.log(`  ${error.code}: ${error.message}`);
  }
}

async function showCancellation(client: TaskClient): Promise<void> {
  heading('POST /tasks/{taskId}/cancel: cancel an export');
  const { taskId } = await client.create('export', { table: 'customers', seconds: 600 });
  const { status, history } = await client.cancel(taskId);
  console.log(`  ${history[0].status} ▸ ${status}`);

  heading('GET /tasks: list all tasks, newest first');
  const { tasks } = await client.list();
  for (const task of tasks) console.log(`  ${task.createdAt}  ${task.type}  ${task.status}${task.error ? `: ${task.error.code}` : ''}`);
}

function showHowToCall({ region, credentials }: Engine, apiUrl: string): void {
  const signed = `--aws-sigv4 aws:amz:${region}:execute-api --user ${credentials.accessKeyId}:${credentials.secretAccessKey}`;
  heading('Running until Ctrl-C');
  console.log(`API: ${apiUrl}

  curl -i ${signed} -H 'Content-Type: application/json' \\
    -d '{"type":"export","payload":{"table":"customers","seconds":20}}' ${apiUrl}tasks

  curl -i ${signed} ${apiUrl}tasks/<taskId>`);
}

async function synthesize(assembly: string): Promise<void> {
  process.env.CDK_OUTDIR = assembly;
  process.env.JSII_DEPRECATED = 'quiet';
  const app = path.join(PROJECT, 'examples', 'typescript', 'app.ts');
  await command('npx', 'tsx', '--tsconfig', path.join(PROJECT, 'tsconfig.dev.json'), app);
}

async function command(...[program, ...args]: string[]): Promise<void> {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new EngineError(`${program} ${args.join(' ')} failed:\n${output}`);
}

main(demoOptions()).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});

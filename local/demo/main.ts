import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { writeCustomers } from './customers';
import { demoOptions, DemoOptions } from './options';
import { TaskClient } from './task-client';
import { endProgressBar, heading, progressBar, step } from './terminal';
import { deploy } from '../deploy';
import { Engine } from '../engine';
import { EngineError } from '../engine-error';
import { run } from '../run';
import { withEngine } from '../with-engine';

const PROJECT = path.join(__dirname, '..', '..');
const STACK = 'ExportService';
const CUSTOMERS = 1000;

async function main(options: DemoOptions): Promise<void> {
  // The note of the AWS SDK on Node.js versions is nothing that the demo is about.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-demo-'));
  process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));

  heading('Building examples/typescript: a CDK app that exports tables');
  await step('bundling the Lambda functions of the TaskManager', () => command('npx', 'projen', 'bundle'));
  await step('synthesizing the app', () => synthesize(assembly));

  heading('Starting AWS on this machine');
  await withEngine({ log: (message) => console.log(`  ${message}`) }, (engine) => demonstrate(engine, assembly, options));
}

async function demonstrate(engine: Engine, assembly: string, { seconds, keep }: DemoOptions): Promise<void> {
  console.log(`  listening at ${engine.url}`);
  const deployment = await step('deploying the CloudFormation template', () => deploy(engine, assembly));
  await step(`writing ${CUSTOMERS} customers`, () => writeCustomers(engine, deployment.outputs(STACK).CustomersTable, CUSTOMERS));
  const apiUrl = deployment.apiUrl(STACK, 'ApiUrl');
  const client = new TaskClient(engine, apiUrl);

  await showExport(client, seconds);
  await showFailure(client);
  if (keep) {
    showHowToCall(engine, apiUrl);
    await engine.ended;
    throw new EngineError(`the local engine ended by itself; the end of its log:\n${engine.log()}`);
  }
  heading('Taking everything down');
}

async function showExport(client: TaskClient, seconds: number): Promise<void> {
  heading(`POST /tasks: export the table customers${seconds > 29 ? `, which takes ${seconds} seconds: more than API Gateway waits` : ''}`);
  const start = performance.now();
  const task = await client.run('export', { table: 'customers', seconds }, ({ status, progress }) => {
    progressBar(status === 'SUCCESSFUL' ? 100 : progress?.percent ?? 0, `${status}${progress ? `: ${progress.message}` : ''}`);
  });
  endProgressBar();
  if (!task.result) throw new Error(`the export failed: ${JSON.stringify(task.error)}`);
  console.log(`  task ${task.taskId} ended after ${((performance.now() - start) / 1000).toFixed(1)} s with ${task.result.rows} rows`);

  const csv = await fetch(task.result.url);
  if (!csv.ok) throw new Error(`the download answered ${csv.status}`);
  console.log(`\n  GET ${task.result.url.split('?')[0]}?…`);
  for (const line of (await csv.text()).split('\n').slice(0, 4)) console.log(`  │ ${line}`);
}

async function showFailure(client: TaskClient): Promise<void> {
  heading('POST /tasks: export a table that does not exist');
  const task = await client.run('export', { table: 'dragons' }, ({ status }) => console.log(`  ${status}`));
  console.log(`  ${task.error?.code}: ${task.error?.message}`);
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
  await command('npx', 'tsx', '--tsconfig', path.join(PROJECT, 'tsconfig.dev.json'), path.join(PROJECT, 'examples', 'typescript', 'app.ts'));
}

async function command(...[program, ...args]: string[]): Promise<void> {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new EngineError(`${program} ${args.join(' ')} failed:\n${output}`);
}

main(demoOptions()).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});

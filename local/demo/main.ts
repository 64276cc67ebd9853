import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { demoConsole, DemoConsole } from './console';
import { containerDemo } from './container-demo';
import { CountingClient, Followed, meanDelaySeconds } from './counting-client';
import { Demo } from './demo';
import { exportDemo } from './export-demo';
import { openApiFile } from './open-api';
import { demoOptions, DemoOptions, ENDPOINT_VARIABLE, ProcessorKind } from './options';
import { workflowDemo } from './workflow-demo';
import { Task, TaskClient, TaskFailedError } from '../../client/src';
import { deploy } from '../deploy/deploy';
import { EndpointKind } from '../endpoint-kinds';
import { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-error';
import { withEngine } from '../engine/with-engine';
import { quietLibraries } from '../quiet-libraries';
import { run } from '../run';
import { endProgressBar, heading, progressBar, step } from '../terminal';

const PROJECT = path.join(__dirname, '..', '..');

const DEMOS: Record<ProcessorKind, Demo> = { 'function': exportDemo, 'state-machine': workflowDemo, 'container': containerDemo };

const API_NAMES: Record<EndpointKind, string> = { rest: 'a REST API', http: 'an HTTP API' };

async function main(options: DemoOptions): Promise<void> {
  const demo = DEMOS[options.processor];
  quietLibraries();
  const assembly = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-demo-'));
  process.on('exit', () => rmSync(assembly, { recursive: true, force: true }));

  heading(`Building ${demo.title}, behind ${API_NAMES[options.endpoint]}`);
  await step('bundling the Lambda functions of the TaskManager', () => command('npx', 'projen', 'bundle'));
  if (options.keep) await step('bundling the console', () => command('npx', 'projen', 'bundle:cli'));
  await step('synthesizing the app', () => synthesize(demo.app, options.endpoint, assembly));

  heading('Starting the local engine, which stands in for AWS');
  await withEngine({ log: (message) => console.log(`  ${message}`) }, (engine) => demonstrate(demo, engine, assembly, options));
}

async function demonstrate(demo: Demo, engine: Engine, assembly: string, { endpoint, seconds, keep }: DemoOptions): Promise<void> {
  console.log(`  listening at ${engine.url}`);
  const deployment = await step('deploying the CloudFormation template', () => deploy(engine, assembly));
  await demo.prepare?.(engine, deployment.outputs(demo.stack));
  const apiUrl = deployment.apiUrl(demo.stack, 'ApiUrl');
  const liveUrl = deployment.apiUrl(demo.stack, 'LiveUrl');
  console.log(`  the API, ${API_NAMES[endpoint]}: ${apiUrl}\n  live updates, a WebSocket API: ${liveUrl}`);
  const client = new CountingClient(engine, apiUrl, liveUrl);

  await showTask(client, new CountingClient(engine, apiUrl), demo, seconds);
  await showFailure(client, demo);
  await showCancellation(client, demo);
  if (keep) {
    showHowToCall(engine, apiUrl, demo, await demoConsole(engine, demo.stack, openApiFile(assembly)));
    await Promise.race([engine.ended, showChanges(client)]);
    throw new EngineError(`the local engine stopped unexpectedly; the end of its log:\n${engine.log()}`);
  }
  heading('Stopping the local engine');
  console.log('  with `npm run demo -- --keep`, it goes on, and you get a console');
}

/** Shows a task by one client, while another one polls it. */
async function showTask(live: CountingClient, polling: CountingClient, demo: Demo, seconds: number): Promise<void> {
  const { title, type, payload } = demo.task(seconds);
  heading(`POST /tasks: ${title}${seconds > 29 ? ` in ${seconds} seconds, longer than API Gateway waits` : ''}`);
  const start = performance.now();
  const { taskId } = await live.create(type, payload);
  const polled = polling.follow(taskId);
  const followed = await live.follow(taskId, (percent, { status, progress }) => {
    progressBar(percent, `${status}${progress ? `: ${progress.message}` : ''}`);
  });
  endProgressBar();
  console.log(`  the task ended after ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(`  ${comparison(followed, await polled)}`);
  const { task: { result, resultUrl } } = followed;
  await demo.showResult(live, taskId, result, resultUrl);
}

function comparison({ requests, messages, steps }: Followed, polled: Followed): string {
  const delay = meanDelaySeconds(steps, polled.steps);
  return `live: ${requests} requests and ${messages} messages; polling beside it: ${polled.requests} requests, `
    + `and each step ${Math.abs(delay).toFixed(1)} s ${delay < 0 ? 'earlier' : 'later'} on average`;
}

async function showFailure(client: TaskClient, { failing: { title, type, payload } }: Demo): Promise<void> {
  heading(`POST /tasks: ${title}`);
  try {
    await client.run(type, payload, { onChange: ({ status }) => console.log(`  ${status}`) });
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    console.log(`  ${error.code}: ${error.message}`);
  }
}

async function showCancellation(client: TaskClient, demo: Demo): Promise<void> {
  heading('POST /tasks/{taskId}/cancel: cancel a task');
  const { type, payload } = demo.task(100);
  const { taskId } = await client.create(type, payload);
  await untilRunning(client, taskId);
  const { history } = await client.cancel(taskId);
  console.log(`  ${history.map(({ status }) => status).join(' ▸ ')}`);

  heading('GET /tasks: list all tasks, newest first');
  const { tasks } = await client.list();
  for (const task of tasks) console.log(`  ${task.createdAt}  ${task.type}  ${task.status}${task.error ? `: ${task.error.code}` : ''}`);
}

/** Waits until the work of a task has started. */
async function untilRunning(client: TaskClient, taskId: string): Promise<void> {
  const started = new AbortController();
  const onChange = ({ status }: Task<unknown>) => {
    if (status !== 'PENDING') started.abort();
  };
  try {
    await client.wait(taskId, { onChange, signal: started.signal });
  } catch (error) {
    if (!started.signal.aborted) throw error;
  }
}

function showHowToCall({ region, credentials }: Engine, apiUrl: string, demo: Demo, { url, command: cli }: DemoConsole): void {
  const { type, payload } = demo.task(20);
  const signed = `--aws-sigv4 aws:amz:${region}:execute-api --user ${credentials.accessKeyId}:${credentials.secretAccessKey}`;
  heading('Running until Ctrl-C');
  console.log(`The console shows the tasks, creates and cancels them:

  ${url}

The command line does the same:

  ${cli} list --stack ${demo.stack}

And so does the API:

  curl -i ${signed} -H 'Content-Type: application/json' \\
    -d '${JSON.stringify({ type, payload })}' '${apiUrl}tasks'`);
}

/** Shows all tasks, and then each change. */
async function showChanges(client: TaskClient): Promise<void> {
  heading('Changes of all tasks, as they arrive');
  for await (const { taskId, type, status, progress } of client.watchAll()) {
    const shown = status === 'RUNNING' && progress ? [`${Math.round(progress.percent ?? 0)} %`, progress.message] : [];
    console.log(`  ${[taskId, type, status, ...shown].join('  ')}`);
  }
}

async function synthesize(program: string, endpoint: EndpointKind, assembly: string): Promise<void> {
  process.env[ENDPOINT_VARIABLE] = endpoint;
  process.env.CDK_OUTDIR = assembly;
  await command('npx', 'tsx', '--tsconfig', path.join(PROJECT, 'tsconfig.dev.json'), path.join(PROJECT, program));
}

async function command(...[program, ...args]: string[]): Promise<void> {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new EngineError(`${program} ${args.join(' ')} failed:\n${output}`);
}

main(demoOptions()).catch((error) => {
  console.error(`\n${error instanceof EngineError ? error.message : error.stack}`);
  process.exitCode = 1;
});

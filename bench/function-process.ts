import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import { SOURCE } from './events';
import { RESULT_FD } from './result-channel';
import { PROJECT } from './shipped-bundles';
import { ENVIRONMENT } from '../src/protocol/environment';

/** Variables that a TaskManager sets for its functions. */
const VARIABLES: Partial<Record<keyof typeof ENVIRONMENT, string>> = {
  TABLE_NAME: 'TaskStatus',
  RETENTION_SECONDS: '604800',
  TASK_TIMEOUT_SECONDS: '86400',
  MAX_REQUEST_BYTES: '65536',
  MAX_WAIT_SECONDS: '0',
  EVENT_BUS_NAME: 'Bus',
  EVENT_SOURCE: SOURCE,
  STATUS_READER_ARN: 'arn:aws:lambda:us-east-1:111111111111:function:StatusReader',
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/queue',
  UNDELIVERED_QUEUE_ARN: 'arn:aws:sqs:us-east-1:111111111111:Undelivered',
};

/** The environment of all functions. It has no variables of the user. */
const FUNCTION_ENVIRONMENT = {
  ...VARIABLES,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: 'test',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  // For bundles without the SDK.
  NODE_PATH: path.join(PROJECT, 'node_modules'),
};

/** Bundles a program that runs functions into one file, so that it loads nothing else. */
export function bundleProgram(entry: string, outdir: string): string {
  const outfile = path.join(outdir, `${path.basename(entry, '.ts')}.js`);
  buildSync({ entryPoints: [entry], bundle: true, platform: 'node', target: 'node20', outfile });
  return outfile;
}

/** Runs such a program in a new process. Returns its result. Rejects if it fails. */
export async function runProgram<T>(program: string, args: string[], endpoint: string): Promise<T> {
  return runProcess(process.execPath, [program, ...args], { AWS_ENDPOINT_URL: endpoint, HOME: path.dirname(program) });
}

/** Runs a program in any language in the environment of a function. Returns its result. Rejects if it fails. */
export async function runProcess<T>(executable: string, args: string[], environment: NodeJS.ProcessEnv): Promise<T> {
  const child = spawn(executable, args, { env: { ...FUNCTION_ENVIRONMENT, ...environment }, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });
  const [output, [code]] = await Promise.all([text(child.stdio[RESULT_FD] as Readable), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${path.basename(args[0])} ${args[1]} ended with ${code}`);
  return JSON.parse(output);
}

/** Starts the services that the functions call, in their own process. */
export async function startEndpoint(program = path.join('cold-path', 'endpoint.ts')): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, program)], {
    cwd: PROJECT, stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.kill() };
}

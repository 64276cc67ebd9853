import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { buildSync } from 'esbuild';
import { ARRANGEMENTS } from './cold-path/arrangements';
import { createRequest, createdRecord, pollRequest, progressMessage, SOURCE, taskItem } from './events';
import { PROJECT } from './shipped-bundles';
import { median, quantile, round } from './stats';

/** What a function takes in a fresh process, in milliseconds since the process began. Medians. */
export interface ColdPath {
  readonly function: string;
  readonly arrangement: string;
  readonly loadedMs: number;
  readonly firstAnswerMs: number;
  /** What lies between the quartiles of that. */
  readonly spreadMs: [number, number];
  readonly lastAnswerMs: number;
  /** Of the processor, until the last answer: what else goes on on the machine changes it least. */
  readonly cpuMs: number;
}

interface Candidate {
  readonly function: string;
  readonly arrangement: string;
  readonly file: string;
  readonly times: { loadedMs: number; answeredMs: number[]; cpuMs: number }[];
}

/** What the functions find in their environment. The same for all, and nothing of the user's. */
const ENVIRONMENT = {
  TABLE_NAME: 'TaskStatus',
  RETENTION_SECONDS: '604800',
  TASK_TIMEOUT_SECONDS: '86400',
  MAX_REQUEST_BYTES: '65536',
  MAX_WAIT_SECONDS: '0',
  EVENT_BUS_NAME: 'Bus',
  EVENT_SOURCE: SOURCE,
  DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/queue',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: 'test',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  // Where an SDK is found that is not in the bundle.
  NODE_PATH: path.join(PROJECT, 'node_modules'),
};

/** Starts each function in each arrangement so many times, in turns: what else goes on on the machine then disturbs all alike. */
export async function measureColdPath(rounds: number): Promise<ColdPath[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-cold-'));
  const endpoint = await startEndpoint();
  try {
    const invoke = path.join(scratch, 'invoke.js');
    buildSync({ entryPoints: [path.join(__dirname, 'cold-path', 'invoke.ts')], bundle: true, platform: 'node', target: 'node20', outfile: invoke });
    const candidates = ARRANGEMENTS.flatMap(({ name, build }, i): Candidate[] => {
      const files = Object.entries(build(path.join(scratch, String(i))));
      return files.map(([functionName, file]) => ({ function: functionName, arrangement: name, file, times: [] }));
    });
    // The first round fills the caches of the file system, and is not counted.
    for (let i = -1; i < rounds; i++) {
      for (const candidate of candidates) {
        const times = await start(invoke, candidate, endpoint.url);
        if (i >= 0) candidate.times.push(times);
      }
    }
    return candidates.map(summary);
  } finally {
    endpoint.stop();
    rmSync(scratch, { recursive: true });
  }
}

async function start(invoke: string, candidate: Candidate, url: string): Promise<Candidate['times'][number]> {
  const events = JSON.stringify(await eventsFor(candidate.function, url));
  const child = spawn(process.execPath, [invoke, candidate.file, events], {
    env: { ...ENVIRONMENT, AWS_ENDPOINT_URL: url, HOME: path.dirname(invoke) }, stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const [output, [code]] = await Promise.all([text(child.stdio[3] as Readable), once(child, 'exit')]);
  if (code !== 0) throw new Error(`${candidate.function}, ${candidate.arrangement}, ended with ${code}`);
  return JSON.parse(output);
}

async function eventsFor(functionName: string, url: string): Promise<object[]> {
  switch (functionName) {
    case 'api': return [createRequest(), pollRequest('')];
    case 'status-publisher': return [{ Records: [createdRecord()] }, { Records: [createdRecord()] }];
    default: {
      const item = taskItem();
      const body = JSON.stringify({ TableName: 'TaskStatus', Item: item });
      await fetch(url, { method: 'POST', headers: { 'X-Amz-Target': 'DynamoDB_20120810.PutItem' }, body });
      return [1, 2].map((sequence) => ({ Records: [progressMessage(item.taskId.S!, sequence)] }));
    }
  }
}

function summary({ function: functionName, arrangement, times }: Candidate): ColdPath {
  const first = times.map(({ answeredMs }) => answeredMs[0]);
  return {
    function: functionName,
    arrangement,
    loadedMs: round(median(times.map(({ loadedMs }) => loadedMs))),
    firstAnswerMs: round(median(first)),
    spreadMs: [round(quantile(first, 0.25)), round(quantile(first, 0.75))],
    lastAnswerMs: round(median(times.map(({ answeredMs }) => answeredMs.at(-1)!))),
    cpuMs: round(median(times.map(({ cpuMs }) => cpuMs))),
  };
}

async function startEndpoint(): Promise<{ url: string; stop: () => void }> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'cold-path', 'endpoint.ts')], {
    cwd: PROJECT, stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}`, stop: () => child.kill() };
}

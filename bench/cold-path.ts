import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ARRANGEMENTS } from './cold-path/arrangements';
import { createRequest, createdRecord, pollRequest, progressMessage, taskItem } from './events';
import { bundleProgram, runProgram, startEndpoint } from './function-process';
import { CpuLimit, MEGABYTES_A_CPU, whyNoLimit } from './sweep/cpu-limit';
import { median, quantile, round } from '../test/support/stats';

/** Times of a function in a new process, in milliseconds since the process started (medians). */
export interface ColdPath {
  readonly function: string;
  readonly arrangement: string;
  readonly loadedMs: number;
  readonly firstAnswerMs: number;
  /** Lower and upper quartile of `firstAnswerMs`. */
  readonly spreadMs: [number, number];
  readonly lastAnswerMs: number;
  /** CPU time until the last answer, which other load on the machine affects least. */
  readonly cpuMs: number;
  /**
   * Time of the first request if the function has a whole CPU while it loads, and then the share of `LIMITED_MB`. Absent if the machine
   * can't limit the CPU.
   */
  readonly limitedRequestMs?: number;
}

/** Memory size of the functions. */
export const LIMITED_MB = 512;

interface Run {
  readonly loadedMs: number;
  readonly firstRequestMs: number;
  readonly answeredMs: number[];
  readonly cpuMs: number;
}

interface Candidate {
  readonly function: string;
  readonly arrangement: string;
  readonly file: string;
  readonly times: Run[];
  /** With the share of a CPU. */
  readonly limitedTimes: Run[];
}

/** Starts each function in each arrangement `rounds` times, in turns, so that other load on the machine affects all alike. */
export async function measureColdPath(rounds: number): Promise<ColdPath[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-cold-'));
  const endpoint = await startEndpoint();
  try {
    const invoke = bundleProgram(path.join(__dirname, 'cold-path', 'invoke.ts'), scratch);
    const candidates = ARRANGEMENTS.flatMap(({ name, build }, i): Candidate[] => {
      const files = Object.entries(build(path.join(scratch, String(i))));
      return files.map(([functionName, file]) => ({ function: functionName, arrangement: name, file, times: [], limitedTimes: [] }));
    });
    // The first round is not counted: it fills the caches of the file system.
    const obstacle = whyNoLimit();
    if (obstacle !== undefined) console.log(`\nwithout the first request at ${LIMITED_MB} MB: ${obstacle}`);
    for (let i = -1; i < rounds; i++) {
      for (const candidate of candidates) {
        const run = await start(invoke, candidate, endpoint.url);
        const limitedRun = obstacle === undefined ? await startLimited(invoke, candidate, endpoint.url) : undefined;
        if (i < 0) continue;
        candidate.times.push(run);
        if (limitedRun) candidate.limitedTimes.push(limitedRun);
      }
    }
    return candidates.map(summary);
  } finally {
    endpoint.stop();
    rmSync(scratch, { recursive: true });
  }
}

async function start(program: string, { function: functionName, file }: Candidate, url: string, limited: string[] = []): Promise<Run> {
  return runProgram(program, [file, JSON.stringify(await eventsFor(functionName, url)), ...limited], url);
}

async function startLimited(program: string, candidate: Candidate, url: string): Promise<Run> {
  const limit = new CpuLimit(LIMITED_MB / MEGABYTES_A_CPU);
  try {
    return await start(program, candidate, url, [limit.processes]);
  } finally {
    limit.remove();
  }
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

function summary({ function: functionName, arrangement, times, limitedTimes }: Candidate): ColdPath {
  const first = times.map(({ answeredMs }) => answeredMs[0]);
  return {
    function: functionName,
    arrangement,
    loadedMs: round(median(times.map(({ loadedMs }) => loadedMs))),
    firstAnswerMs: round(median(first)),
    spreadMs: [round(quantile(first, 0.25)), round(quantile(first, 0.75))],
    lastAnswerMs: round(median(times.map(({ answeredMs }) => answeredMs.at(-1)!))),
    cpuMs: round(median(times.map(({ cpuMs }) => cpuMs))),
    ...(limitedTimes.length > 0 && { limitedRequestMs: round(median(limitedTimes.map(({ firstRequestMs }) => firstRequestMs))) }),
  };
}

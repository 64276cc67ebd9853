import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createRequest, pollRequest } from './events';
import { bundleProgram, runProgram, startEndpoint } from './function-process';
import { CpuLimit, MEGABYTES_A_CPU } from './memory/cpu-limit';
import { ASSUMED, USD } from './prices';
import { PROJECT } from './shipped-bundles';
import { median, round } from '../test/support/stats';

/** What the memory of the API's function does to it: its part of a CPU follows from that. */
export interface Memory {
  readonly megabytes: number;
  /** Of one CPU. */
  readonly share: number;
  /** The first request of a process that has loaded. */
  readonly firstMs: number;
  /** A poll of a warm one, on average, without the time of DynamoDB. */
  readonly pollMs: number;
  /** What a million polls cost. Calculated, with the assumed time of DynamoDB. */
  readonly usdPerMillionPolls: number;
}

interface Times {
  readonly firstMs: number;
  readonly pollMs: number[];
}

const SIZES = [128, 256, 512, 1024, 1769];

/** Starts the API's function so many times with each size of memory, in turns, and has it answer polls; the first third of them warms it up. */
export async function measureMemory(rounds: number, polls: number): Promise<Memory[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-memory-'));
  const endpoint = await startEndpoint();
  const candidates = SIZES.map((megabytes) => {
    const share = megabytes / MEGABYTES_A_CPU;
    return { megabytes, share: round(share, 2), limit: new CpuLimit(share), firstMs: [] as number[], pollMs: [] as number[] };
  });
  try {
    const invoke = bundleProgram(path.join(__dirname, 'memory', 'invoke.ts'), scratch);
    const file = path.join(PROJECT, 'assets', 'api.lambda', 'index.js');
    for (let i = 0; i < rounds; i++) {
      for (const { limit, firstMs, pollMs } of candidates) {
        const events = [createRequest(), pollRequest('')].map((event) => JSON.stringify(event));
        const times = await runProgram<Times>(invoke, [file, limit.processes, String(polls), ...events], endpoint.url);
        firstMs.push(times.firstMs);
        const warm = times.pollMs.slice(polls / 3);
        pollMs.push(warm.reduce((sum, ms) => sum + ms, 0) / warm.length);
      }
    }
    return candidates.map(({ megabytes, share, firstMs, pollMs }) => ({
      megabytes,
      share,
      firstMs: round(median(firstMs)),
      pollMs: round(median(pollMs)),
      usdPerMillionPolls: round(1e6 * usdOf(megabytes, median(pollMs) / 1000), 2),
    }));
  } finally {
    endpoint.stop();
    for (const { limit } of candidates) limit.remove();
    rmSync(scratch, { recursive: true });
  }
}

function usdOf(megabytes: number, seconds: number): number {
  return USD.lambdaRequest + (seconds + ASSUMED.dynamodbSeconds) * (megabytes / 1024) * USD.lambdaGbSecond;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { bundleProgram, runProgram } from './function-process';
import { PROJECT } from './shipped-bundles';
import { CpuLimit, MEGABYTES_A_CPU } from './sweep/cpu-limit';
import type { DueTasks, Message, SweptTasks } from './sweep/endpoint';
import type { Invocation } from './sweep/invoke';
import { round } from '../test/support/stats';

/** Result of a sweep over tasks that are due at the same time. */
export interface Sweep extends DueTasks, SweptTasks {
  readonly megabytes: number;
  /** Time from the start of the first invocation until no task was due. */
  readonly seconds: number;
  readonly tasksPerSecond: number;
  /** CPU time of all invocations, without loading. */
  readonly cpuSeconds: number;
  readonly invocations: number;
  readonly failedChecks: number;
}

export interface SweepCase extends DueTasks {
  readonly megabytes: number;
}

const ALL_AT_ONCE: SweepCase = { megabytes: 512, late: 100_000, silent: 0, beating: 0 };

export const SWEEPS: SweepCase[] = [
  { ...ALL_AT_ONCE, late: 500 },
  { ...ALL_AT_ONCE, late: 1_000 },
  { ...ALL_AT_ONCE, late: 10_000 },
  ALL_AT_ONCE,
  { ...ALL_AT_ONCE, late: 50_000, silent: 45_000, beating: 5_000 },
  { ...ALL_AT_ONCE, megabytes: 1024 },
];

export const QUICK_SWEEPS: SweepCase[] = [{ ...ALL_AT_ONCE, late: 500 }, { ...ALL_AT_ONCE, late: 500, silent: 400, beating: 100 }];

/** Schedule and time-out of the sweeper, as in the template. */
const SCHEDULE_MS = 60_000;
const TIMEOUT_MS = 90_000;

/** Measures the cases, one after the other. Each invocation is a process, with the share of a CPU that its memory size gets. */
export async function measureSweeps(cases: SweepCase[]): Promise<Sweep[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-sweep-'));
  try {
    const program = bundleProgram(path.join(__dirname, 'sweep', 'invoke.ts'), scratch);
    const sweeps: Sweep[] = [];
    for (const { megabytes, ...due } of cases) sweeps.push(await measureSweep(program, megabytes, due));
    return sweeps;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

async function measureSweep(program: string, megabytes: number, due: DueTasks): Promise<Sweep> {
  const file = path.join(PROJECT, 'assets', 'sweeper.lambda', 'index.js');
  const invocations: Promise<Invocation>[] = [];
  let url = '';
  let startedAt = 0;
  let schedule: NodeJS.Timeout | undefined;
  const invoke = (event: object) => {
    const limit = new CpuLimit(megabytes / MEGABYTES_A_CPU);
    const args = [file, limit.processes, JSON.stringify(event), String(TIMEOUT_MS)];
    invocations.push(runProgram<Invocation>(program, args, url).finally(() => limit.remove()));
  };
  // One CPU, so that the endpoint and the sweepers do not wait for each other.
  const endpointLimit = new CpuLimit(1);
  const endpoint = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'sweep', 'endpoint.ts'), JSON.stringify(due)], {
    cwd: PROJECT, stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: endpoint.stdout })) {
      const message: Message = JSON.parse(line);
      if ('invoke' in message) invoke(message.invoke);
      if ('port' in message) {
        endpointLimit.add(endpoint.pid!);
        url = `http://127.0.0.1:${message.port}`;
        startedAt = performance.now();
        invoke({ 'detail-type': 'Scheduled Event' });
        schedule = setInterval(() => invoke({ 'detail-type': 'Scheduled Event' }), SCHEDULE_MS);
      }
      if ('swept' in message) {
        const seconds = (performance.now() - startedAt) / 1000;
        clearInterval(schedule);
        const ended = await Promise.all(invocations);
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
        return {
          ...due,
          ...message.swept,
          megabytes,
          seconds: round(seconds),
          tasksPerSecond: Math.round((due.late + due.silent + due.beating) / seconds),
          cpuSeconds: round(sum(ended.map(({ cpuSeconds }) => cpuSeconds))),
          invocations: ended.length,
          failedChecks: sum(ended.map(({ failedChecks }) => failedChecks)),
        };
      }
    }
    throw new Error('the endpoint ended before all tasks were swept');
  } finally {
    clearInterval(schedule);
    await Promise.allSettled(invocations);
    endpoint.kill();
    await once(endpoint, 'exit');
    endpointLimit.remove();
  }
}

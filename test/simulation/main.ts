import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import { bundleWorker, runWorker } from './run-worker';
import { commandLine } from '../../local/command-line';

const USAGE = `usage: npm run simulate -- [--lives <number>] [--seed <number>] [--long-share <share>] [--live-share <share>]
                           [--path <path>]

Runs the real handlers on simulated services that misbehave, and checks the invariants of every task.

  --lives <number>      number of tasks to simulate, in as many worlds as needed (default: 1000000)
  --seed <number>       seed of the random numbers (default: a different one each time, which is printed)
  --long-share <share>  share of tasks whose work is a workflow or a container (default: 0.03)
  --live-share <share>  share of worlds with live updates (default: 0.05)
  --path <path>         with --seed, simulates only the world that a failure named`;

/** Distance between the seeds of two processes, so that they never use the same ones. */
const SEEDS_A_PROCESS = 10_000_000;

async function main(): Promise<void> {
  const options = readOptions();
  const processes = options.path !== undefined ? 1 : Math.min(8, availableParallelism());
  console.log(`simulating ${options.lives} lives in ${processes} processes, seed ${options.seed}`);

  const folder = mkdtempSync(path.join(tmpdir(), 'cdk-task-manager-simulation-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const bundle = path.join(folder, 'worker.js');
  await bundleWorker(bundle);

  const start = performance.now();
  const findings = await Promise.all(Array.from({ length: processes }, (_, i) =>
    runWorker(bundle, {
      ...options, lives: Math.ceil(options.lives / processes), seed: options.seed + i * SEEDS_A_PROCESS,
    })));
  const lives = findings.reduce((sum, finding) => sum + finding.lives, 0);
  const failures = findings.flatMap(({ failure }) => failure ?? []);
  if (failures.length > 0) {
    console.error(failures.join('\n'));
    process.exitCode = 1;
  } else {
    console.log(`${lives} lives in ${Math.round((performance.now() - start) / 1000)} s: none lost, none stuck, none ended twice`);
    console.log(`for other lives: npm run simulate -- --lives ${Math.max(10_000_000, options.lives)}`);
  }
}

const TEXT = { type: 'string' } as const;
const OPTIONS = { 'lives': TEXT, 'seed': TEXT, 'long-share': TEXT, 'live-share': TEXT, 'path': TEXT };

function readOptions(): { lives: number; seed: number; longShare?: number; liveShare?: number; path?: string } {
  return commandLine(USAGE, OPTIONS, (values) => {
    return {
      lives: wholeNumber('--lives', values.lives, 1_000_000),
      seed: wholeNumber('--seed', values.seed, Math.floor(Math.random() * SEEDS_A_PROCESS)),
      longShare: share('--long-share', values['long-share']),
      liveShare: share('--live-share', values['live-share']),
      path: values.path,
    };
  });
}

function share(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(0(\.\d+)?|1)$/.test(text)) throw new Error(`${option} must be a number from 0 to 1, got '${text}'`);
  return Number(text);
}

function wholeNumber(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new Error(`${option} must be a whole number, got '${text}'`);
  return Number(text);
}

void main();

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeResult } from '../result-channel';

/** Result of an invocation of the sweeper. */
export interface Invocation {
  readonly failedChecks: number;
  readonly cpuSeconds: number;
}

/** A program that loads the sweeper with a whole CPU, as Lambda does, and runs one sweep with a share of a CPU. */
async function main([file, processes, event, timeoutMs]: string[]): Promise<void> {
  const { handler } = createRequire(file)(file);
  writeFileSync(processes, String(process.pid));
  const start = performance.now();
  const loading = process.cpuUsage();
  const context = { functionName: 'Sweeper', getRemainingTimeInMillis: () => Number(timeoutMs) - (performance.now() - start) };
  let failedChecks = 0;
  try {
    await handler(JSON.parse(event), context);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    console.error(error.message);
    failedChecks = error.errors.length;
  }
  const { user, system } = process.cpuUsage(loading);
  writeResult({ failedChecks, cpuSeconds: (user + system) / 1e6 });
}

void main(process.argv.slice(2));

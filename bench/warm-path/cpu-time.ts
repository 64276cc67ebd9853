import { round } from '../../test/support/stats';

/** Returns the CPU time of a call for one of its records. */
export async function cpuMicroseconds(run: () => Promise<unknown>, calls: number, records: number): Promise<number> {
  const rounds = Math.ceil(calls / records);
  for (let i = 0; i < rounds / 5; i++) await run();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await run();
  const { user, system } = process.cpuUsage(start);
  return round((user + system) / rounds / records);
}

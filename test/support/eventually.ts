import { setTimeout as delay } from 'node:timers/promises';

/** Calls `look` until it returns a value. Returns that value. Throws after the time limit. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, patienceMs = 60_000): Promise<T> {
  const end = Date.now() + patienceMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 500)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${patienceMs / 1000} s`);
    await delay(pauseMs);
  }
}

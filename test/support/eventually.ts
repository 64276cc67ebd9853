import { setTimeout as delay } from 'node:timers/promises';

/** Awaits what `look` is after, which may take its time: asks again as long as it gives undefined. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>, patienceMs = 60_000): Promise<T> {
  const end = Date.now() + patienceMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 500)) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${patienceMs / 1000} s in vain for ${what}`);
    await delay(pauseMs);
  }
}

/**
 * Maximum number of calls that a wave has in flight. Nothing else limits them: the SDK clients open a socket for each
 * (`sdk-client-settings.ts`), and its handshake takes CPU time. More than two waves in parallel are no faster (`bench/`).
 */
export const WAVE = 25;

/**
 * Does the same as `Promise.all(items.map(work))`, but with at most `size` items at a time: a wave starts when the previous one has ended.
 * That takes less CPU time than starting a call whenever another ends. After a failure, no further wave starts.
 */
export async function inWaves<T, R>(items: readonly T[], work: (item: T) => Promise<R>, size: number = WAVE): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...await Promise.all(items.slice(start, start + size).map((item) => work(item))));
  }
  return results;
}

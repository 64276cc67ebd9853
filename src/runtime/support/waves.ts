/**
 * How many calls of a wave are in flight at once. Nothing else bounds them: the clients have a socket for each (`sdk-client-settings.ts`), and a new
 * one takes CPU for its handshake. Two waves side by side are as fast as it gets (`bench/`).
 */
export const WAVE = 25;

/**
 * Does the same as `Promise.all(items.map(work))`, but never with more than `size` items at once: the next wave starts when the one before
 * has ended. That takes less CPU than to start one call whenever another ends. After a failure, no further wave starts.
 */
export async function inWaves<T, R>(items: readonly T[], work: (item: T) => Promise<R>, size: number = WAVE): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += size) {
    results.push(...await Promise.all(items.slice(start, start + size).map((item) => work(item))));
  }
  return results;
}

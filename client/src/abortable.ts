import { clock } from './clock';

export interface Timeout {
  readonly ms: number;
  readonly error: () => Error;
}

/**
 * Does work that ends with a signal, or after a time. Throws the signal's reason or the timeout's error at once, also when the work
 * pays no attention to the signal that it gets. Leaves no timer and no listener behind.
 */
export async function abortable<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>, timeout?: Timeout): Promise<T> {
  signal?.throwIfAborted();
  // AbortSignal.any() and .timeout() would do, but not every browser and Node.js 20 has them, and they can't be taken back.
  const controller = new AbortController();
  const abort = () => controller.abort(signal!.reason);
  const aborted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  signal?.addEventListener('abort', abort);
  const cancelTimeout = timeout && clock.after(timeout.ms, () => controller.abort(timeout.error()));
  try {
    return await Promise.race([aborted, work(controller.signal)]);
  } finally {
    cancelTimeout?.();
    signal?.removeEventListener('abort', abort);
  }
}

/** Sleeps. Throws the signal's reason when it aborts. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await abortable(signal, (ended) => new Promise<void>((resolve) => {
    const cancelTimer = clock.after(ms, resolve);
    ended.addEventListener('abort', cancelTimer);
  }));
}

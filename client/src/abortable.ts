import { clock } from './clock';

export interface Timeout {
  readonly ms: number;
  readonly error: () => Error;
}

/**
 * Runs work until a signal aborts or a time is over. Throws the reason of the signal or the error of the time-out at once, even if the work
 * ignores its signal. Leaves no timer and no listener behind.
 */
export async function abortable<T>(
  signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>, timeout?: Timeout,
): Promise<T> {
  signal?.throwIfAborted();
  // AbortSignal.any() and .timeout() are missing in some browsers and versions of Node.js 20, and their timers can't be cleared.
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

/** Sleeps, unless `wake` is called. Throws the reason of the signal if it aborts. */
export async function sleep(ms: number, signal?: AbortSignal, onAsleep?: (wake: () => void) => void): Promise<void> {
  await abortable(signal, (ended) => new Promise<void>((resolve) => {
    const cancelTimer = clock.after(ms, resolve);
    const wake = () => {
      cancelTimer();
      resolve();
    };
    ended.addEventListener('abort', wake);
    onAsleep?.(wake);
  }));
}

type Steps<T> = AsyncGenerator<T, void, undefined>;

/**
 * Takes steps until a signal aborts. The step that is pending then, or the next one, throws its reason. `return()` and `throw()` also end a
 * step that is pending. The signal of the steps aborts when they end.
 */
export function abortableSteps<T>(signal: AbortSignal | undefined, start: (signal: AbortSignal) => Steps<T>): Steps<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal!.reason);
  const steps = (async function* () {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', abort);
    try {
      yield* start(controller.signal);
    } catch (error) {
      if (error !== controller) throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      controller.abort();
    }
  })();
  // Those of a generator wait for the pending step, which may take hours.
  const stop = <V, R>(method: (value: V) => R) => (value: V) => {
    controller.abort(controller);
    return method.call(steps, value);
  };
  return Object.assign(steps, { return: stop(steps.return), throw: stop(steps.throw) });
}

/** Time, so that the simulation can replace it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;

  /** Calls a function later, unless the process ends before. Returns a function that cancels the call. */
  after(ms: number, callback: () => void): () => void;

  /** Waits. Keeps the process alive. */
  sleep(ms: number): Promise<void>;

  /** Waits for a turn of the event loop, in which requests and timers get theirs. */
  turn(): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  sleep: async (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  turn: async () => new Promise((resolve) => setImmediate(resolve)),
};

/** Pauses between the attempts of `persistently`. The SDK has its own ones between those of a call. */
const PAUSES_MS = [100, 400, 1600];

/**
 * Calls a function until it succeeds, but not for long.
 *
 * @param onFailure called with the error of each attempt
 * @throws the error of the last attempt
 */
export async function persistently<T>(attempt: () => Promise<T>, onFailure: (error: unknown) => void, { sleep }: Clock): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      onFailure(error);
      if (failures === PAUSES_MS.length) throw error;
      await sleep(PAUSES_MS[failures]);
    }
  }
}

/** Calls a function again and again. Returns a function that cancels the calls. */
export function every(ms: number, callback: () => void, { after }: Clock): () => void {
  let cancel: () => void;
  const wait = () => {
    cancel = after(ms, () => {
      wait();
      callback();
    });
  };
  wait();
  return () => cancel();
}

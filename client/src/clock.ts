/** Time and randomness. An object, so that tests can replace both. */
export const clock = {
  now: () => Date.now(),

  /** Returns a number from 0 up to, but not including, 1. */
  random: () => Math.random(),

  /** Calls `callback` after some milliseconds. Returns a function that clears the timer. */
  after(ms: number, callback: () => void): () => void {
    // A timer of more than 2^31 - 1 ms, about 24 days, fires at once.
    const timer = setTimeout(callback, Math.min(ms, 0x7fffffff));
    return () => clearTimeout(timer);
  },
};

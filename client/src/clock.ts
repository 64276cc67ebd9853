/** Time and chance, as the client knows them. An object, so that the tests can put their own in its place. */
export const clock = {
  now: () => Date.now(),

  /** From 0 up to, and without, 1. */
  random: () => Math.random(),

  /** Calls back after some milliseconds. Returns what takes that back. */
  after(ms: number, callback: () => void): () => void {
    // A timer that is set to more than 32 bits of milliseconds, 24 days, goes off at once.
    const timer = setTimeout(callback, Math.min(ms, 0x7fffffff));
    return () => clearTimeout(timer);
  },
};

import crypto from 'node:crypto';

const MODULUS = 2_147_483_647;
const MULTIPLIER = 48_271;

/** A random number generator with a seed (MINSTD). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed % (MODULUS - 1)) + 1;
    // Otherwise similar seeds would begin with similar numbers.
    for (let i = 0; i < 4; i++) this.next();
  }

  /** Returns a number from 0 up to, but not including, 1. */
  next(): number {
    this.state = (this.state * MULTIPLIER) % MODULUS;
    return (this.state - 1) / (MODULUS - 1);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** Returns a whole number from `min` to `max`. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Returns the delay of something that is late, from 1 to 15 minutes, in milliseconds. */
  longDelayMs(): number {
    return 1000 * this.int(60, 900);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)];
  }
}

/** Makes the ids and the jitter of the real code depend on the seed, too. */
export function leaveNothingToChance(random: Random): void {
  const hex = () => Math.floor(random.next() * 0x100000000).toString(16).padStart(8, '0');
  // Ids of traces have no effect, so they take no numbers from the others.
  const traces = new Random(1);
  const randomBytes = (size: number) => Buffer.from(Array.from({ length: size }, () => traces.int(0, 255)));
  Object.assign(crypto, { randomUUID: () => `${hex()}-0000-4000-8000-0000${hex()}`, randomBytes });
  Math.random = () => random.next();
}

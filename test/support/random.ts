import crypto from 'node:crypto';

const MODULUS = 2_147_483_647;
const MULTIPLIER = 48_271;

/** A seeded source of chance (MINSTD). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed % (MODULUS - 1)) + 1;
    // Seeds next to each other start next to each other.
    for (let i = 0; i < 4; i++) this.next();
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state * MULTIPLIER) % MODULUS;
    return (this.state - 1) / (MODULUS - 1);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number of `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** As many milliseconds as what is held back is late: from one minute to fifteen. */
  longDelayMs(): number {
    return 1000 * this.int(60, 900);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)];
  }
}

/** Has the ids and the jitter of the real code come from the seed, too. */
export function leaveNothingToChance(random: Random): void {
  const hex = () => Math.floor(random.next() * 0x100000000).toString(16).padStart(8, '0');
  Object.assign(crypto, { randomUUID: () => `${hex()}-0000-4000-8000-0000${hex()}` });
  Math.random = () => random.next();
}

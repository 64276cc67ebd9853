// The module itself, not a copy of its members: the code under test shall see what is replaced in it.
import crypto = require('node:crypto');

/** A seeded source of chance (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** From 0 up to, and without, 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number of `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)];
  }
}

/** Has the ids and the jitter of the real code come from the seed, too. */
export function leaveNothingToChance(random: Random): void {
  const hex = () => Math.floor(random.next() * 0x100000000).toString(16).padStart(8, '0');
  (crypto as { randomUUID: () => string }).randomUUID = () => `${hex()}-${hex()}`;
  Math.random = () => random.next();
}

import type { Context } from 'aws-lambda';

/** Counts down the time that the calls of an invocation share. */
export class TimeBudget {
  /** Infinite before the first invocation. */
  private endsAt = Infinity;

  /** @param now monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Starts an invocation, with the time that Lambda gives it. */
  public begin(context: Pick<Context, 'getRemainingTimeInMillis'>): void {
    this.endsAt = this.now() + context.getRemainingTimeInMillis();
  }

  /** Returns the milliseconds until only a reserve is left of the invocation. Negative if less than the reserve is left. */
  public remainingMs(reserveMs: number): number {
    return this.endsAt - reserveMs - this.now();
  }
}

/** The budget of the current invocation. A Lambda environment handles one at a time. */
export const INVOCATION_BUDGET = new TimeBudget();

/** Thrown instead of a call for which the invocation has no time left. The SDK does not retry it. */
export class OutOfTime extends Error {
  public readonly name = 'OutOfTime';

  constructor() {
    super('the invocation has no time left');
  }
}

import type { Context } from 'aws-lambda';

/** Counts down the time that all calls of an invocation share. */
export class TimeBudget {
  /** Without end as long as no invocation has begun. */
  private endsAt = Infinity;

  /** @param now A clock in milliseconds that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Begins an invocation, which has as much time as Lambda says. */
  begin(context: Pick<Context, 'getRemainingTimeInMillis'>): void {
    this.endsAt = this.now() + context.getRemainingTimeInMillis();
  }

  /** Returns the milliseconds until a reserve is all that is left of the invocation. Negative once the reserve is touched. */
  remainingMs(reserveMs: number): number {
    return this.endsAt - reserveMs - this.now();
  }
}

/** The budget of the present invocation: an environment of Lambda serves one at a time. */
export const INVOCATION_BUDGET = new TimeBudget();

/** A call that is not made, or not made again, since the invocation has no time for it. The SDK does not retry it. */
export class OutOfTime extends Error {
  public readonly name = 'OutOfTime';

  constructor() {
    super('the time of the invocation is over');
  }
}

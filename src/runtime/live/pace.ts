import { OutOfTime } from '../support/time-budget';

/** Maximum number of posts in flight. A post takes some milliseconds, so that far fewer are in flight unless API Gateway is slow. */
const MAX_IN_FLIGHT = 50;

/** Starts calls at a steady pace, and keeps a limited number of them in flight. */
export class Pace {
  private nextAt: number;
  private inFlight = 0;
  private readonly waiting: (() => void)[] = [];

  /**
   * @param now monotonic clock, in milliseconds
   * @param sleep sleeps for some milliseconds
   * @param remainingMs returns the milliseconds for which work can start
   */
  constructor(
    public readonly perSecond: number,
    private readonly now: () => number,
    private readonly sleep: (ms: number) => Promise<unknown>,
    private readonly remainingMs: () => number,
  ) {
    // An environment may have done its last work a moment ago, and this one replaces it.
    this.nextAt = now() + 1000 / perSecond;
  }

  /** Does some work when it is its turn. Throws at once if that is too late. */
  public async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.inFlight === MAX_IN_FLIGHT) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.inFlight++;
    try {
      await this.turn();
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.inFlight--;
    }
  }

  private async turn(): Promise<void> {
    const now = this.now();
    const at = Math.max(now, this.nextAt);
    if (at - now >= this.remainingMs()) throw new OutOfTime();
    this.nextAt = at + 1000 / this.perSecond;
    if (at > now) await this.sleep(at - now);
  }
}

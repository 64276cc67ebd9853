import { NodeHttpHandler } from '@smithy/node-http-handler';
import { INVOCATION_BUDGET, OutOfTime, TimeBudget } from './time-budget';

/** As long as an attempt may take. By default, one that nobody answers is waited for until the function's own time is up. */
export const ATTEMPT_MS = 5_000;

export interface SdkClientTime {
  /** What the client's calls leave of each invocation's time, for what is to be done after them. */
  readonly reserveMs: number;
  /** @default - that of the process */
  readonly budget?: TimeBudget;
}

/** Returns what a function asks of a client of the SDK: three attempts for a call, within the time that the invocation has for them. */
export function sdkClientSettings(time: SdkClientTime) {
  return {
    maxAttempts: 3,
    requestHandler: new TimelyHttpHandler(time),
    // Nothing is added to a client's middleware after its first call: it is put together once, not for each.
    cacheMiddleware: true,
  };
}

/** Gives each attempt five seconds, or what is left of the time if that is less. */
class TimelyHttpHandler extends NodeHttpHandler {
  private readonly budget: TimeBudget;
  private readonly reserveMs: number;

  constructor({ reserveMs, budget = INVOCATION_BUDGET }: SdkClientTime) {
    super({
      // Counts the wait for a socket, too. There is none: how many calls are in flight is up to who makes them (`waves.ts`).
      connectionTimeout: 2_000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: Infinity },
      httpsAgent: { maxSockets: Infinity },
    });
    this.budget = budget;
    this.reserveMs = reserveMs;
  }

  public async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const attemptMs = Math.min(ATTEMPT_MS, this.budget.remainingMs(this.reserveMs));
    if (attemptMs <= 0) throw new OutOfTime();
    const startedAt = performance.now();
    const { response } = await super.handle(request, { ...options, requestTimeout: attemptMs });
    // The time-out of the request ends with the headers of its answer.
    const timer = setTimeout(
      () => response.body.destroy(Object.assign(new Error('the answer did not end in time'), { name: 'TimeoutError' })),
      attemptMs - (performance.now() - startedAt),
    );
    response.body.once('close', () => clearTimeout(timer));
    return { response };
  }
}

import { NodeHttpHandler } from '@smithy/node-http-handler';
import { INVOCATION_BUDGET, OutOfTime, TimeBudget } from './time-budget';

/** Maximum time for an attempt. By default, the SDK would wait for an answer until the function's time is up. */
export const ATTEMPT_MS = 5_000;

export interface SdkClientTime {
  /** How much of each invocation's time the calls must leave for the work after them. */
  readonly reserveMs: number;
  /** @default - the budget of the current invocation */
  readonly budget?: TimeBudget;
}

/** Returns the settings of an SDK client: three attempts for each call, within the time that the invocation has left. */
export function sdkClientSettings(time: SdkClientTime) {
  return {
    maxAttempts: 3,
    requestHandler: new TimelyHttpHandler(time),
    // Nothing is added to the middleware after the first call. So it can be assembled once instead of for each call.
    cacheMiddleware: true,
  };
}

/** Limits each attempt to five seconds, or to the time that is left if that is less. */
class TimelyHttpHandler extends NodeHttpHandler {
  private readonly budget: TimeBudget;
  private readonly reserveMs: number;

  constructor({ reserveMs, budget = INVOCATION_BUDGET }: SdkClientTime) {
    super({
      // Includes the wait for a socket. There is none, because the callers limit the number of calls in flight (`waves.ts`).
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
    const { response } = await super.handle(request, { ...options, requestTimeout: attemptMs }).catch((error) => {
      // What the HTTP parser of Node.js could not parse. It can contain payloads, and Lambda logs all members of an error.
      delete error.rawPacket;
      throw error;
    });
    // `requestTimeout` ends with the headers of the response.
    const timer = setTimeout(
      () => response.body.destroy(Object.assign(new Error('the response did not end in time'), { name: 'TimeoutError' })),
      attemptMs - (performance.now() - startedAt),
    );
    response.body.once('close', () => clearTimeout(timer));
    return { response };
  }
}

import type { Clock } from './clock';
import { OutOfTime } from './errors';
import type { StopSignal } from './stop-signal';

/** The part of Lambda's context that the helper uses. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Time for the work to stop, and for what follows it. */
const RESERVE_MS = 5_000;

/** Stops the work when the time of the function is nearly up. Returns a function that cancels that. */
export function stopInTime(stopSignal: StopSignal, context: LambdaContext | undefined, clock: Clock): (() => void) | undefined {
  if (!context) return undefined;
  const remainingMs = context.getRemainingTimeInMillis();
  return clock.after(remainingMs - Math.min(RESERVE_MS, remainingMs / 10), () => stopSignal.abort(new OutOfTime()));
}

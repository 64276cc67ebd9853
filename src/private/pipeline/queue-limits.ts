/** The lowest and the highest limit that Lambda accepts: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const MIN = 2;
const MAX = 1000;

/** The lowest reserved concurrency that has room for both queues. */
export const MIN_UPDATER_CONCURRENCY = 2 * MIN;

/** How often each queue may invoke the updater at the same time. */
export interface QueueLimits {
  readonly reports: number;
  readonly undelivered: number;
}

/**
 * A tenth of an account's default concurrency, so that a burst of reports leaves enough for other functions. It handles a million tasks a
 * minute.
 */
const DEFAULT_LIMITS: QueueLimits = { reports: 100, undelivered: 5 };

/**
 * Returns limits that never exceed a reserved concurrency together. To a queue, an invocation that Lambda throttles is an attempt that
 * failed, and brings its messages closer to the dead-letter queue.
 */
export function queueLimits(reserved: number | undefined): QueueLimits {
  if (reserved === undefined) return DEFAULT_LIMITS;
  const undelivered = Math.max(MIN, Math.min(DEFAULT_LIMITS.undelivered, Math.floor(reserved / 4)));
  return { reports: Math.min(MAX, reserved - undelivered), undelivered };
}

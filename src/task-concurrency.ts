/**
 * How much of the account's Lambda concurrency is reserved for functions of a TaskManager, in simultaneous invocations.
 *
 * A function with a reserved concurrency can always use it, however busy other functions are, and never uses more. At least 100 of the
 * account's concurrency must stay unreserved. A new account can have 10 in all, and then can't reserve any.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
 */
export interface TaskConcurrency {
  /**
   * The concurrency of `apiHandler`, at least 1: requests per second, times the seconds of a request. With `maxPollWait`, a request that
   * waits counts with all of that time.
   *
   * Requests that exceed it fail with a 5xx error.
   *
   * @default - not reserved
   */
  readonly api?: number;

  /**
   * The concurrency of `statusPublisher`, at least 1: Lambda invokes it once at a time for each shard of the table's stream. A table on
   * demand begins with a few shards, and gets more with more writes.
   *
   * Changes that exceed it are published later.
   *
   * @default - not reserved
   */
  readonly statusPublisher?: number;

  /**
   * The concurrency of `statusUpdater`, at least 4, which is the lowest limit of its two queues together. It must not be a Token, because
   * the limits of the queues follow from it, so that they never exceed it.
   *
   * Reports that exceed it wait in their queue.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default - not reserved. The queues invoke it at most 105 times at the same time
   */
  readonly statusUpdater?: number;

  /**
   * The concurrency of `sweeper`, at least 2: a large sweep invokes the function again, to share the work among five invocations.
   *
   * @default - not reserved
   */
  readonly sweeper?: number;
}

import type { Task, TaskStatus } from './task';

/** Sends a request, as the global `fetch` does. `signal` aborts when the answer is of no use any more. */
export type Fetch = (url: string, init: {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
}) => Promise<Response>;

export interface TaskClientOptions {
  /**
   * The address of the API with its stage: `https://{id}.execute-api.{region}.amazonaws.com/prod/`. A browser may leave out the host. A
   * query in it, such as the key of a gateway, is sent with each request. It must have no user name and no password.
   */
  readonly url: string | URL;

  /**
   * Sends the requests, and signs them if need be. Each retry is a call of its own, so it must not retry itself.
   *
   * @default - the global `fetch`
   */
  readonly fetch?: Fetch;

  /**
   * Go with each request. A function is called for each request and each retry, so it can give a token that has not expired. If the API
   * answers 401, it is called once more, and the request is sent again with what it returns. If it throws, the request is retried as if
   * the API could not be reached.
   *
   * @default - none
   */
  readonly headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
}

export interface RequestOptions {
  /**
   * Ends the call at once, which then throws the signal's reason. The task goes on.
   *
   * @default - only an answer ends the call, or the last retry
   */
  readonly signal?: AbortSignal;
}

export interface CreateOptions extends RequestOptions {
  /**
   * Makes one task of all requests that carry the same key.
   *
   * @default - a new key for each call
   */
  readonly idempotencyKey?: string;

  /**
   * The time from its creation after which the task fails.
   *
   * @default - that of the task manager
   */
  readonly taskTimeoutSeconds?: number;
}

export interface GetOptions extends RequestOptions {
  /**
   * Asks the API to hold its answer until the task has ended, or has changed since the last poll, for so long at most. It does where its
   * manager allows that.
   *
   * @default - the API answers at once
   */
  readonly pollWaitSeconds?: number;
}

export interface ListOptions extends RequestOptions {
  /**
   * One status or several. An empty list is no filter.
   *
   * @default - tasks of every status
   */
  readonly status?: TaskStatus | readonly TaskStatus[];

  /** @default - tasks of every type */
  readonly type?: string;

  /**
   * How many tasks a page has at most. It may have fewer, or none, and not be the last.
   *
   * @default - as many as the API sees fit
   */
  readonly limit?: number;

  /**
   * That of the page before.
   *
   * @default - the first page
   */
  readonly nextToken?: string;
}

export interface WaitOptions extends GetOptions {
  /**
   * Gets the task as it is first seen, and each time that it has changed. The next poll waits for the promise that it may return.
   *
   * @default - nobody is told before the task has ended
   */
  readonly onChange?: (task: Task) => unknown;

  /**
   * How many milliseconds to wait before throwing a `TaskWaitTimeoutError`. The task goes on. Until then the API may be out of reach for any time.
   *
   * @default - until the task has ended, or ten polls in a row have failed
   */
  readonly waitTimeoutMs?: number;
}

export interface RunOptions extends CreateOptions, WaitOptions {}

import type { Task, TaskStatus } from './task';

/** Sends a request, as the global `fetch` does. `signal` aborts when the response is no longer needed. */
export type Fetch = (url: string, init: {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
  readonly signal: AbortSignal;
}) => Promise<Response>;

/** A class of WebSockets, such as that of browsers, Node.js 22 or the package `ws`. */
export type WebSocketClass = new (url: string, protocols: string[]) => {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  send(message: string): void;
  close(): void;
};

/** Options of a `TaskClient`. */
export interface TaskClientOptions {
  /**
   * URL of the API, with its stage: `https://{id}.execute-api.{region}.amazonaws.com/prod/`. In a browser, it can be relative to the page.
   * Its query, such as the key of a gateway, is sent with each request. It must not contain a user name or a password.
   */
  readonly url: string | URL;

  /**
   * Sends the requests, and signs them if necessary. It is called for each attempt, so it must not retry.
   *
   * @default - the global `fetch`
   */
  readonly fetch?: Fetch | undefined;

  /**
   * Headers of each request. A function is called for each attempt, so that it can return a token that has not expired. After a 401, the
   * request is sent once more, with the headers that the function returns then. If the function throws, the request is retried as if the
   * API could not be reached.
   *
   * @default - none
   */
  readonly headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>) | undefined;

  /**
   * URL of the live updates: `wss://{id}.execute-api.{region}.amazonaws.com/live`. With it, changes of tasks arrive over a WebSocket. If
   * the socket can't be opened, is lost or stays silent, the client polls as it does without it. A function is called for each connection,
   * so that it can return a presigned URL.
   *
   * @default - the client polls
   */
  readonly liveUrl?: string | URL | (() => string | URL | Promise<string | URL>) | undefined;

  /**
   * Returns the token of a connection of live updates. It is called for each connection, so that it can return a token that has not
   * expired. The token is sent as the subprotocol `bearer.<token>`, because browsers send no headers of a page with a WebSocket.
   *
   * @default - no token
   */
  readonly liveToken?: (() => string | Promise<string>) | undefined;

  /**
   * Class of the WebSocket.
   *
   * @default - the global `WebSocket`. Node.js has it from version 22 on; without it, the client polls
   */
  readonly webSocket?: WebSocketClass | undefined;
}

/** Options of every call. */
export interface RequestOptions {
  /**
   * Ends the call at once. The call throws the reason of the signal. The task goes on.
   *
   * @default - the call ends with a response, or after the last attempt
   */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `create`. */
export interface CreateOptions extends RequestOptions {
  /**
   * Key that identifies the task: all calls with the same key get the same task.
   *
   * @default - a new key for each call
   */
  readonly idempotencyKey?: string | undefined;

  /**
   * Time after its creation at which the task fails if it has not ended, in seconds.
   *
   * @default - `taskTimeout` of the task manager
   */
  readonly taskTimeoutSeconds?: number | undefined;
}

/** Options of `get`. */
export interface GetOptions extends RequestOptions {
  /**
   * Maximum time that the API may hold its response until the task has changed since the last poll, or has ended, in seconds. The API
   * allows at most `maxPollWait` of the task manager. While live updates arrive, the API responds at once.
   *
   * @default - the API responds at once
   */
  readonly pollWaitSeconds?: number | undefined;
}

/** Options of `list`. */
export interface ListOptions extends RequestOptions {
  /**
   * One status, or several. An empty list does not filter.
   *
   * @default - tasks of every status
   */
  readonly status?: TaskStatus | readonly TaskStatus[] | undefined;

  /**
   * Task type.
   *
   * @default - tasks of every type
   */
  readonly type?: string | undefined;

  /**
   * Maximum number of tasks on a page. A page can have fewer, or none, and still not be the last one.
   *
   * @default - 20
   */
  readonly limit?: number | undefined;

  /**
   * `nextToken` of the previous page.
   *
   * @default - the first page
   */
  readonly nextToken?: string | undefined;
}

/** Options of `wait`. */
export interface WaitOptions<Result = unknown> extends GetOptions {
  /**
   * Called with the task when it is read for the first time, and after each change. If it returns a promise, the next poll waits for it.
   *
   * @default - no function
   */
  readonly onChange?: ((task: Task<Result>) => unknown) | undefined;

  /**
   * Time to wait before a `TaskWaitTimeoutError` is thrown, in milliseconds. The task goes on. Until then, failing polls are retried.
   *
   * @default - waits until the task has ended, or ten attempts in a row have failed
   */
  readonly waitTimeoutMs?: number | undefined;
}

/** Options of `run`. */
export interface RunOptions<Result = unknown> extends CreateOptions, WaitOptions<Result> {}

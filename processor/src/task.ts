import type { UploadBody } from './services';

/** A task to work on. */
export interface Task<Payload = unknown> {
  readonly taskId: string;
  readonly type: string;
  /** What the caller of the API sent, or what the schema made of it. `undefined` if there is none. */
  readonly payload: Payload;
  /** Owner of the task, if the API knows owners. */
  readonly owner?: string;
  /** ISO 8601, as all times of the API. */
  readonly createdAt: string;
  /** When the task fails if it has not ended. */
  readonly deadlineAt: string;
  /** W3C Trace Context of the request that created the task: pass it on as the headers `traceparent` and `tracestate`. */
  readonly traceparent?: string;
  readonly tracestate?: string;

  /**
   * Uploads a result of any size to the bucket of the TaskManager. The API returns a link to it. The last upload counts. Memory stays flat
   * if `body` is a stream.
   *
   * @throws Error if the TaskManager has no `resultBucket`, or the upload fails
   */
  upload(body: UploadBody, options: UploadOptions): Promise<void>;
}

/** Options of `task.upload`. */
export interface UploadOptions {
  /** Media type, such as `text/csv`. */
  readonly contentType: string;

  /**
   * Name under which a browser saves the file.
   *
   * @default - the last part of its URL
   */
  readonly fileName?: string;
}

/** What the work uses besides the task. */
export interface TaskTools {
  /**
   * Aborts when the task has ended before its work (`TaskEnded`), and shortly before the time-out of the function (`OutOfTime`), or when
   * the container is being stopped (`Interrupted`). Pass it to what you call, or call `signal.throwIfAborted()`.
   */
  readonly signal: AbortSignal;

  /**
   * Reports progress. Call it as often as you like: the helper sends the latest one once a second. The promise does not wait for that, so
   * to await it takes no time. Await it in long loops: otherwise nothing can be sent.
   *
   * @param percent 0 to 100
   * @param message at most 1,024 characters
   * @throws Error if one of them is not valid
   */
  progress(percent?: number, message?: string): Promise<void>;
}

/**
 * Does the work of a task. What it returns becomes the result of the task. If it throws a `TaskFailure`, the task fails. If it throws
 * another error, Lambda retries. In a container, the task then fails with `ProcessorFailed`.
 */
export type TaskWork<Payload = unknown, Result = unknown> = (task: Task<Payload>, tools: TaskTools) => Result | Promise<Result>;

import { parseJson } from './json';
import type { Task } from './task';

/** Base class of all errors that this package throws. */
export class TaskClientError extends Error {
  static {
    this.prototype.name = 'TaskClientError';
  }

  /** Id of the task, if it is known. The task may still be running: `wait(taskId)` waits for it again. */
  public readonly taskId?: string;

  constructor(message: string, options: { readonly taskId?: string; readonly cause?: unknown }) {
    super(message, options);
    this.taskId = options.taskId;
  }
}

/** Thrown if the task ended as `FAILED`. */
export class TaskFailedError extends TaskClientError {
  static {
    this.prototype.name = 'TaskFailedError';
  }

  /** Error code of the task: `TaskTimeout` or another one of cdk-task-manager, or a code of the processor. */
  public readonly code?: string;

  constructor(public readonly task: Task) {
    super(task.error?.message ?? 'the task failed', { taskId: task.taskId });
    this.code = task.error?.code;
  }
}

/** Thrown if the task was cancelled. */
export class TaskCancelledError extends TaskClientError {
  static {
    this.prototype.name = 'TaskCancelledError';
  }

  constructor(public readonly task: Task) {
    super('the task was cancelled', { taskId: task.taskId });
  }
}

/** Thrown if the task has not ended within `waitTimeoutMs`. `cause` is the error of the last request, if it failed. */
export class TaskWaitTimeoutError extends TaskClientError {
  static {
    this.prototype.name = 'TaskWaitTimeoutError';
  }
}

/** Thrown if all attempts to reach the API failed. `cause` is the error of the last attempt. */
export class TaskConnectionError extends TaskClientError {
  static {
    this.prototype.name = 'TaskConnectionError';
  }
}

/** Thrown if the result of a task could not be downloaded, or the task has none. */
export class TaskDownloadError extends TaskClientError {
  static {
    this.prototype.name = 'TaskDownloadError';
  }

  /** HTTP status of the download. Missing if there is nothing to download. */
  public readonly status?: number;

  constructor(message: string, options: { readonly taskId?: string; readonly status?: number }) {
    super(message, options);
    this.status = options.status;
  }
}

/** One invalid part of a request. */
export interface InvalidInput {
  /** What is wrong. */
  readonly detail: string;
  /** JSON pointer into the body. */
  readonly pointer?: string;
  /** Name of the query parameter. */
  readonly parameter?: string;
  /** Name of the header. */
  readonly header?: string;
}

/** Thrown if the API, or a proxy in front of it, refused a request. */
export class TaskApiError extends TaskClientError {
  static {
    this.prototype.name = 'TaskApiError';
  }

  /** Title of the problem (RFC 9457), if the response is one. */
  public readonly title?: string;
  /** Detail of the problem, if the response is one. */
  public readonly detail?: string;
  /** Invalid parts of the request. Empty if the response names none. */
  public readonly errors: readonly InvalidInput[];

  /**
   * @param status HTTP status
   * @param body body of the response: a problem, or any text from a proxy
   * @param taskId id of the task, if it is known
   */
  constructor(public readonly status: number, body: string, taskId?: string) {
    const problem = Object(parseJson(body)) as Record<string, unknown>;
    const title = textOf(problem.title);
    const detail = textOf(problem.detail);
    super(`the API answered ${status}: ${detail ?? title ?? (body.slice(0, 200) || 'no body')}`, { taskId });
    this.title = title;
    this.detail = detail;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

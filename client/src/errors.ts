import type { Task } from './task';

/** Is the base of all errors that this package throws. */
export class TaskClientError extends Error {
  static {
    this.prototype.name = 'TaskClientError';
  }

  /** The task that the call was about. It may still go on: `wait(taskId)` follows it again. Missing if it is not known. */
  public readonly taskId?: string;

  constructor(message: string, options: { readonly taskId?: string; readonly cause?: unknown }) {
    super(message, options);
    this.taskId = options.taskId;
  }
}

/** Tells that the task ended as `FAILED`. */
export class TaskFailedError extends TaskClientError {
  static {
    this.prototype.name = 'TaskFailedError';
  }

  /** The code that the task failed with, such as `TaskTimeout`, or one of the processor's own. */
  public readonly code?: string;

  constructor(public readonly task: Task) {
    super(task.error?.message ?? 'the task failed', { taskId: task.taskId });
    this.code = task.error?.code;
  }
}

/** Tells that the task was cancelled. */
export class TaskCancelledError extends TaskClientError {
  static {
    this.prototype.name = 'TaskCancelledError';
  }

  constructor(public readonly task: Task) {
    super('the task was cancelled', { taskId: task.taskId });
  }
}

/** Tells that the client stopped waiting. `cause` is what went wrong with the last request, if something did. */
export class TaskWaitTimeoutError extends TaskClientError {
  static {
    this.prototype.name = 'TaskWaitTimeoutError';
  }
}

/** Tells that the API could not be reached, however often it was tried. `cause` is what the last try threw. */
export class TaskConnectionError extends TaskClientError {
  static {
    this.prototype.name = 'TaskConnectionError';
  }
}

/** One thing that is wrong with a request, and where. */
export interface InvalidInput {
  readonly detail: string;
  /** A JSON pointer into the body. */
  readonly pointer?: string;
  /** The name of a query parameter. */
  readonly parameter?: string;
  /** The name of a header. */
  readonly header?: string;
}

/** Tells that the API refused a request, or that something between it and the client did. */
export class TaskApiError extends TaskClientError {
  static {
    this.prototype.name = 'TaskApiError';
  }

  /** The title of the problem (RFC 9457). Missing, as `detail`, if the answer carried no problem. */
  public readonly title?: string;
  public readonly detail?: string;
  public readonly errors: readonly InvalidInput[];

  /**
   * @param status the HTTP status
   * @param body the body of the answer: a problem, or anything that a proxy says
   */
  constructor(public readonly status: number, body: string, taskId?: string) {
    const problem = parseObject(body);
    const title = textOf(problem.title);
    const detail = textOf(problem.detail);
    super(`the API answered ${status}: ${detail ?? title ?? (body.slice(0, 200) || 'no body')}`, { taskId });
    this.title = title;
    this.detail = detail;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
  }
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json));
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

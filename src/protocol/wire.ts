/**
 * Defines what clients, processors and Lambda functions say to each other: statuses, events and their details. Imports nothing: the npm
 * packages publish it as a part of themselves.
 */

export const TASK_STATUSES = ['PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELLED'] as const;

/** Status of a task. `SUCCESSFUL`, `FAILED` and `CANCELLED` are terminal: nothing follows them. */
export type TaskStatus = typeof TASK_STATUSES[number];

/** Returns whether nothing can follow a status. A status that this version does not know counts as not terminal. */
export function isTerminal(status: TaskStatus): boolean {
  return status === 'SUCCESSFUL' || status === 'FAILED' || status === 'CANCELLED';
}

/** The detail-types of the events. */
export const EVENT = {
  CREATED: 'TaskCreatedEvent',
  RUNNING: 'TaskRunningEvent',
  SUCCESSFUL: 'TaskSuccessfulEvent',
  FAILED: 'TaskFailedEvent',
  CANCELLED: 'TaskCancelledEvent',
  UPDATED: 'TaskUpdatedEvent',
} as const;

/** Pattern of a task id: a UUID, or the SHA-256 of an owner and an Idempotency-Key. */
export const TASK_ID = /^[0-9a-f-]{36,64}$/;

/** What a task type looks like: it becomes part of event sources, IAM conditions and construct ids. */
export const TASK_TYPE = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** What a header that identifies something must be: what HTTP allows in a value without quotes, and a key of DynamoDB has room for. */
export const IDENTIFIER = /^[!-~]{1,255}$/;

/** What precedes the task type in the source of a processor's events. */
export function processorSourcePrefix(eventSource: string): string {
  return `${eventSource}.processor.`;
}

/** The source of the events that a processor of `taskType` sends. IAM pins it, so it proves the type. */
export function processorSource(eventSource: string, taskType: string): string {
  return `${processorSourcePrefix(eventSource)}${taskType}`;
}

/** Names of the headers of requests and replies. */
export const HEADER = {
  CACHE_CONTROL: 'Cache-Control',
  CONTENT_TYPE: 'Content-Type',
  ETAG: 'ETag',
  IDEMPOTENCY_KEY: 'Idempotency-Key',
  IDEMPOTENT_REPLAYED: 'Idempotent-Replayed',
  IF_NONE_MATCH: 'If-None-Match',
  LOCATION: 'Location',
  PREFER: 'Prefer',
  PREFERENCE_APPLIED: 'Preference-Applied',
  RETRY_AFTER: 'Retry-After',
  /** CORS: the origin whose scripts may read a reply. */
  ALLOW_ORIGIN: 'Access-Control-Allow-Origin',
  /** CORS: the headers of a reply that those scripts may read. */
  EXPOSE_HEADERS: 'Access-Control-Expose-Headers',
} as const;

/** Headers of replies that scripts of other origins may read. */
export const EXPOSED_HEADERS = [
  HEADER.ETAG, HEADER.IDEMPOTENT_REPLAYED, HEADER.LOCATION, HEADER.PREFERENCE_APPLIED, HEADER.RETRY_AFTER,
];

/** Media types of bodies. */
export const MEDIA_TYPE = {
  JSON: 'application/json',
  /** RFC 9457. */
  PROBLEM: 'application/problem+json',
} as const;

/** Codes of the errors that tasks fail with by our own hand. All others are the processors'. */
export const ERROR_CODE = {
  TASK_TIMEOUT: 'TaskTimeout',
  HEARTBEAT_TIMEOUT: 'HeartbeatTimeout',
  PROCESSOR_FAILED: 'ProcessorFailed',
  DELIVERY_FAILED: 'DeliveryFailed',
  RESULT_TOO_LARGE: 'ResultTooLarge',
  INVALID_RESULT: 'InvalidResult',
  INVALID_ERROR: 'InvalidError',
} as const;

/** How far a task has come. */
export interface TaskProgress {
  readonly percent?: number;
  readonly message?: string;
}

/** Why a task failed. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
}

/** Detail of a `TaskCreatedEvent`: all that a processor needs to do the work and to report. */
export interface TaskCreatedDetail {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly version: number;
  readonly owner?: string;
  readonly payload?: unknown;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly deadlineAt: string;
  /** Where to send each `TaskUpdatedEvent`, and with which source. */
  readonly reportTo: { readonly eventBusName: string; readonly source: string };
}

/** Detail of a `TaskRunningEvent`, `TaskSuccessfulEvent`, `TaskFailedEvent` or `TaskCancelledEvent`. `version` orders the events of one task. */
export interface TaskChangedDetail {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly version: number;
  readonly owner?: string;
  readonly result?: unknown;
  readonly error?: TaskError;
  /** There, and true, if the result or a part of the error could not be put into the event. The API has them. */
  readonly incomplete?: true;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Detail of a `TaskUpdatedEvent`, which a processor sends. */
export type TaskUpdatedDetail = {
  readonly taskId: string;
  /**
   * `createdAt` of the `TaskCreatedEvent`. The report is about that task, and not about a later one that has got the same id.
   * Without it, the time of the event decides, in whole seconds.
   */
  readonly taskCreatedAt?: string;
  /** A progress whose sequence is not higher than the last one is stale, and ignored. */
  readonly sequence?: number;
} & (
  /** `heartbeatSeconds` asks to fail the task if no further RUNNING follows in that time, up to 86400. 0 takes that back. */
  | { readonly status: 'RUNNING'; readonly progress?: TaskProgress; readonly heartbeatSeconds?: number }
  | { readonly status: 'SUCCESSFUL'; readonly result?: unknown }
  | { readonly status: 'FAILED'; readonly error: TaskError }
);

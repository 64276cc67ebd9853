/**
 * Defines what suppliers, processors and the Lambda functions exchange: statuses, headers, events and their details. Imports nothing,
 * because the npm packages bundle it.
 */

export const TASK_STATUSES = ['PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELLED'] as const;

/** Status of a task. `SUCCESSFUL`, `FAILED` and `CANCELLED` are terminal: nothing follows them. */
export type TaskStatus = typeof TASK_STATUSES[number];

/** Returns whether nothing can follow a status. A status that this version does not know counts as not terminal. */
export function isTerminal(status: TaskStatus): boolean {
  return status === 'SUCCESSFUL' || status === 'FAILED' || status === 'CANCELLED';
}

/** Detail types of the events. */
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

/** Pattern of a task type. A type becomes part of event sources, IAM conditions and construct ids. */
export const TASK_TYPE = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** Pattern of a header that identifies something. HTTP allows such a value without quotes, and it fits into a key of DynamoDB. */
export const IDENTIFIER = /^[!-~]{1,255}$/;

/** Start of all keys of result objects. */
export const RESULTS_PREFIX = 'tasks/';

/** Returns the start of the keys that processors of `taskType` may write. */
export function resultKeyPrefix(taskType: string): string {
  return `${RESULTS_PREFIX}${taskType}/`;
}

/** Returns the start of the keys of a task's result objects. A random part follows. */
export function taskResultKeyPrefix(taskType: string, taskId: string): string {
  return `${resultKeyPrefix(taskType)}${taskId}/`;
}

/** Returns the source of a processor's events up to the task type. */
export function processorSourcePrefix(eventSource: string): string {
  return `${eventSource}.processor.`;
}

/** Returns the source of the events that a processor of `taskType` sends. IAM allows it no other one, so the source proves the type. */
export function processorSource(eventSource: string, taskType: string): string {
  return `${processorSourcePrefix(eventSource)}${taskType}`;
}

/** Names of the headers of requests and replies. */
export const HEADER = {
  AUTHORIZATION: 'Authorization',
  CACHE_CONTROL: 'Cache-Control',
  CONTENT_TYPE: 'Content-Type',
  ETAG: 'ETag',
  IDEMPOTENCY_KEY: 'Idempotency-Key',
  IDEMPOTENT_REPLAYED: 'Idempotent-Replayed',
  IF_NONE_MATCH: 'If-None-Match',
  LOCATION: 'Location',
  ORIGIN: 'Origin',
  PREFER: 'Prefer',
  PREFERENCE_APPLIED: 'Preference-Applied',
  RETRY_AFTER: 'Retry-After',
  /** The trace context: https://www.w3.org/TR/trace-context/. */
  TRACEPARENT: 'traceparent',
  TRACESTATE: 'tracestate',
  WEB_SOCKET_PROTOCOL: 'Sec-WebSocket-Protocol',
  ALLOW_ORIGIN: 'Access-Control-Allow-Origin',
  EXPOSE_HEADERS: 'Access-Control-Expose-Headers',
} as const;

/** Headers of replies that scripts from other origins may read. A pure call, so that a bundle can leave them out with `HEADER`. */
export const EXPOSED_HEADERS = /* @__PURE__ */ (() => [
  HEADER.ETAG, HEADER.IDEMPOTENT_REPLAYED, HEADER.LOCATION, HEADER.PREFERENCE_APPLIED, HEADER.RETRY_AFTER,
])();

/** Media types of bodies. */
export const MEDIA_TYPE = {
  JSON: 'application/json',
  /** RFC 9457. */
  PROBLEM: 'application/problem+json',
} as const;

/** Ends of the names of the outputs that `TaskManager.createOutputs()` adds to a stack. They begin with the name of the TaskManager. */
export const OUTPUT = {
  API_URL: 'TaskManagerApiUrl',
  /** An {@link ApiAuthKind}. */
  AUTH: 'TaskManagerAuth',
  OWNER_HEADER: 'TaskManagerOwnerHeader',
  LIVE_URL: 'TaskManagerLiveUrl',
  LIVE_OWNER_PARAMETER: 'TaskManagerLiveOwnerParameter',
  STATUS_PUBLISHER: 'TaskManagerStatusPublisher',
  STATUS_PUBLISHER_DEAD_LETTER_QUEUE: 'TaskManagerStatusPublisherDeadLetterQueue',
  STATUS_UPDATER_QUEUE: 'TaskManagerStatusUpdaterQueue',
  STATUS_UPDATER_DEAD_LETTER_QUEUE: 'TaskManagerStatusUpdaterDeadLetterQueue',
  UNDELIVERED_QUEUE: 'TaskManagerUndeliveredQueue',
  UNDELIVERED_DEAD_LETTER_QUEUE: 'TaskManagerUndeliveredDeadLetterQueue',
  EVENT_BUS: 'TaskManagerEventBus',
  EVENT_BUS_DEAD_LETTER_QUEUE: 'TaskManagerEventBusDeadLetterQueue',
} as const;

/** How an API authorizes its callers. */
export type ApiAuthKind = 'iam' | 'cognito' | 'jwt' | 'authorizer' | 'none';

/** Error codes that this project sets. All other codes come from processors. */
export const ERROR_CODE = {
  TASK_TIMEOUT: 'TaskTimeout',
  HEARTBEAT_TIMEOUT: 'HeartbeatTimeout',
  PROCESSOR_FAILED: 'ProcessorFailed',
  DELIVERY_FAILED: 'DeliveryFailed',
  RESULT_TOO_LARGE: 'ResultTooLarge',
  INVALID_RESULT: 'InvalidResult',
  INVALID_PAYLOAD: 'InvalidPayload',
  PAYLOAD_TOO_LARGE: 'PayloadTooLarge',
  INVALID_ERROR: 'InvalidError',
} as const;

/** Progress of a task. */
export interface TaskProgress {
  readonly percent?: number;
  readonly message?: string;
}

/** Why a task failed. */
export interface TaskError {
  readonly code: string;
  readonly message: string;
}

/** Object in the result bucket that holds the result of a task. */
export interface TaskResultObject {
  /** `tasks/<type>/<taskId>/<random>`. Processors can't write anywhere else. */
  readonly key: string;
  /** Media type that the download has. */
  readonly contentType?: string;
  /** Name under which a browser saves the download. */
  readonly fileName?: string;
}

/** Detail of a `TaskCreatedEvent`. It has everything that a processor needs to do the work and to report. */
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
  readonly reportTo: ReportTo;
  /** Trace context of the request that created the task (W3C). Missing if the task was created by an earlier version. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Where a processor sends its reports and large results, and where it asks for the status of its task. */
export interface ReportTo {
  /** Event bus and source of each `TaskUpdatedEvent` about the task. */
  readonly eventBusName: string;
  readonly source: string;
  /** Function that answers a {@link TaskStatusRequest}. Missing in events of earlier versions. */
  readonly statusReaderArn?: string;
  /** Bucket for results of any size. Missing if the TaskManager has none. */
  readonly resultBucketName?: string;
}

/**
 * Detail of a `TaskRunningEvent`, `TaskSuccessfulEvent`, `TaskFailedEvent` or `TaskCancelledEvent`. `version` gives the order of a task's
 * events.
 */
export interface TaskChangedDetail {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly version: number;
  readonly owner?: string;
  readonly result?: unknown;
  readonly resultObject?: TaskResultObject;
  readonly error?: TaskError;
  /** `true` if the event lacks the result or a part of the error, because EventBridge does not accept them. The API returns both. */
  readonly incomplete?: true;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Trace context of the request that created the task (W3C). Missing if the task was created by an earlier version. */
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** How a processor ends a task. */
export type TaskEnd =
  /** `resultObject` is a result of any size, in the result bucket of the TaskManager. */
  | { readonly status: 'SUCCESSFUL'; readonly result?: unknown; readonly resultObject?: TaskResultObject }
  | { readonly status: 'FAILED'; readonly error: TaskError };

/** Detail of a `TaskUpdatedEvent`: the report of a processor. */
export type TaskUpdatedDetail = {
  readonly taskId: string;
  /**
   * `createdAt` of the `TaskCreatedEvent`. It distinguishes the task from a later one with the same id. Without it, the report is ignored
   * if its event is older than the task, in whole seconds.
   */
  readonly taskCreatedAt?: string;
  /** Order of the reports. A RUNNING whose sequence is not higher than the last one is stale: its progress is ignored. */
  readonly sequence?: number;
} & (
  /** `heartbeatSeconds`, 1 to 86400, makes the task fail if the processor sends no further RUNNING in that time. 0 cancels it. */
  | { readonly status: 'RUNNING'; readonly progress?: TaskProgress; readonly heartbeatSeconds?: number }
  | TaskEnd
);

/**
 * The only member of what a function returns if it has ended its task in a way that a plain result does not show: a {@link TaskEnd}. The
 * reporter then reports the same end. So it does not matter whose report comes first.
 */
export const TASK_END = 'cdk-task-manager:end';

/** Request of a processor to the StatusReader. All three members are those of the `TaskCreatedEvent`. */
export interface TaskStatusRequest {
  readonly taskId: string;
  readonly taskType: string;
  readonly createdAt: string;
}

/** Answer to a request that matches no task. The task of a `TaskCreatedEvent` has then ended and been removed. */
export const ENDED = 'ENDED';

/** Answer of the StatusReader. */
export interface TaskStatusReply {
  readonly status: TaskStatus | typeof ENDED;
}

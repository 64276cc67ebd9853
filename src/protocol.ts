/**
 * What the constructs and the Lambda functions agree on. This file imports nothing, and is all that the two share.
 */

/** Where a task can be in its life. `SUCCESSFUL`, `FAILED` and `CANCELLED` are terminal: nothing follows them. */
export const TASK_STATUSES = ['PENDING', 'RUNNING', 'SUCCESSFUL', 'FAILED', 'CANCELLED'] as const;

export type TaskStatus = typeof TASK_STATUSES[number];

/** The detail-types of the events. */
export const EVENT = {
  CREATED: 'TaskCreatedEvent',
  RUNNING: 'TaskRunningEvent',
  SUCCESSFUL: 'TaskSuccessfulEvent',
  FAILED: 'TaskFailedEvent',
  CANCELLED: 'TaskCancelledEvent',
  UPDATED: 'TaskUpdatedEvent',
} as const;

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

/** Names of the environment variables that the constructs set and the Lambda functions read. */
export const ENVIRONMENT = {
  TABLE_NAME: 'TABLE_NAME',
  EVENT_BUS_NAME: 'EVENT_BUS_NAME',
  EVENT_SOURCE: 'EVENT_SOURCE',
  DEAD_LETTER_QUEUE_URL: 'DEAD_LETTER_QUEUE_URL',
  TASK_TIMEOUT_SECONDS: 'TASK_TIMEOUT_SECONDS',
  RETENTION_SECONDS: 'RETENTION_SECONDS',
  /** What comes from this queue is believed less than a report. */
  UNDELIVERED_QUEUE_ARN: 'UNDELIVERED_QUEUE_ARN',
  /** Where a request says who owns its tasks: `<OwnerPlace>:<name>`. Not set where all callers share one space. */
  OWNER: 'OWNER',
  MAX_REQUEST_BYTES: 'MAX_REQUEST_BYTES',
  /** The longest time that a `Prefer: wait` is granted. 0 for none. */
  MAX_WAIT_SECONDS: 'MAX_WAIT_SECONDS',
  /** The origins that browsers may call from, with commas between them. Not set without CORS. */
  ALLOW_ORIGINS: 'ALLOW_ORIGINS',
} as const;

/** Parts of a request that can say who owns its tasks: a header, a claim of a Cognito token, what a Lambda authorizer returned. */
export type OwnerPlace = 'header' | 'claim' | 'context';

/** The file beside the code of the API's function that lists the task types, if only some are allowed. */
export const TASK_TYPES_FILE = 'task-types.json';

/** An entry of that file. */
export interface TaskTypeEntry {
  readonly taskType: string;
  /** A JSON Schema. */
  readonly payloadSchema?: object;
}

/** Headers of replies that scripts of other origins may read. */
export const EXPOSED_HEADERS = ['ETag', 'Idempotent-Replayed', 'Location', 'Preference-Applied', 'Retry-After'];

/** Attributes of the table that constructs and Lambda functions both know. */
export const TABLE = {
  PARTITION_KEY: 'taskId',
  SORT_KEY: 'item',
  TIME_TO_LIVE: 'expiresAt',
  /** Sort key of the item that is the task itself. */
  HEAD: 'task',
  STATUS: 'status',
  /** The status before the last update. A stream filter can't compare two images, so the item says itself what changed. */
  PREVIOUS_STATUS: 'previousStatus',
  /** The index of the open tasks, by the time of their next check. */
  CHECKS_INDEX: 'checks',
  /** Spreads the open tasks over partitions of the index; a task that has ended has none, and is not in it. */
  CHECK_SHARD: 'checkShard',
  CHECK_AT: 'checkAt',
  /** The index of all tasks of an owner, newest first. */
  OWNERS_INDEX: 'owners',
  /** The owner, or a shard of the space that callers without one share. */
  OWNER_SPACE: 'ownerSpace',
  /** When the task was created, and its id: unique, and never changed. */
  CREATED_KEY: 'createdKey',
  TYPE: 'type',
} as const;

const TERMINAL_STATUSES = TASK_STATUSES.filter((status) => status !== 'PENDING' && status !== 'RUNNING');

/**
 * Selects the records of the stream that become events: a new task, and each change of a status. A record is judged by its `NewImage`
 * alone: Lambda filters records of DynamoDB by their `dynamodb` key, and by no other, `eventName` for instance.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export const STREAM_FILTERS = [
  // Every update sets `previousStatus`, so a head without it is new.
  headFilter(['PENDING'], [{ exists: false }]),
  // A progress, a heartbeat or the move of a check leaves both the same.
  headFilter(['RUNNING'], ['PENDING']),
  headFilter(TERMINAL_STATUSES, ['PENDING', 'RUNNING']),
];

function headFilter(statuses: TaskStatus[], previousStatuses: (TaskStatus | { exists: boolean })[]) {
  // `exists` is about leaves only, the type of an attribute's value included.
  const image = { [TABLE.SORT_KEY]: { S: [TABLE.HEAD] }, [TABLE.STATUS]: { S: statuses }, [TABLE.PREVIOUS_STATUS]: { S: previousStatuses } };
  return { dynamodb: { NewImage: image } };
}

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

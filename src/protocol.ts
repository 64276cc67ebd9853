/**
 * What the constructs and the Lambda functions agree on. This file imports nothing, and is all that the two share.
 */

/** Where a task is in its life. `SUCCESSFUL` and `FAILED` are terminal: nothing follows them. */
export type TaskStatus = 'PENDING' | 'RUNNING' | 'SUCCESSFUL' | 'FAILED';

/** The detail-types of the events. */
export const EVENT = {
  CREATED: 'TaskCreatedEvent',
  RUNNING: 'TaskRunningEvent',
  SUCCESSFUL: 'TaskSuccessfulEvent',
  FAILED: 'TaskFailedEvent',
  UPDATED: 'TaskUpdatedEvent',
} as const;

/** What a task type looks like: it becomes part of event sources, IAM conditions and construct ids. */
export const TASK_TYPE = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

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
} as const;

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
  readonly payload?: unknown;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Where to send each `TaskUpdatedEvent`, and with which source. */
  readonly reportTo: { readonly eventBusName: string; readonly source: string };
}

/** Detail of a `TaskRunningEvent`, `TaskSuccessfulEvent` or `TaskFailedEvent`. `version` orders the events of one task. */
export interface TaskChangedDetail {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly version: number;
  readonly result?: unknown;
  readonly error?: TaskError;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Detail of a `TaskUpdatedEvent`, which a processor sends. */
export type TaskUpdatedDetail = {
  readonly taskId: string;
  /** A progress whose sequence is not higher than the last one is stale, and ignored. */
  readonly sequence?: number;
} & (
  | { readonly status: 'RUNNING'; readonly progress?: TaskProgress }
  | { readonly status: 'SUCCESSFUL'; readonly result?: unknown }
  | { readonly status: 'FAILED'; readonly error: TaskError }
);

import { ERROR_CODE } from './wire';

/** Defines the metrics that the Lambda functions write and the constructs return. */

export const METRIC_NAMESPACE = 'CdkTaskManager';

export const METRIC = {
  CREATED: 'TasksCreated',
  STARTED: 'TasksStarted',
  SUCCEEDED: 'TasksSucceeded',
  FAILED: 'TasksFailed',
  CANCELLED: 'TasksCancelled',
  /** Also counted as failed. */
  TIMED_OUT: 'TasksTimedOut',
  TIME_TO_START: 'TimeToStart',
  TIME_TO_END: 'TimeToEnd',
  REPORTS_IGNORED: 'ReportsIgnored',
  OLDEST_OVERDUE_CHECK_AGE: 'OldestOverdueCheckAge',
} as const;

/** Dimensions of the metrics. Each combination of values is a metric that costs, so callers and processors choose none of them. */
export const DIMENSION = {
  /** The source of the TaskManager's events. All metrics have it. */
  TASK_MANAGER: 'TaskManager',
  TASK_TYPE: 'TaskType',
  ERROR_CODE: 'ErrorCode',
  REASON: 'Reason',
} as const;

/** Stands for all error codes that are not ours. */
export const OTHER_ERROR_CODE = 'Other';

const OWN_ERROR_CODES = new Set<string>(Object.values(ERROR_CODE));

/** Returns the value of the dimension `ErrorCode` for an error code. */
export function errorCodeDimension(code: string): string {
  return OWN_ERROR_CODES.has(code) ? code : OTHER_ERROR_CODE;
}

/** Why a report is ignored. */
export const IGNORED = {
  UNKNOWN_TASK: 'UnknownTask',
  OTHER_TASK_TYPE: 'OtherTaskType',
  /** The report is about an earlier task of the same id. */
  EARLIER_TASK: 'EarlierTask',
  TASK_ENDED: 'TaskEnded',
  STALE_SEQUENCE: 'StaleSequence',
} as const;

export type IgnoredReason = typeof IGNORED[keyof typeof IGNORED];

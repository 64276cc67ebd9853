import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { TraceContext } from '../../protocol/trace-context';
import { ERROR_CODE, isTerminal, TaskError, TaskProgress, TaskResultObject, TaskStatus } from '../../protocol/wire';

/**
 * A task as it is stored. `payload` and `result` are JSON text, so that they stay exactly as they came. The trace context is that of the
 * request that created the task; it is missing in tasks of earlier versions.
 */
export interface Task extends Partial<TraceContext> {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  /** Only the owner can read and cancel the task. Missing if all callers share their tasks. */
  readonly owner?: string;
  /** SHA-256 of the request's canonical JSON (RFC 8785). It shows whether another request with the same Idempotency-Key is the same. */
  readonly requestDigest?: string;
  /** Rises by one with each change of status or progress, and gives the order of the task's events. */
  readonly version: number;
  readonly payload?: string;
  /** Sort key of the payload's own item, if the payload is too long for the head. */
  readonly payloadItem?: string;
  readonly result?: string;
  /** Sort key of the result's own item, if the result is too long for the head. */
  readonly resultItem?: string;
  /** Object in the result bucket, if the processor put its result there. */
  readonly resultObject?: TaskResultObject;
  readonly error?: TaskError;
  readonly progress?: TaskProgress;
  /** `sequence` of the newest progress. */
  readonly sequence?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the task fails if it has not ended. */
  readonly deadlineAt: string;
  /** When the last RUNNING report arrived, even if it was stale. */
  readonly heartbeatAt?: string;
  /** How long after `heartbeatAt` the next report is due. Missing if the processor has not asked for that. */
  readonly heartbeatSeconds?: number;
  /** When the report that last cancelled the heartbeat was sent: the time of its event, in whole seconds. */
  readonly heartbeatCancelledAt?: string;
  /** When the sweeper checks the task next: no later than it can be overdue. Missing if the task has ended. */
  readonly checkAt?: string;
}

/** A request for a new task. */
export interface TaskRequest {
  readonly type: string;
  readonly payload?: unknown;
  readonly timeoutSeconds?: number;
}

export interface NewTaskOptions {
  readonly owner?: string;
  readonly idempotencyKey?: string;
  /** Time until the deadline if the request has no `timeoutSeconds`. */
  readonly taskTimeoutSeconds: number;
  readonly trace: TraceContext;
}

/** Makes a task from a request. */
export function newTask(request: TaskRequest, { owner, idempotencyKey, taskTimeoutSeconds, trace }: NewTaskOptions, now: Date): Task {
  const { type, payload, timeoutSeconds = taskTimeoutSeconds } = request;
  const createdAt = now.toISOString();
  const deadlineAt = secondsAfter(createdAt, timeoutSeconds);
  return {
    ...(idempotencyKey === undefined
      ? { taskId: randomUUID() }
      : { taskId: keyedTaskId(owner, idempotencyKey), requestDigest: sha256(canonicalize(request)!, 'base64url') }),
    type,
    status: 'PENDING',
    version: 1,
    ...(owner !== undefined && { owner }),
    ...(payload !== undefined && { payload: JSON.stringify(payload) }),
    createdAt,
    updatedAt: createdAt,
    deadlineAt,
    checkAt: deadlineAt,
    ...trace,
  };
}

/** Returns the one id of an owner and key, so that a second request finds the task of the first. The lengths make each pair unique. */
function keyedTaskId(owner: string | undefined, key: string): string {
  return sha256(`${owner === undefined ? '-' : `${owner.length}:${owner}`}${key.length}:${key}`, 'hex');
}

function sha256(text: string, encoding: 'hex' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}

/** Returns when a task is overdue if its processor reports nothing more. */
export function dueAt(task: Task): string {
  const heartbeatDueAt = heartbeatDue(task);
  return heartbeatDueAt !== undefined && heartbeatDueAt < task.deadlineAt ? heartbeatDueAt : task.deadlineAt;
}

/** Error of a task that is past its deadline. The message does not name the time: the sweeper ends a task without reading it. */
export const DEADLINE_ERROR: TaskError = { code: ERROR_CODE.TASK_TIMEOUT, message: 'the task did not end before its deadline' };

/** Returns the error with which an overdue task fails; undefined if the task is not overdue. */
export function overdueError(task: Task, now: Date): TaskError | undefined {
  if (isTerminal(task.status)) return undefined;
  const due = dueAt(task);
  if (now.toISOString() < due) return undefined;
  return due === task.deadlineAt
    ? DEADLINE_ERROR
    : { code: ERROR_CODE.HEARTBEAT_TIMEOUT, message: `the processor did not report for ${task.heartbeatSeconds} seconds` };
}

function heartbeatDue({ heartbeatAt, heartbeatSeconds }: Task): string | undefined {
  return heartbeatAt !== undefined && heartbeatSeconds !== undefined ? secondsAfter(heartbeatAt, heartbeatSeconds) : undefined;
}

function secondsAfter(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString();
}

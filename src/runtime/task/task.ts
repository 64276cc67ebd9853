import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { ERROR_CODE, isTerminal, TaskError, TaskProgress, TaskStatus } from '../../protocol/wire';

/** A task as the table holds it. `payload` and `result` are JSON text, so that they come back exactly as they went in. */
export interface Task {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  /** Who may read and cancel it. Missing in the space that callers without an owner share. */
  readonly owner?: string;
  /** Tells whether a request with the same Idempotency-Key is the same request: a SHA-256 of its canonical JSON (RFC 8785). */
  readonly requestDigest?: string;
  /** Rises by one with each change of status or progress, and orders the task's events. */
  readonly version: number;
  readonly payload?: string;
  /** The sort key of the item that holds the payload, if it is too long for the head. */
  readonly payloadItem?: string;
  readonly result?: string;
  /** The sort key of the item that holds the result, if it is too long for the head. */
  readonly resultItem?: string;
  readonly error?: TaskError;
  readonly progress?: TaskProgress;
  /** Of the newest progress. */
  readonly sequence?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the task fails if it has not ended before. */
  readonly deadlineAt: string;
  /** When the last RUNNING report came, a stale one too. */
  readonly heartbeatAt?: string;
  /** How long after `heartbeatAt` the next one is due. Missing as long as no processor asked for it. */
  readonly heartbeatSeconds?: number;
  /** When the sweeper looks at the task: never later than it can be overdue. Missing once it has ended. */
  readonly checkAt?: string;
}

/** What a client asks for. */
export interface TaskRequest {
  readonly type: string;
  readonly payload?: unknown;
  readonly timeoutSeconds?: number;
}

export interface NewTaskOptions {
  readonly owner?: string;
  readonly idempotencyKey?: string;
  /** The time that the task gets if the request asks for none. */
  readonly taskTimeoutSeconds: number;
}

export function newTask(request: TaskRequest, { owner, idempotencyKey, taskTimeoutSeconds }: NewTaskOptions, now: Date): Task {
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
  };
}

/** One id for each owner and key: a second request with the key meets the task of the first. The lengths keep pairs apart. */
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
  if (isTerminal(task.status) || now.toISOString() < dueAt(task)) return undefined;
  return dueAt(task) === task.deadlineAt
    ? DEADLINE_ERROR
    : { code: ERROR_CODE.HEARTBEAT_TIMEOUT, message: `the processor was not heard of for ${task.heartbeatSeconds} seconds` };
}

function heartbeatDue({ heartbeatAt, heartbeatSeconds }: Task): string | undefined {
  return heartbeatAt !== undefined && heartbeatSeconds !== undefined ? secondsAfter(heartbeatAt, heartbeatSeconds) : undefined;
}

function secondsAfter(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString();
}

import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { ERROR_CODE, isTerminal, TaskError, TaskProgress, TaskStatus, TaskUpdatedDetail } from '../../protocol/wire';
import { defectOf } from '../support/json';

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

export type TaskUpdate = TaskUpdatedDetail;

/** What a processor says of a task, or what is said in its place. */
export interface TaskReport {
  /** The type that the task must have. */
  readonly taskType: string;
  readonly update: TaskUpdate;
  /** When it was sent, to the second. */
  readonly reportedAt?: Date;
}

/** The longest `result`, as JSON text. Leaves room for the rest of the item (400 KB) and of the event (256 KB a call). */
export const MAX_RESULT_BYTES = 200 * 1024;

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

/** Ends a task whose result can't be stored, instead of leaving it open until its deadline. */
export function withStorableResult(update: TaskUpdate): TaskUpdate {
  if (update.status !== 'SUCCESSFUL' || update.result === undefined) return update;
  const defect = defectOf(update.result);
  if (defect !== undefined) return failure(update, { code: ERROR_CODE.INVALID_RESULT, message: `the result ${defect}` });
  const bytes = Buffer.byteLength(JSON.stringify(update.result));
  if (bytes <= MAX_RESULT_BYTES) return update;
  return failure(update, {
    code: ERROR_CODE.RESULT_TOO_LARGE,
    message: `the result has ${bytes} bytes, and at most ${MAX_RESULT_BYTES} are allowed: store it elsewhere and report where`,
  });
}

export function failure({ taskId, taskCreatedAt }: Pick<TaskUpdate, 'taskId' | 'taskCreatedAt'>, error: TaskError): TaskUpdate {
  return { taskId, ...(taskCreatedAt !== undefined && { taskCreatedAt }), status: 'FAILED', error };
}

/** When the task is overdue if nothing comes from its processor. */
export function dueAt(task: Task): string {
  const heartbeatDueAt = heartbeatDue(task);
  return heartbeatDueAt !== undefined && heartbeatDueAt < task.deadlineAt ? heartbeatDueAt : task.deadlineAt;
}

/** Without the time, which is `deadlineAt`: the sweeper ends a task without knowing it. */
export const PAST_DEADLINE = 'the task did not end before its deadline';

/** What a task fails with that has not ended in time; undefined for one that has ended, or still has time. */
export function timeout(task: Task, now: Date): TaskError | undefined {
  if (isTerminal(task.status) || now.toISOString() < dueAt(task)) return undefined;
  return dueAt(task) === task.deadlineAt
    ? { code: ERROR_CODE.TASK_TIMEOUT, message: PAST_DEADLINE }
    : { code: ERROR_CODE.HEARTBEAT_TIMEOUT, message: `the processor was not heard of for ${task.heartbeatSeconds} seconds` };
}

function heartbeatDue({ heartbeatAt, heartbeatSeconds }: Task): string | undefined {
  return heartbeatAt !== undefined && heartbeatSeconds !== undefined ? secondsAfter(heartbeatAt, heartbeatSeconds) : undefined;
}

function secondsAfter(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString();
}

/** The first time that a task can't be created at any more to be meant by a report: EventBridge tells times in whole seconds. */
export function reportedBefore(reportedAt: Date): string {
  return new Date(Math.floor(reportedAt.getTime() / 1000) * 1000 + 1000).toISOString();
}

/** Why a report can't change a task at all, given the task as it was when the report came; undefined if it may. */
export function whyRefused({ taskType, update: { taskCreatedAt }, reportedAt }: TaskReport, current: Task | undefined): string | undefined {
  if (!current) return 'unknown task';
  const { type, status, createdAt } = current;
  if (type !== taskType) return `the task's type is ${type}`;
  if (taskCreatedAt !== undefined && taskCreatedAt !== createdAt) return `the task was created at ${createdAt}, and the one that is meant at ${taskCreatedAt}`;
  if (taskCreatedAt === undefined && reportedAt && createdAt >= reportedBefore(reportedAt)) return `the task was created at ${createdAt}, after the report`;
  return isTerminal(status) ? `the task is ${status} already` : undefined;
}

/** Why the life cycle has no place for a report, given the task as it was when the report came. */
export function whyIgnored(report: TaskReport, current: Task | undefined): string {
  return whyRefused(report, current) ?? `the sequence is ${report.update.sequence ?? 'missing'}, and ${current?.sequence} was here before`;
}

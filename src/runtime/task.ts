import { TaskError, TaskProgress, TaskStatus, TaskUpdatedDetail } from '../protocol';

/** A task as the table holds it. `payload` and `result` are JSON text, so that they come back exactly as they went in. */
export interface Task {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  /** Rises by one with each change, and orders the task's events. */
  readonly version: number;
  readonly payload?: string;
  readonly result?: string;
  readonly error?: TaskError;
  readonly progress?: TaskProgress;
  /** Of the newest progress. */
  readonly sequence?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
}

export type TaskUpdate = TaskUpdatedDetail;

/** The longest `result`, as JSON text. Leaves room for the rest of the item (400 KB) and of the event (256 KB a call). */
export const MAX_RESULT_BYTES = 200 * 1024;

export function newTask(task: { taskId: string; type: string; payload?: unknown }, now: Date): Task {
  const createdAt = now.toISOString();
  return {
    taskId: task.taskId,
    type: task.type,
    status: 'PENDING',
    version: 1,
    ...(task.payload !== undefined && { payload: JSON.stringify(task.payload) }),
    createdAt,
    updatedAt: createdAt,
  };
}

/** Ends a task whose result can't be stored, instead of leaving it open for good. */
export function withStorableResult(update: TaskUpdate): TaskUpdate {
  if (update.status !== 'SUCCESSFUL' || update.result === undefined) return update;
  const bytes = Buffer.byteLength(JSON.stringify(update.result));
  if (bytes <= MAX_RESULT_BYTES) return update;
  return {
    taskId: update.taskId,
    status: 'FAILED',
    error: {
      code: 'ResultTooLarge',
      message: `the result has ${bytes} bytes, and at most ${MAX_RESULT_BYTES} are allowed: store it elsewhere and report where`,
    },
  };
}

export function isTerminal(status: TaskStatus): boolean {
  return status === 'SUCCESSFUL' || status === 'FAILED';
}

/** Why the life cycle has no place for an update, given the task as it was when the update came. */
export function whyIgnored(update: TaskUpdate, taskType: string, current: Task | undefined): string {
  if (!current) return 'unknown task';
  if (current.type !== taskType) return `the task's type is ${current.type}`;
  if (isTerminal(current.status)) return `the task is ${current.status} already`;
  return `the sequence is ${update.sequence}, and ${current.sequence} was here before`;
}

/** Seconds until the next poll is worth its while: a tenth of the task's age, from 1 second up to 30. */
export function retryAfterSeconds(task: Task, now: Date): number {
  const ageSeconds = (now.getTime() - Date.parse(task.createdAt)) / 1000;
  return Math.min(30, Math.max(1, Math.round(ageSeconds / 10)));
}

/** The task as the HTTP API shows it. */
export function toRepresentation(task: Task): object {
  const { taskId, type, status, progress, payload, result, error, createdAt, updatedAt, startedAt, endedAt } = task;
  return {
    taskId,
    type,
    status,
    progress,
    payload: parseIfPresent(payload),
    result: parseIfPresent(result),
    error,
    createdAt,
    updatedAt,
    startedAt,
    endedAt,
    history: history(task),
  };
}

/** A task enters a status once at most, so its times tell the whole history. */
function history({ status, createdAt, startedAt, endedAt }: Task): { status: TaskStatus; at: string }[] {
  return [
    { status: 'PENDING', at: createdAt },
    ...(startedAt ? [{ status: 'RUNNING' as const, at: startedAt }] : []),
    ...(endedAt ? [{ status, at: endedAt }] : []),
  ];
}

export function parseIfPresent(json: string | undefined): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

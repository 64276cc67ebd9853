import { ResultUrl } from './result-urls';
import { TaskStatus } from '../../protocol/wire';
import { parseIfPresent } from '../support/json';
import { Task } from '../task/task';

/** Returns how many seconds to wait before the next poll: a tenth of the task's age, at least 1 and at most 30. */
export function retryAfterSeconds(task: Pick<Task, 'createdAt'>, now: Date): number {
  const ageSeconds = (now.getTime() - Date.parse(task.createdAt)) / 1000;
  return Math.min(30, Math.max(1, Math.round(ageSeconds / 10)));
}

/** How long a 304 may confirm the URL of a result. It is valid three times as long, so the caller has time to download the result. */
const RESULT_URL_FRESH_MS = 5 * 60_000;

/**
 * Returns the ETag of a task, which changes whenever its representation does (RFC 9110, section 8.8.3). That of a task with the URL of a
 * result also changes in time, so that a 304 never confirms a URL that has expired.
 */
export function entityTag({ version, resultObject }: Task, now: Date): string {
  return resultObject ? `"${version}.${Math.floor(now.getTime() / RESULT_URL_FRESH_MS)}"` : `"${version}"`;
}

/** Returns a task as the HTTP API represents it. */
export function taskRepresentation(task: Task, resultUrl?: ResultUrl): object {
  const { taskId, type, status, progress, payload, result, error, createdAt, updatedAt, startedAt, endedAt, deadlineAt } = task;
  return {
    taskId,
    type,
    status,
    progress,
    payload: parseIfPresent(payload),
    result: parseIfPresent(result),
    ...resultUrl,
    error,
    createdAt,
    updatedAt,
    startedAt,
    endedAt,
    deadlineAt,
    history: history(task),
  };
}

/** Returns a task as lists represent it: without payload and result, so that pages stay small. */
export function taskSummary(task: Task): object {
  return taskRepresentation({ ...task, payload: undefined, result: undefined });
}

/** A task enters each status at most once, so its times are its whole history. */
function history({ status, createdAt, startedAt, endedAt }: Task): { status: TaskStatus; at: string }[] {
  return [
    { status: 'PENDING', at: createdAt },
    ...(startedAt ? [{ status: 'RUNNING' as const, at: startedAt }] : []),
    ...(endedAt ? [{ status, at: endedAt }] : []),
  ];
}

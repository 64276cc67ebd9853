import { TaskStatus } from '../../protocol/wire';
import { parseIfPresent } from '../support/json';
import { Task } from '../task/task';

/** Seconds until the next poll is worth its while: a tenth of the task's age, from 1 second up to 30. */
export function retryAfterSeconds(task: Task, now: Date): number {
  const ageSeconds = (now.getTime() - Date.parse(task.createdAt)) / 1000;
  return Math.min(30, Math.max(1, Math.round(ageSeconds / 10)));
}

/** Changes whenever what the HTTP API shows of the task does (RFC 9110, section 8.8.3). */
export function entityTag({ version }: Task): string {
  return `"${version}"`;
}

/** The task as the HTTP API shows it. */
export function taskRepresentation(task: Task): object {
  const { taskId, type, status, progress, payload, result, error, createdAt, updatedAt, startedAt, endedAt, deadlineAt } = task;
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
    deadlineAt,
    history: history(task),
  };
}

/** A task as the lists show it. Pages stay small: payloads and results are read with their tasks. */
export function taskSummary(task: Task): object {
  return taskRepresentation({ ...task, payload: undefined, result: undefined });
}

/** A task enters a status once at most, so its times tell the whole history. */
function history({ status, createdAt, startedAt, endedAt }: Task): { status: TaskStatus; at: string }[] {
  return [
    { status: 'PENDING', at: createdAt },
    ...(startedAt ? [{ status: 'RUNNING' as const, at: startedAt }] : []),
    ...(endedAt ? [{ status, at: endedAt }] : []),
  ];
}

import { versionOf } from '../../client/src/live';
import type { TaskSummary } from '../../client/src/task';
import { EVENT, isTerminal, TaskStatus } from '../../src/protocol/wire';

/** A status that a task has had, and the event that announced it. */
export interface TimelineEntry {
  readonly status: TaskStatus;
  readonly at: string;
  /** Detail type of its event. */
  readonly eventType: string;
  /** Version in its event: listeners drop an event whose `taskId` and `version` they know. Missing if it is not known. */
  readonly version?: number;
  /** What the task did until the next status, and for how long. Missing in the last entry of a task that has ended. */
  readonly then?: { readonly verb: 'waited' | 'waiting' | 'ran' | 'running'; readonly ms: number };
}

/** @param etag that of the response with this task: it has the version */
export function timeline({ history }: Pick<TaskSummary, 'history'>, etag: string | undefined, now: number): TimelineEntry[] {
  return history.map(({ status, at }, index) => {
    const next = history[index + 1];
    const ms = (next ? Date.parse(next.at) : now) - Date.parse(at);
    const verb = status === 'PENDING' ? next ? 'waited' : 'waiting' : next ? 'ran' : 'running';
    return {
      status,
      at,
      eventType: status === 'PENDING' ? EVENT.CREATED : EVENT[status] ?? EVENT.UPDATED,
      version: versionInEvent(status, index, etag),
      then: isTerminal(status) ? undefined : { verb, ms },
    };
  });
}

function versionInEvent(status: TaskStatus, index: number, etag?: string): number | undefined {
  const version = isTerminal(status) ? versionOf(etag) : index + 1;
  return Number.isNaN(version) ? undefined : version;
}

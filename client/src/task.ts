import type { TaskError, TaskProgress, TaskStatus } from '../../src/protocol/wire';

export type { TaskError, TaskProgress, TaskStatus };

/** A task as lists show it. Times are ISO 8601, in UTC. */
export interface TaskSummary {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly progress?: TaskProgress;
  /** Present if the task is `FAILED`. */
  readonly error?: TaskError;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Time at which the task fails if it has not ended before. */
  readonly deadlineAt: string;
  /** Statuses of the task so far, oldest first. */
  readonly history: ReadonlyArray<{ readonly status: TaskStatus; readonly at: string }>;
}

/** A task with its payload and its result. */
export interface Task<Result = unknown> extends TaskSummary {
  readonly payload?: unknown;
  /** Present if the task is `SUCCESSFUL` and its processor returned a result. */
  readonly result?: Result;
  /** URL that downloads the result if its processor put it into the result bucket. Everyone who has the URL can use it. */
  readonly resultUrl?: string;
  /** `resultUrl` does not work after this time. It can expire a little sooner. */
  readonly resultUrlExpiresAt?: string;
}

/** One page of a list of tasks. */
export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  /** Token of the next page. Missing on the last page. A page before the last one can be empty. */
  readonly nextToken?: string;
}

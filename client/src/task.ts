/** Where a task is in its life. Nothing follows `SUCCESSFUL`, `FAILED` and `CANCELLED`. */
export type TaskStatus = 'PENDING' | 'RUNNING' | 'SUCCESSFUL' | 'FAILED' | 'CANCELLED';

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

/** A task as the lists show it. Times are ISO 8601, in UTC. */
export interface TaskSummary {
  readonly taskId: string;
  readonly type: string;
  readonly status: TaskStatus;
  readonly progress?: TaskProgress;
  /** Of a task that is `FAILED`. */
  readonly error?: TaskError;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the task fails if it has not ended before. */
  readonly deadlineAt: string;
  /** The statuses that the task has been in, oldest first. */
  readonly history: ReadonlyArray<{ readonly status: TaskStatus; readonly at: string }>;
}

/** A task with all there is to know about it. */
export interface Task<Result = unknown> extends TaskSummary {
  readonly payload?: unknown;
  /** Of a task that is `SUCCESSFUL`, if its processor gave one. */
  readonly result?: Result;
}

/** A part of the list of tasks. */
export interface TaskPage {
  readonly tasks: readonly TaskSummary[];
  /** Asks for the next page. As long as there is one the list goes on, also after a page that is empty. */
  readonly nextToken?: string;
}

import type { TaskLiveUpdates } from './task-live-updates';

/**
 * Configures the outputs of a TaskManager.
 */
export interface TaskOutputsOptions {
  /**
   * The name of the TaskManager, with which the names of its outputs begin. It tells the TaskManagers of a stack apart.
   *
   * A letter, then up to 199 letters and digits.
   *
   * @default - the id of the TaskManager, without all other characters
   */
  readonly outputName?: string;

  /**
   * The live updates of the TaskManager, which must be in the same stack.
   *
   * @default - no outputs of live updates. Pass their URL to the command line with `--live-url`
   */
  readonly liveUpdates?: TaskLiveUpdates;
}

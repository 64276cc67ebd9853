import { Execution } from './executions';
import { WorkTask } from '../../protocol/work';

/** A kind of work that a state machine, the wrapper, runs for a task. */
export interface Work {
  /** Returns the input of the wrapper; undefined if the task is too long for it. */
  inputFor(task: WorkTask): string | undefined;

  /**
   * Stops the work of a wrapper that has stopped.
   *
   * Throws if it is not sure that nothing runs any more.
   *
   * @param wrapper the wrapper as it was before it was stopped
   */
  stop(name: string, wrapper: Execution, cause: string): Promise<void>;
}

/** After this time, a wrapper has started its work, or has failed to. Before, a request to start it can be under way. */
const START_MS = 10_000;

/** Whether a request of a wrapper to start its work can still be under way, although the wrapper has been stopped. */
export function mayStillStart({ isRunning, ageMs }: Execution): boolean {
  return isRunning && ageMs < START_MS;
}

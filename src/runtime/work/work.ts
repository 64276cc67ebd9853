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
   * @param wrapper the wrapper as it was before it was stopped. If it was running, a request to start the work can still be under way
   */
  stop(name: string, wrapper: Execution, cause: string): Promise<void>;
}

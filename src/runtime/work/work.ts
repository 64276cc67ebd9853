import { WorkTask } from '../../protocol/work';

/** A kind of work that a state machine, the wrapper, runs for a task. */
export interface Work {
  /** Returns the input of the wrapper; undefined if the task is too long for it. */
  inputFor(task: WorkTask): string | undefined;

  /**
   * Stops the work of a wrapper that has ended. A request to start it can still be under way, and the service may not know it at once.
   *
   * Throws if it is not sure that nothing runs any more.
   */
  stop(name: string, cause: string): Promise<void>;
}

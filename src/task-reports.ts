import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { progressState } from './private/processor/progress-state';

/**
 * Progress to report.
 */
export interface TaskProgressOptions {
  /**
   * How much of the work is done, from 0 to 100.
   *
   * @default - no percentage
   */
  readonly percent?: number;

  /**
   * How much of the work is done, as JSONata without delimiters, for example `$states.input.done / $states.input.total * 100`. Can't be
   * with `percent`.
   *
   * @default - no percentage
   */
  readonly percentExpression?: string;

  /**
   * What the work does, at most 1,024 characters.
   *
   * @default - no message
   */
  readonly message?: string;
}

/**
 * States that report from the state machine of a `StateMachineTaskProcessor`.
 */
export class TaskReports {
  /**
   * Defines a state that reports progress. Its output is its input.
   *
   * It works in state machines with JSONPath and with JSONata. The input of the execution must be that of a `StateMachineTaskProcessor`.
   * If the report can't be sent, the state machine goes on with the next state. Without one, the execution and the task would fail.
   *
   * Throws if there is neither a percentage nor a message, or the percentage is not one.
   *
   * @param scope The parent construct.
   * @param id The id of the state.
   * @param options The progress.
   */
  public static progress(scope: Construct, id: string, options: TaskProgressOptions): sfn.CustomState {
    return progressState(scope, id, options);
  }

  private constructor() {}
}

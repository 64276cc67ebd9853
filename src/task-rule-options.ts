import * as events from 'aws-cdk-lib/aws-events';

/**
 * Selects the tasks whose events a pattern matches.
 */
export interface TaskEventPatternOptions {
  /**
   * The task type to match. The TaskManager must accept it.
   *
   * @default - tasks of all types
   */
  readonly taskType?: string;
}

/**
 * Configures a rule that `taskManager.onTaskCreated()` or one of its siblings defines.
 */
export interface TaskRuleOptions extends events.OnEventOptions, TaskEventPatternOptions {}

import * as events from 'aws-cdk-lib/aws-events';

/**
 * Says which of a TaskManager's events a pattern shall match.
 */
export interface TaskEventPatternOptions {
  /**
   * The one type of tasks to match, as it was given on creation.
   *
   * @default - tasks of every type
   */
  readonly taskType?: string;
}

/**
 * Says which events a rule of `taskManager.onTaskCreated()` and its like is for, and where they go.
 */
export interface TaskRuleOptions extends events.OnEventOptions, TaskEventPatternOptions {}

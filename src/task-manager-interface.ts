import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { TaskRuleOptions } from './task-rule-options';

/**
 * Represents a TaskManager: one of this app, or one that was deployed by another.
 */
export interface ITaskManager extends IConstruct {
  /**
   * The types of tasks that are accepted, by which those of processors, rules and grants are checked.
   *
   * @default - every type is
   */
  readonly acceptedTaskTypes?: string[];

  /**
   * The bus that carries the tasks' events.
   */
  readonly eventBus: events.IEventBus;

  /**
   * The `source` of the events, unique to this TaskManager.
   */
  readonly eventSource: string;

  /**
   * The longest time from a task's creation to its end.
   */
  readonly taskTimeout: Duration;

  /**
   * Takes the events that EventBridge could not deliver to a processor, whose tasks then fail.
   */
  readonly undeliveredQueue: sqs.IQueue;

  /**
   * Grants the right to create tasks over the API, where it asks for IAM authorization.
   *
   * Throws when the TaskManager was imported without its `restApiId`.
   *
   * @param grantee Who gets the right.
   */
  grantCreate(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants the right to read and list tasks over the API, where it asks for IAM authorization.
   *
   * Throws when the TaskManager was imported without its `restApiId`.
   *
   * @param grantee Who gets the right.
   */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants the right to cancel tasks over the API, where it asks for IAM authorization.
   *
   * Throws when the TaskManager was imported without its `restApiId`.
   *
   * @param grantee Who gets the right.
   */
  grantCancel(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants the right to report on tasks of one type: to put `TaskUpdatedEvent` on the bus with that type's source, and
   * nothing else. A `TaskProcessor` does this for its function.
   *
   * @param grantee Who gets the right.
   * @param taskType The type of tasks.
   */
  grantUpdate(grantee: iam.IGrantable, taskType: string): iam.Grant;

  /**
   * Defines a rule for `TaskCreatedEvent`: a task was accepted.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskCreated(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskRunningEvent`: the work on a task has begun.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskRunning(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskSuccessfulEvent`: a task ended well.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskSuccessful(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskFailedEvent`: a task ended with an error.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskFailed(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskCancelledEvent`: a task was cancelled, and the work on it can stop.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskCancelled(id: string, options?: TaskRuleOptions): events.Rule;
}

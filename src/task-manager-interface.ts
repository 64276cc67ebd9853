import { Duration, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { ReportsIgnoredMetricOptions, TaskFailedMetricOptions, TaskMetricOptions } from './task-metrics';
import { TaskResourceOptions } from './task-resource-options';
import { TaskRuleOptions } from './task-rule-options';

/**
 * Represents a TaskManager that this app defines or imports.
 */
export interface ITaskManager extends IConstruct {
  /**
   * The task types that the API accepts. Processors, rules and grants for other types fail at synthesis.
   *
   * @default - all task types
   */
  readonly acceptedTaskTypes?: string[];

  /**
   * The event bus that carries the events of the tasks.
   */
  readonly eventBus: events.IEventBus;

  /**
   * The `source` of the events. Each TaskManager has its own.
   */
  readonly eventSource: string;

  /**
   * How long CloudWatch keeps the logs of the TaskManager's functions and, by default, of its processors' reporters.
   */
  readonly logRetention: logs.RetentionDays;

  /**
   * The maximum size of a request that creates a task. `undefined` if it is not known, because the TaskManager is imported.
   */
  readonly maxRequestSize?: Size;

  /**
   * Whether there are metrics of each task type.
   */
  readonly metricsByTaskType: boolean;

  /**
   * What the functions, queues and log groups of the TaskManager and of its processors have in common: encryption, network and tracing.
   * `securityGroups` contains the security group of the TaskManager's own, if it has made one.
   */
  readonly resourceOptions: TaskResourceOptions;

  /**
   * The bucket for results of any size.
   *
   * @default - no bucket
   */
  readonly resultBucket?: s3.IBucket;

  /**
   * The function that answers processors with the status of their task, so that work on a task that has ended can stop. Processors can
   * invoke it with `{ taskId, taskType, createdAt }`, and it answers `{ status }`.
   *
   * @default - an imported TaskManager without `statusReaderArn`: its processors can't stop work on cancelled tasks
   */
  readonly statusReader?: lambda.IFunction;

  /**
   * The maximum time from the creation of a task to its end.
   */
  readonly taskTimeout: Duration;

  /**
   * The queue of the events that EventBridge could not deliver to a processor. Their tasks fail.
   */
  readonly undeliveredQueue: sqs.IQueue;

  /**
   * Grants permission to create tasks through the API. Needed only if the API uses IAM authorization.
   *
   * Throws if the TaskManager is imported without its `restApiId`.
   *
   * @param grantee The principal to grant permission to.
   */
  grantCreate(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to read and list tasks through the API. Needed only if the API uses IAM authorization.
   *
   * Throws if the TaskManager is imported without its `restApiId`.
   *
   * @param grantee The principal to grant permission to.
   */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to cancel tasks through the API. Needed only if the API uses IAM authorization.
   *
   * Throws if the TaskManager is imported without its `restApiId`.
   *
   * @param grantee The principal to grant permission to.
   */
  grantCancel(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants permission to report on tasks of one type, and to ask for their status. A `TaskProcessor` does this for its function.
   *
   * The grantee can put events of type `TaskUpdatedEvent` on the bus, with the source of this task type only, and invoke `statusReader`.
   * If the TaskManager has a `resultBucket`, the grantee can also put objects below `tasks/<type>/` there.
   *
   * Throws if the TaskManager does not accept the task type.
   *
   * @param grantee The principal to grant permission to.
   * @param taskType The task type.
   */
  grantUpdate(grantee: iam.IGrantable, taskType: string): iam.Grant;

  /**
   * Defines a rule for `TaskCreatedEvent`: the API accepted a task.
   *
   * @param id The id of the rule.
   * @param options The tasks to match, and the target of the rule.
   */
  onTaskCreated(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskRunningEvent`: a processor started work on a task.
   *
   * @param id The id of the rule.
   * @param options The tasks to match, and the target of the rule.
   */
  onTaskRunning(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskSuccessfulEvent`: a task ended successfully.
   *
   * @param id The id of the rule.
   * @param options The tasks to match, and the target of the rule.
   */
  onTaskSuccessful(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskFailedEvent`: a task ended with an error.
   *
   * @param id The id of the rule.
   * @param options The tasks to match, and the target of the rule.
   */
  onTaskFailed(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskCancelledEvent`: a caller cancelled a task, and the work on it can stop.
   *
   * @param id The id of the rule.
   * @param options The tasks to match, and the target of the rule.
   */
  onTaskCancelled(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Returns the metric of created tasks. By default, their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricCreated(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of tasks that became RUNNING. By default, their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricStarted(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of tasks that became SUCCESSFUL. By default, their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricSucceeded(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of tasks that became FAILED. By default, their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricFailed(options?: TaskFailedMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of tasks that became CANCELLED. By default, their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricCancelled(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of tasks that failed at their deadline or for lack of a heartbeat. They are also counted as failed. By default,
   * their number in five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricTimedOut(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of the time, in milliseconds, from the creation of a task until it became RUNNING. By default, the average over five
   * minutes. A task that ends without a report of RUNNING has no value.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricTimeToStart(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of the time, in milliseconds, from the creation of a task to its end. By default, the average over five minutes.
   *
   * Throws if the TaskManager has no metrics of the task type.
   *
   * @param options The properties of the metric that differ from the defaults, and the tasks that it is about.
   */
  metricTimeToEnd(options?: TaskMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of the reports of processors that changed nothing. By default, their number in five minutes.
   *
   * @param options The properties of the metric that differ from the defaults, and the reason of the reports.
   */
  metricReportsIgnored(options?: ReportsIgnoredMetricOptions): cloudwatch.Metric;

  /**
   * Returns the metric of the age, in seconds, of the oldest check that was due when a sweep began. It has a value only in minutes in which
   * checks were due. By default, the maximum in five minutes.
   *
   * If sweeps keep up, it is at most a minute. It rises if they don't, and overdue tasks stay open.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  metricOldestOverdueCheckAge(props?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

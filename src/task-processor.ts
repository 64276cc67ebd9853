import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AsynchronousInvocation } from './private/processor/asynchronous-invocation';
import { eventAge } from './private/processor/event-age';
import { roleOf, validateInvokable, warnOfTimeout } from './private/processor/handler';
import { permissionsToPutResults, permissionToInvoke, permissionToReport } from './private/processor/permission';
import { RolePermissions } from './private/processor/role-permissions';
import { TaskCreatedRule } from './private/processor/task-created-rule';
import { validateWholeNumber } from './private/validation/limits';
import { validateSameEnvironment } from './private/validation/same-environment';
import { validateTaskType } from './private/validation/task-type';
import { ITaskManager } from './task-manager-interface';

/**
 * Configures a `TaskProcessor`.
 */
export interface TaskProcessorProps {
  /**
   * The TaskManager whose tasks to process. It must be in the same account and region as the processor.
   */
  readonly taskManager: ITaskManager;

  /**
   * The task type to process: a letter, then up to 63 letters, digits, `.`, `_` and `-`. The TaskManager must accept it.
   */
  readonly taskType: string;

  /**
   * The function that does the work. It must be in the same account and region as the processor.
   *
   * EventBridge invokes the function asynchronously with each `TaskCreatedEvent` of the task type, and may deliver an event more than once.
   * `event.detail.reportTo` says where to send reports (`TaskUpdatedEvent`).
   *
   * Import an existing function with its role: `Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })`.
   */
  readonly handler: lambda.IFunction;

  /**
   * Maximum number of times that Lambda retries when the function fails, from 0 to 2.
   *
   * If the last attempt fails, the task fails with the code `ProcessorFailed`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * Maximum time that Lambda keeps an event for the function, including retries. From 60 seconds to 6 hours, and at most the
   * TaskManager's `taskTimeout`.
   *
   * After that, the task fails with the code `DeliveryFailed`, or `ProcessorFailed` if the function has failed before.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   * @default - 6 hours or the TaskManager's `taskTimeout`, the shorter one. If processors of several TaskManagers share the function, the
   * longest of their defaults
   */
  readonly maxEventAge?: Duration;

  /**
   * Maximum number of times that EventBridge retries to deliver an event to Lambda, from 0 to 185.
   *
   * If the last attempt fails, the task fails with the code `DeliveryFailed`.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   * @default 185
   */
  readonly deliveryRetryAttempts?: number;

  /**
   * Maximum time that EventBridge tries to deliver an event to Lambda. From 60 seconds to 24 hours, and at most the TaskManager's
   * `taskTimeout`.
   *
   * After that, the task fails with the code `DeliveryFailed`.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   * @default - 24 hours or the TaskManager's `taskTimeout`, the shorter one
   */
  readonly deliveryMaxEventAge?: Duration;

  /**
   * Whether a task ends when the function returns, with the return value as its result.
   *
   * The function then needs no code that reports, in any language. It can still report progress.
   *
   * @default false
   */
  readonly completeOnReturn?: boolean;

  /**
   * How long CloudWatch keeps the logs of `reporter`. Processors with the same function share it, and must have the same value.
   *
   * @default - the TaskManager's `logRetention`. If processors of several TaskManagers share the function, the longest one
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Invokes a Lambda function for each task of one type, and grants it permission to report on these tasks.
 *
 * A task fails if its event can't be delivered to the function, or if the function fails and its retries are used up. For this, the
 * processor configures the asynchronous invocation of the function. It changes nothing else in the function.
 *
 * Throws if the function can't be granted permissions because of the way it is imported, if its asynchronous invocation is already
 * configured, or if another processor has the same function and the same tasks.
 *
 * @example
 * declare const taskManager: TaskManager;
 * declare const exportFunction: lambda.Function;
 * new TaskProcessor(this, 'Export', { taskManager, taskType: 'export', handler: exportFunction });
 */
export class TaskProcessor extends Construct {
  /**
   * The rule that delivers `TaskCreatedEvent`s of the task type to the function.
   */
  public readonly rule: events.Rule;

  /**
   * The function that reports how the handler ended. All processors with the same handler share it.
   */
  public readonly reporter: lambda.Function;

  /**
   * Defines a TaskProcessor.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The tasks to process, and the function that processes them.
   */
  constructor(scope: Construct, id: string, props: TaskProcessorProps) {
    super(scope, id);
    const { taskManager, taskType, handler } = props;
    const maxEventAge = eventAge('maxEventAge', props.maxEventAge, Duration.hours(6), taskManager.taskTimeout);
    const deliveryMaxEventAge = eventAge('deliveryMaxEventAge', props.deliveryMaxEventAge, Duration.hours(24), taskManager.taskTimeout);
    validateWholeNumber('retryAttempts', props.retryAttempts, 0, 2);
    validateWholeNumber('deliveryRetryAttempts', props.deliveryRetryAttempts, 0, 185);
    validateSameEnvironment('handler', handler.env, 'processor', Stack.of(this));
    validateSameEnvironment('taskManager', Stack.of(taskManager), 'processor', Stack.of(this));
    validateSameEnvironment('taskManager', taskManager.eventBus.env, 'processor', Stack.of(this));

    validateTaskType(taskType, taskManager.acceptedTaskTypes);
    const role = roleOf(handler);
    const toReport = permissionToReport(taskManager, taskType);
    const toPutResults = taskManager.resultBucket ? permissionsToPutResults(taskManager.resultBucket, taskType) : [];

    const { config, permissions, reporter } = AsynchronousInvocation.of(this, handler, toReport.item, {
      retryAttempts: props.retryAttempts ?? 2,
      maxEventAge: { value: maxEventAge, isGiven: props.maxEventAge !== undefined },
      completeOnReturn: props.completeOnReturn ?? false,
      logRetention: { value: props.logRetention ?? taskManager.logRetention, isGiven: props.logRetention !== undefined },
    });
    const rule = new TaskCreatedRule(this, 'Rule', {
      taskManager,
      taskType,
      target: (delivery) => permissions.target(this, taskManager.eventBus, delivery),
      retryAttempts: props.deliveryRetryAttempts ?? 185,
      maxEventAge: deliveryMaxEventAge,
    });
    validateInvokable(handler);
    warnOfTimeout(this, handler, taskManager.taskTimeout);

    const granted = RolePermissions.of(this, role).allow(this, toReport, permissionToInvoke(reporter), ...toPutResults);
    const [, start] = granted;
    const [reporterReport] = reporter.permissions.allow(this, toReport);

    // Lambda refuses a destination that the function's role can't invoke.
    config.node.addDependency(...start);
    // No task may reach the function before it can report and its failures are reported.
    rule.node.addDependency(...granted.flat(), ...reporterReport, ...permissions.dependablesOf(taskManager.eventBus), config);
    this.rule = rule;
    this.reporter = reporter;
  }
}

import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AsynchronousInvocation } from './private/processor/asynchronous-invocation';
import { eventAge } from './private/processor/event-age';
import { grantableRole, validateSameEnvironment } from './private/processor/function-checks';
import { TaskCreatedRule } from './private/processor/task-created-rule';
import { validateWholeNumber } from './private/validation/limits';
import { ITaskManager } from './task-manager-interface';

/**
 * Configures a `TaskProcessor`.
 */
export interface TaskProcessorProps {
  /**
   * Whose tasks to process. The processor, the TaskManager and the function are in the same account and region.
   */
  readonly taskManager: ITaskManager;

  /**
   * The type of the tasks to process, as it is given on creation.
   *
   * A letter, then up to 63 letters, digits, `.`, `_` and `-`.
   */
  readonly taskType: string;

  /**
   * The function that does the work. It is invoked asynchronously with each `TaskCreatedEvent` of the type, and finds in
   * `event.detail.reportTo` where to send its `TaskUpdatedEvent`s. It may get an event more than once.
   *
   * An imported function must have a role: `Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })`.
   */
  readonly handler: lambda.IFunction;

  /**
   * How often Lambda tries again when the function fails, from 0 to 2. When all attempts are used up, the task fails with code
   * `ProcessorFailed`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * How long Lambda keeps an event for the function, retries included: from 60 seconds to 6 hours, and no longer than a task may
   * take. After that, the task fails with code `DeliveryFailed`, or `ProcessorFailed` if the function had failed.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
   * @default - 6 hours, or the TaskManager's `taskTimeout` if that is shorter
   */
  readonly maxEventAge?: Duration;

  /**
   * How often EventBridge tries again to hand an event to Lambda, from 0 to 185. After that, the task fails with code
   * `DeliveryFailed`.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   * @default 185
   */
  readonly deliveryRetryAttempts?: number;

  /**
   * How long EventBridge tries to hand an event to Lambda: from 60 seconds to 24 hours, and no longer than a task may take. After
   * that, the task fails with code `DeliveryFailed`.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
   * @default - 24 hours, or the TaskManager's `taskTimeout` if that is shorter
   */
  readonly deliveryMaxEventAge?: Duration;

  /**
   * Whether a task ends when the function returns, with what it returns as the result. A function in any language then needs to
   * report nothing; it may still report how it is doing.
   *
   * @default false
   */
  readonly completeOnReturn?: boolean;
}

/**
 * Hands the tasks of one type to a function, and lets that function report on them.
 *
 * A task that the function can't be given, or fails at for good, ends as FAILED. For that, the processor sets the function's
 * configuration for asynchronous invocation, and changes nothing else in it.
 *
 * Throws when the function is imported in a way that leaves it without the rights it needs, or has a configuration for asynchronous
 * invocation already.
 *
 * @example
 * declare const taskManager: TaskManager;
 * declare const exportFunction: lambda.Function;
 * new TaskProcessor(this, 'Export', { taskManager, taskType: 'export', handler: exportFunction });
 */
export class TaskProcessor extends Construct {
  /**
   * The rule that passes the type's `TaskCreatedEvent`s on to the function.
   */
  public readonly rule: events.Rule;

  /**
   * Defines a TaskProcessor.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props Whose tasks, of which type, and what processes them.
   */
  constructor(scope: Construct, id: string, props: TaskProcessorProps) {
    super(scope, id);
    const { taskManager, taskType, handler } = props;
    const maxEventAge = eventAge('maxEventAge', props.maxEventAge, Duration.hours(6), taskManager.taskTimeout);
    const deliveryMaxEventAge = eventAge('deliveryMaxEventAge', props.deliveryMaxEventAge, Duration.hours(24), taskManager.taskTimeout);
    validateWholeNumber('retryAttempts', props.retryAttempts, 0, 2);
    validateWholeNumber('deliveryRetryAttempts', props.deliveryRetryAttempts, 0, 185);
    validateSameEnvironment(this, handler);

    const rule = new TaskCreatedRule(this, 'Rule', {
      taskManager,
      taskType,
      target: (delivery) => new targets.LambdaFunction(handler, delivery),
      retryAttempts: props.deliveryRetryAttempts ?? 185,
      maxEventAge: deliveryMaxEventAge,
    });
    const invocation = AsynchronousInvocation.of(this, handler, {
      retryAttempts: props.retryAttempts ?? 2,
      maxEventAge,
      completeOnReturn: props.completeOnReturn ?? false,
    });
    taskManager.grantUpdate(invocation.reporter, taskType);

    // Not the function's default policy: that may be in another stack, which would then depend on this one.
    const policy = new iam.Policy(this, 'Policy', { roles: [grantableRole(handler)] });
    taskManager.grantUpdate(policy, taskType);
    policy.addStatements(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [invocation.reporter.functionArn] }));

    // Lambda refuses a destination that the function's role may not invoke.
    invocation.config.node.addDependency(policy);
    // No task shall reach the function before it may report, and its failures are looked after.
    rule.node.addDependency(policy, invocation.config);
    this.rule = rule;
  }
}

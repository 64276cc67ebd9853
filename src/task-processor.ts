import { Duration, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ProcessorReporter } from './private/processor/processor-reporter';
import { requireDuration, requireWholeNumber } from './private/validation/limits';
import { TaskEvents } from './task-events';
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
    const ages = eventAges(props);
    requireWholeNumber('retryAttempts', props.retryAttempts, 0, 2);
    requireWholeNumber('deliveryRetryAttempts', props.deliveryRetryAttempts, 0, 185);
    requireSameEnvironment(this, handler);
    requireNoAsyncConfig(handler);

    this.rule = new events.Rule(this, 'Rule', {
      description: `Hands tasks of type ${taskType} to their processor`,
      eventBus: taskManager.eventBus,
      eventPattern: TaskEvents.created(taskManager, { taskType }),
      targets: [new targets.LambdaFunction(handler, {
        retryAttempts: props.deliveryRetryAttempts ?? 185,
        maxEventAge: ages.delivery,
        // By its ARN: the queue's own policy admits this rule, and the TaskManager's stack needs to know nothing of this one.
        deadLetterQueue: sqs.Queue.fromQueueArn(this, 'Undelivered', taskManager.undeliveredQueue.queueArn),
      })],
    });

    const reporter = ProcessorReporter.for(this, handler, {
      retryAttempts: props.retryAttempts ?? 2,
      maxEventAge: ages.invocation,
      completeOnReturn: props.completeOnReturn ?? false,
    });
    taskManager.grantUpdate(reporter, taskType);
    // The function may still be configured after this processor is made, or by a construct of its own.
    this.node.addValidation({ validate: () => reporter.hasRival ? [ASYNC_CONFIG_MESSAGE] : [] });

    // Not in the function's default policy: that may be in another stack, and would then refer back to this one.
    const policy = new iam.Policy(this, 'Policy', { roles: [grantableRole(handler)] });
    taskManager.grantUpdate(policy, taskType);
    policy.addStatements(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [reporter.functionArn] }));
    // Lambda refuses a destination that the function's role may not invoke.
    reporter.invokeConfig.node.addDependency(policy);
    // No task shall reach the function before it may report, and its failures are looked after.
    this.rule.node.addDependency(policy, reporter.invokeConfig);
  }
}

const ASYNC_CONFIG_MESSAGE = 'handler must have no configuration for asynchronous invocation (onFailure, onSuccess, maxEventAge, retryAttempts) '
  + 'of its own, for there can be one only: give maxEventAge and retryAttempts to the TaskProcessor, '
  + 'or let it use an alias of the function, which has one of its own';

function requireNoAsyncConfig(handler: lambda.IFunction): void {
  if (handler.node.tryFindChild('EventInvokeConfig')) throw new Error(ASYNC_CONFIG_MESSAGE);
}

/** Checks and completes the ages: an event that outlives its task is of no use. */
function eventAges(props: TaskProcessorProps): { invocation: Duration; delivery: Duration } {
  const { taskManager: { taskTimeout }, maxEventAge, deliveryMaxEventAge } = props;
  const min = Duration.seconds(60);
  const atMost = (max: Duration) => taskTimeout.isUnresolved()
    ? max
    : Duration.seconds(Math.max(min.toSeconds(), Math.min(max.toSeconds(), taskTimeout.toSeconds())));
  const max = { invocation: atMost(Duration.hours(6)), delivery: atMost(Duration.hours(24)) };
  requireDuration('maxEventAge', maxEventAge, min, max.invocation);
  requireDuration('deliveryMaxEventAge', deliveryMaxEventAge, min, max.delivery);
  return { invocation: maxEventAge ?? max.invocation, delivery: deliveryMaxEventAge ?? max.delivery };
}

function requireSameEnvironment(scope: Construct, { env }: lambda.IFunction): void {
  const { account, region } = Stack.of(scope);
  if (differ(env.account, account) || differ(env.region, region)) {
    throw new Error('handler must be in the account and region of its processor, '
      + `${account}/${region}, got one in ${env.account}/${env.region}`);
  }
}

function differ(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

/** Returns the role of a function that a rule was just allowed to invoke, where CDK could do that and can grant rights to it. */
function grantableRole(handler: lambda.IFunction): iam.IRole {
  // CDK only warns, and leaves the function without the permission.
  const isNotPermitted = handler.node.metadata.some(({ data }) => String(data).includes('UnclearLambdaEnvironment'));
  if (!handler.role || isNotPermitted) {
    throw new Error('handler must be a function that can be granted rights, got one that can not: pass a function, an alias or a version of this app, '
      + 'or import a function with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })');
  }
  return handler.role;
}

import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Delivery } from './private/processor/delivery';
import { DirectDelivery } from './private/processor/direct-delivery';
import { eventAge } from './private/processor/event-age';
import { roleOf, validateOnlyProcessor, warnOfTimeout } from './private/processor/handler';
import { permissionsToAsk, permissionsToPutResults, permissionToReport } from './private/processor/permission';
import { QueuedDelivery } from './private/processor/queued-delivery';
import { RolePermissions } from './private/processor/role-permissions';
import { warnOfNoStatusReader } from './private/processor/status-reader-warning';
import { TaskCreatedRule } from './private/processor/task-created-rule';
import { TaskProcessorBase } from './private/task-processor-base';
import { validateWholeNumber } from './private/validation/limits';
import { validateSameEnvironment } from './private/validation/same-environment';
import { validateTaskType } from './private/validation/task-type';
import { ITaskManager } from './task-manager-interface';
import { AlarmedParts } from './task-processor-alarms';

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
   * Maximum number of times that Lambda retries when the function fails, from 0 to 2. With `maxConcurrency`, the queue retries.
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
   * Maximum number of tasks that the function processes at the same time, from 2 to 1000.
   *
   * The events then wait in a queue, `queue`, and the function gets each of them in an SQS event of one record. A task that still waits at
   * its deadline fails with the code `TaskTimeout`. The function must end its tasks by its reports, so `completeOnReturn` can't be set, and
   * `maxEventAge` does not apply. If the function has a reserved concurrency, it must be at least this number.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default - Lambda invokes the function as often at the same time as the account allows
   */
  readonly maxConcurrency?: number;

  /**
   * How long the queue of `maxConcurrency` hides an event after the function got it, from 1 second to 12 hours. At least the function's
   * timeout.
   *
   * The queue repeats a failed attempt after this time.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
   * @default - the timeout of the function plus a minute. Required if that is not known, because the function is imported
   */
  readonly visibilityTimeout?: Duration;

  /**
   * How long CloudWatch keeps the logs of `reporter`. Processors with the same function share it, and must have the same value.
   *
   * @default - the TaskManager's `logRetention`. If processors of several TaskManagers share the function, the longest one
   */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * Invokes a Lambda function for each task of one type, and grants it permission to report on these tasks and to ask for their status.
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
export class TaskProcessor extends TaskProcessorBase {
  /**
   * The rule that delivers `TaskCreatedEvent`s of the task type to the function.
   */
  public readonly rule: events.Rule;

  /**
   * The function that reports how the handler ended. Processors with the same handler share it, except those with `maxConcurrency`.
   */
  public readonly reporter: lambda.Function;

  /**
   * The queue of the events that wait for the handler, if the processor has `maxConcurrency`.
   */
  public readonly queue?: sqs.Queue;

  /**
   * The dead-letter queue of `queue`. `reporter` fails the tasks of its messages, and deletes them.
   */
  public readonly deadLetterQueue?: sqs.Queue;

  /**
   * Defines a TaskProcessor.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The tasks to process, and the function that processes them.
   */
  constructor(scope: Construct, id: string, props: TaskProcessorProps) {
    super(scope, id, props);
    const { taskManager, taskType, handler } = props;
    const deliveryMaxEventAge = eventAge('deliveryMaxEventAge', props.deliveryMaxEventAge, Duration.hours(24), taskManager.taskTimeout);
    validateWholeNumber('retryAttempts', props.retryAttempts, 0, 2);
    validateWholeNumber('maxConcurrency', props.maxConcurrency, 2, 1000);
    validateWholeNumber('deliveryRetryAttempts', props.deliveryRetryAttempts, 0, 185);
    validateSameEnvironment('handler', handler.env, 'processor', Stack.of(this));
    validateSameEnvironment('taskManager', Stack.of(taskManager), 'processor', Stack.of(this));
    validateSameEnvironment('taskManager', taskManager.eventBus.env, 'processor', Stack.of(this));

    validateTaskType(taskType, taskManager.acceptedTaskTypes);
    const role = roleOf(handler);
    const toReport = permissionToReport(taskManager, taskType);
    validateOnlyProcessor(this, handler, toReport.item);

    const delivery = this.deliveryFor(props);
    const rule = new TaskCreatedRule(this, 'Rule', {
      taskManager,
      taskType,
      target: (settings) => delivery.target(settings),
      retryAttempts: props.deliveryRetryAttempts ?? 185,
      maxEventAge: deliveryMaxEventAge,
    });
    warnOfTimeout(this, handler, taskManager.taskTimeout);
    warnOfNoStatusReader(this, taskManager);

    const ofFunction = RolePermissions.of(this, role).allow(
      this, toReport, ...delivery.permissions, ...permissionsToAsk(taskManager), ...permissionsToPutResults(taskManager, taskType),
    );
    const ofReporter = delivery.reporter.permissions.allow(this, toReport);
    // No task may reach the function before it can report and ask for the status, and its failures are reported.
    rule.node.addDependency(ofFunction, ofReporter, ...delivery.connect(ofFunction));

    this.rule = rule;
    this.reporter = delivery.reporter;
    if (delivery instanceof QueuedDelivery) {
      this.queue = delivery.queue;
      this.deadLetterQueue = delivery.queue.failures;
    }
  }

  /**
   * Returns the metric of the number of messages in `deadLetterQueue`. By default, the maximum in five minutes.
   *
   * Throws if the processor has no `maxConcurrency`, and so no such queue.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.deadLetterQueue) {
      throw new Error(`metricDeadLetters() needs a deadLetterQueue, which only a processor with maxConcurrency has, at ${this.node.path}`);
    }
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /** @internal */
  protected _alarmedParts(): AlarmedParts {
    return this;
  }

  private deliveryFor(props: TaskProcessorProps): Delivery {
    const { taskManager, handler, maxConcurrency, visibilityTimeout, retryAttempts = 2, completeOnReturn = false } = props;
    const { taskTimeout, eventBus, resourceOptions } = taskManager;
    const logRetention = props.logRetention ?? taskManager.logRetention;
    const maxEventAge = eventAge('maxEventAge', props.maxEventAge, Duration.hours(6), taskTimeout);
    if (maxConcurrency !== undefined) {
      validateWithQueue(props);
      return new QueuedDelivery(this, {
        handler, maxConcurrency, visibilityTimeout, retryAttempts, taskTimeout, logRetention, resourceOptions,
      });
    }
    if (visibilityTimeout) {
      throw new Error('visibilityTimeout must be with maxConcurrency, because there is no queue without it: '
        + 'remove it, or set maxConcurrency');
    }
    return new DirectDelivery(this, {
      handler,
      eventBus,
      retryAttempts,
      completeOnReturn,
      maxEventAge: { value: maxEventAge, isGiven: props.maxEventAge !== undefined },
      logRetention: { value: logRetention, isGiven: props.logRetention !== undefined },
      resourceOptions,
    });
  }
}

/** Throws if a prop can't work with the queue of `maxConcurrency`. */
function validateWithQueue({ completeOnReturn, maxEventAge }: TaskProcessorProps): void {
  if (completeOnReturn) {
    throw new Error('completeOnReturn must not be set with maxConcurrency, because Lambda drops what a function returns to a queue: '
      + 'report the result in the function');
  }
  if (maxEventAge) {
    throw new Error('maxEventAge must not be set with maxConcurrency, because events wait in a queue until the deadline of their task: '
      + 'set taskTimeout of the TaskManager');
  }
}

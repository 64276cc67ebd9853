import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, IDependable } from 'constructs';
import { Delivery } from './delivery';
import { timeoutOf, validateReservedConcurrency } from './handler';
import { Permission, permissionsToConsume } from './permission';
import { ReporterFunction } from './reporter-function';
import { TaskQueue } from './task-queue';
import { TaskResourceOptions } from '../../task-resource-options';
import { queueTarget } from '../queue-target';
import { RuntimeFunction } from '../runtime-function';
import { validateDuration } from '../validation/limits';

export interface QueuedDeliveryProps {
  readonly handler: lambda.IFunction;
  readonly maxConcurrency: number;
  readonly retryAttempts: number;
  readonly visibilityTimeout?: Duration;
  readonly taskTimeout: Duration;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
}

/** Puts the events into a queue before the function. From there, only so many of them are processed at the same time. */
export class QueuedDelivery implements Delivery {
  public readonly reporter: ReporterFunction;
  public readonly permissions: Permission[];
  public readonly queue: TaskQueue;

  constructor(private readonly processor: Construct, private readonly props: QueuedDeliveryProps) {
    const { handler, maxConcurrency, retryAttempts, taskTimeout, logRetention, resourceOptions } = props;
    validateReservedConcurrency(handler, maxConcurrency);
    const attempts = retryAttempts + 1;
    const visibilityTimeout = visibilityTimeoutFor(handler, props.visibilityTimeout);
    this.queue = new TaskQueue(processor, 'Queue', {
      visibilityTimeout, maxAge: taskTimeout, attempts, encryptionKey: resourceOptions.encryptionKey,
    });
    this.reporter = new ReporterFunction(processor, 'Reporter', logRetention, resourceOptions);
    this.reporter.reportFailuresIn(this.queue.failures, attempts);
    this.permissions = permissionsToConsume(this.queue);
  }

  public target(settings: targets.TargetBaseProps): events.IRuleTarget {
    return queueTarget(this.queue, settings);
  }

  public connect(permission: IDependable): IDependable[] {
    // In the processor's stack, so that the function's stack does not depend on it.
    const mapping = new lambda.EventSourceMapping(this.processor, 'QueueMapping', {
      target: this.props.handler,
      eventSourceArn: this.queue.queueArn,
      // One task that fails must not repeat others.
      batchSize: 1,
      maxConcurrency: this.props.maxConcurrency,
      // Functions of users throw. What they return has no meaning.
      reportBatchItemFailures: this.props.handler instanceof RuntimeFunction,
    });
    // Lambda refuses a mapping if the function's role can't read the queue.
    mapping.node.addDependency(permission);
    return [];
  }
}

/**
 * Returns how long a message is invisible after it was received. A shorter time than the function's timeout would start a task again while
 * the first attempt runs, and Lambda refuses it.
 */
function visibilityTimeoutFor(handler: lambda.IFunction, given: Duration | undefined): Duration {
  validateDuration('visibilityTimeout', given, Duration.seconds(1), Duration.hours(12));
  const timeout = timeoutOf(handler);
  if (given === undefined) {
    if (timeout === undefined) {
      throw new Error('visibilityTimeout is required with maxConcurrency, '
        + `because the timeout of handler ${handler.node.path} is not known: use that timeout plus a minute`);
    }
    return Duration.seconds(timeout + 60);
  }
  if (timeout !== undefined && !given.isUnresolved() && given.toSeconds() < timeout) {
    throw new Error(`visibilityTimeout must be at least the timeout of handler ${handler.node.path}, ${timeout} seconds, `
      + `got ${given.toHumanString()}`);
  }
  return given;
}

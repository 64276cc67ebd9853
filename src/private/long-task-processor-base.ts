import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LongTaskProcessorProps } from '../long-task-processor-props';
import { AlarmedParts } from '../task-processor-alarms';
import { LongWork } from './processor/long-work';
import { Work } from './processor/work';
import { TaskProcessorBase } from './task-processor-base';

/**
 * What the processors of long work have in common.
 *
 * @internal
 */
export abstract class LongTaskProcessorBase extends TaskProcessorBase {
  /**
   * The rule that delivers `TaskCreatedEvent`s of the task type.
   */
  public readonly rule: events.Rule;

  /**
   * The queue of the events that wait for `starter`.
   */
  public readonly queue: sqs.Queue;

  /**
   * The dead-letter queue of `queue`. `reporter` fails the tasks of its messages, and deletes them.
   */
  public readonly deadLetterQueue: sqs.Queue;

  /**
   * The function that starts the work.
   */
  public readonly starter: lambda.Function;

  /**
   * The function that fails the tasks whose work could not be started.
   */
  public readonly reporter: lambda.Function;

  /**
   * The state machine that runs the work of a task, and reports how it ended.
   */
  public readonly wrapper: sfn.StateMachine;

  /**
   * The rule that delivers the ends of tasks, so that their work stops.
   */
  public readonly stopRule: events.Rule;

  /**
   * The function that stops the work of tasks that have ended.
   */
  public readonly stopper: lambda.Function;

  /**
   * The queue of the events that wait for `stopper`.
   */
  public readonly stopQueue: sqs.Queue;

  /**
   * Keeps the ends of tasks whose work could not be stopped, for 14 days.
   */
  public readonly stopDeadLetterQueue: sqs.Queue;

  constructor(scope: Construct, id: string, props: LongTaskProcessorProps, workIn: (processor: Construct) => Work) {
    super(scope, id, props);
    const { start, starter, stopper, stopRule, stopQueue, stopDeadLetterQueue, wrapper } = new LongWork(this, 'Work', {
      ...props, work: workIn(this),
    });
    this.rule = start.rule;
    this.queue = start.queue!;
    this.deadLetterQueue = start.deadLetterQueue!;
    this.starter = starter;
    this.reporter = start.reporter;
    this.wrapper = wrapper;
    this.stopRule = stopRule;
    this.stopper = stopper;
    this.stopQueue = stopQueue;
    this.stopDeadLetterQueue = stopDeadLetterQueue;
  }

  /**
   * Returns the metric of the number of messages in `deadLetterQueue`. By default, the maximum in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * Returns the metric of the number of messages in `stopDeadLetterQueue`. By default, the maximum in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricStopDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stopDeadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /** @internal */
  protected _alarmedParts(): AlarmedParts {
    return this;
  }
}

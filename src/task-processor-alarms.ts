import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms, ALARMS_ID, PERIOD } from './private/monitoring/alarms';
import { validateFirst } from './private/monitoring/parts';
import type { TaskAlarmActionOptions } from './task-alarms';

/**
 * The parts of a processor that have alarms.
 *
 * @internal
 */
export interface AlarmedParts {
  readonly reporter: lambda.IFunction;
  readonly deadLetterQueue?: sqs.IQueue;
  readonly starter?: lambda.IFunction;
  readonly stopDeadLetterQueue?: sqs.IQueue;
}

/**
 * The alarms of a processor: what its method `createAlarms()` returns.
 *
 * The description of each alarm says what it means, and links an article of the runbook.
 */
export class TaskProcessorAlarms extends Construct {
  /**
   * Defines the alarms.
   *
   * @internal
   */
  public static _of(processor: Construct, parts: AlarmedParts, options: TaskAlarmActionOptions): TaskProcessorAlarms {
    validateFirst(processor, ALARMS_ID, 'createAlarms');
    return new TaskProcessorAlarms(processor, parts, options);
  }

  /**
   * All alarms, the most urgent first.
   */
  public readonly all: cloudwatch.Alarm[];

  /**
   * `reporter` failed, so a task whose work has ended may stay open until its deadline.
   */
  public readonly reporterErrors: cloudwatch.Alarm;

  /**
   * Messages have stayed in `deadLetterQueue` for ten minutes, if the processor has one: `reporter` can't fail their tasks.
   */
  public readonly stuckDeadLetters?: cloudwatch.Alarm;

  /**
   * `starter` failed, if the processor has one: it timed out or crashed.
   */
  public readonly starterErrors?: cloudwatch.Alarm;

  /**
   * There are messages in `stopDeadLetterQueue`, if the processor has one: work may go on after its task has ended.
   */
  public readonly stopDeadLetters?: cloudwatch.Alarm;

  private constructor(processor: Construct, parts: AlarmedParts, options: TaskAlarmActionOptions) {
    super(processor, ALARMS_ID);
    const { reporter, deadLetterQueue, starter, stopDeadLetterQueue } = parts;
    const alarms = new Alarms(this, options);

    this.reporterErrors = alarms.add('ReporterErrors', {
      metric: reporter.metricErrors({ period: PERIOD }),
      threshold: 0,
      meaning: 'The end of the work of a task could not be reported, so the task may end only at its deadline.',
      article: 'the-reporter-of-a-processor-fails',
    });
    this.stuckDeadLetters = deadLetterQueue && alarms.add('StuckDeadLetters', {
      // Not the age of the messages: SQS leaves out those that the reporter has received three times.
      metric: new cloudwatch.MathExpression({
        expression: 'visible + hidden',
        usingMetrics: {
          visible: deadLetterQueue.metricApproximateNumberOfMessagesVisible(),
          hidden: deadLetterQueue.metricApproximateNumberOfMessagesNotVisible(),
        },
        label: 'Messages in the dead-letter queue',
        period: Duration.minutes(1),
      }),
      threshold: 0,
      evaluationPeriods: 10,
      meaning: 'Messages stay in the deadLetterQueue of a processor, because its reporter does not fail their tasks.',
      article: 'messages-stay-in-the-deadletterqueue-of-a-processor',
    });
    this.starterErrors = starter && alarms.add('StarterErrors', {
      metric: starter.metricErrors({ period: PERIOD }),
      // The queue repeats a single start.
      threshold: 2,
      meaning: 'The function that starts the work of a processor times out or crashes, so tasks start late or fail.',
      article: 'the-starter-of-a-processor-fails',
    });
    this.stopDeadLetters = stopDeadLetterQueue && alarms.add('StopDeadLetters', {
      metric: stopDeadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      threshold: 0,
      meaning: 'The work of a task that has ended could not be stopped, so it may still run and cost money.',
      article: 'messages-in-the-stopdeadletterqueue-of-a-processor',
    });
    this.all = alarms.all;
  }
}

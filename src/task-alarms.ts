import { Duration, Tokenization } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms, ALARMS_ID, PERIOD } from './private/monitoring/alarms';
import { validateFirst } from './private/monitoring/parts';
import { validateDuration, validateWholeNumber } from './private/validation/limits';
import type { TaskManager } from './task-manager';

/**
 * Configures what alarms do.
 */
export interface TaskAlarmActionOptions {
  /**
   * What an alarm does when it goes to ALARM, for example send a message to an SNS topic of yours.
   *
   * @default - nothing
   */
  readonly action?: cloudwatch.IAlarmAction;

  /**
   * What an alarm does when it goes back to OK.
   *
   * @default - nothing
   */
  readonly okAction?: cloudwatch.IAlarmAction;
}

/**
 * Configures the alarms of a `TaskManager`.
 */
export interface TaskAlarmOptions extends TaskAlarmActionOptions {
  /**
   * The part of the tasks that may fail, in percent of those that end in 15 minutes, from 0 to 99. Cancelled tasks do not count.
   *
   * @default 10
   */
  readonly maxFailurePercent?: number;

  /**
   * The number of tasks that must fail in 15 minutes before `maxFailurePercent` applies, at least 1. So one failure of few tasks raises no
   * alarm.
   *
   * @default 5
   */
  readonly minFailures?: number;

  /**
   * How long an overdue task may stay open, from 2 minutes to a day. The sweep runs once a minute, so up to a minute is normal.
   *
   * @default Duration.minutes(5)
   */
  readonly maxOverdueAge?: Duration;

  /**
   * How late status changes may be published and reports may be written, from a minute to 20 hours.
   *
   * @default Duration.minutes(5)
   */
  readonly maxLag?: Duration;

  /**
   * The number of requests that may fail with a 5xx error in five minutes.
   *
   * @default 5
   */
  readonly maxServerErrors?: number;

  /**
   * The number of invocations of the TaskManager's functions that Lambda may throttle in five minutes.
   *
   * @default 5
   */
  readonly maxThrottles?: number;
}

/**
 * The alarms of a `TaskManager`: what `TaskManager.createAlarms()` returns.
 *
 * The description of each alarm says what it means, and links an article of the runbook.
 */
export class TaskAlarms extends Construct {
  /**
   * Defines the alarms.
   *
   * @internal
   */
  public static _of(taskManager: TaskManager, serverErrors: cloudwatch.Metric, options: TaskAlarmOptions): TaskAlarms {
    validateFirst(taskManager, ALARMS_ID, 'createAlarms');
    validateWholeNumber('maxFailurePercent', options.maxFailurePercent, 0, 99);
    validateWholeNumber('minFailures', options.minFailures, 1, MAX_COUNT);
    validateDuration('maxOverdueAge', options.maxOverdueAge, Duration.minutes(2), Duration.days(1));
    validateDuration('maxLag', options.maxLag, Duration.minutes(1), Duration.hours(20));
    validateWholeNumber('maxServerErrors', options.maxServerErrors, 0, MAX_COUNT);
    validateWholeNumber('maxThrottles', options.maxThrottles, 0, MAX_COUNT);
    return new TaskAlarms(taskManager, serverErrors, options);
  }

  /**
   * All alarms, the most urgent first.
   */
  public readonly all: cloudwatch.Alarm[];

  /**
   * The sweep has not run for 15 minutes: overdue tasks do not end.
   */
  public readonly missingSweeps: cloudwatch.Alarm;

  /**
   * Several sweeps failed within five minutes.
   */
  public readonly failingSweeps: cloudwatch.Alarm;

  /**
   * An overdue task has stayed open for longer than `maxOverdueAge`.
   */
  public readonly overdueTasks: cloudwatch.Alarm;

  /**
   * Status changes are published later than `maxLag`, so tasks start late.
   */
  public readonly publisherLag: cloudwatch.Alarm;

  /**
   * Reports of processors have stayed in `statusUpdaterQueue` for longer than `maxLag`.
   */
  public readonly updaterLag: cloudwatch.Alarm;

  /**
   * Undelivered events have stayed in `undeliveredQueue` for longer than `maxLag`, so their tasks do not fail yet.
   */
  public readonly undeliveredLag: cloudwatch.Alarm;

  /**
   * Requests fail with a 5xx error, more than `maxServerErrors` in five minutes, in two of three periods.
   *
   * With `TaskEndpoint.onResource()`, the API is yours, with its alarms. Then this alarm counts the errors of `apiHandler`.
   */
  public readonly serverErrors: cloudwatch.Alarm;

  /**
   * Lambda throttles functions of the TaskManager, more than `maxThrottles` times in five minutes, in two of three periods.
   */
  public readonly throttles: cloudwatch.Alarm;

  /**
   * More than `maxFailurePercent` of the tasks that ended in 15 minutes have failed, and at least `minFailures` of them.
   */
  public readonly failureRate: cloudwatch.Alarm;

  /**
   * There are messages in `statusPublisherDeadLetterQueue`.
   */
  public readonly statusPublisherDeadLetters: cloudwatch.Alarm;

  /**
   * There are messages in `statusUpdaterDeadLetterQueue`.
   */
  public readonly statusUpdaterDeadLetters: cloudwatch.Alarm;

  /**
   * There are messages in `undeliveredDeadLetterQueue`.
   */
  public readonly undeliveredDeadLetters: cloudwatch.Alarm;

  /**
   * There are messages in `eventBusDeadLetterQueue`, if the TaskManager has one.
   */
  public readonly eventBusDeadLetters?: cloudwatch.Alarm;

  private constructor(taskManager: TaskManager, serverErrors: cloudwatch.Metric, options: TaskAlarmOptions) {
    super(taskManager, ALARMS_ID);
    const { apiHandler, statusPublisher, statusReader, statusUpdater, sweeper } = taskManager;
    const { maxFailurePercent = 10, minFailures = 5, maxServerErrors = 5, maxThrottles = 5 } = options;
    const maxOverdueSeconds = (options.maxOverdueAge ?? Duration.minutes(5)).toSeconds();
    const maxLagSeconds = (options.maxLag ?? Duration.minutes(5)).toSeconds();
    const alarms = new Alarms(this, options);

    this.missingSweeps = alarms.add('MissingSweeps', {
      metric: sweeper.metricInvocations({ period: PERIOD }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      // A function that is not invoked has no metrics.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
      meaning: 'The sweep has not run for 15 minutes, so overdue tasks end only when somebody reads them.',
      article: 'the-sweep-does-not-run',
    });
    // The alarm would count the time before the first sweep.
    this.missingSweeps.node.addDependency(taskManager.sweeperRule);
    this.failingSweeps = alarms.add('FailingSweeps', {
      metric: sweeper.metricErrors({ period: PERIOD }),
      // The next sweep is the retry of a single one.
      threshold: 2,
      meaning: 'Several sweeps failed within five minutes, so overdue tasks may not end.',
      article: 'overdue-tasks-do-not-end',
    });
    this.overdueTasks = alarms.add('OverdueTasks', {
      metric: taskManager.metricOldestOverdueCheckAge({ period: PERIOD }),
      threshold: maxOverdueSeconds,
      meaning: 'Overdue tasks stay open for too long, because the sweep fails or does not keep up.',
      article: 'overdue-tasks-do-not-end',
    });

    this.publisherLag = alarms.add('PublisherLag', {
      metric: new cloudwatch.MathExpression({
        // Lambda counts in milliseconds.
        expression: 'age / 1000',
        usingMetrics: { age: statusPublisher.metric('IteratorAge', { statistic: cloudwatch.Stats.MAXIMUM }) },
        label: 'Age of published changes in seconds',
        period: PERIOD,
      }),
      threshold: maxLagSeconds,
      meaning: 'Status changes are published late, so tasks start late and listeners learn late of their ends.',
      article: 'the-publisher-is-late',
    });
    this.updaterLag = alarms.add('UpdaterLag', {
      metric: ageOfMessages(taskManager.statusUpdaterQueue),
      threshold: maxLagSeconds,
      meaning: 'Reports of processors stay in statusUpdaterQueue, because the updater fails or is throttled.',
      article: 'messages-stay-in-statusupdaterqueue',
    });
    this.undeliveredLag = alarms.add('UndeliveredLag', {
      metric: ageOfMessages(taskManager.undeliveredQueue),
      threshold: maxLagSeconds,
      meaning: 'Undelivered events stay in undeliveredQueue, because the updater fails or is throttled.',
      article: 'messages-stay-in-undeliveredqueue',
    });

    this.serverErrors = alarms.add('ServerErrors', {
      metric: serverErrors,
      threshold: maxServerErrors,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      meaning: 'Requests to the API fail with 5xx errors.',
      article: 'the-api-refuses-requests-or-fails',
    });
    // One alarm, because the functions share the concurrency of the account. An alarm for each of them would cost the same, and they would
    // all go to ALARM for the same reason.
    const functions = { api: apiHandler, publisher: statusPublisher, reader: statusReader!, updater: statusUpdater, sweeper };
    this.throttles = alarms.add('Throttles', {
      metric: new cloudwatch.MathExpression({
        expression: Object.keys(functions).map((name) => `FILL(${name}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(Object.entries(functions).map(([name, throttled]) => [name, throttled.metricThrottles()])),
        label: 'Throttled invocations',
        period: PERIOD,
      }),
      threshold: maxThrottles,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      meaning: 'Lambda throttles functions of the TaskManager, because the concurrency of the account or of the function is used up.',
      article: 'functions-are-throttled',
    });
    this.failureRate = alarms.add('FailureRate', {
      metric: new cloudwatch.MathExpression({
        expression: `IF(failed >= ${Tokenization.stringifyNumber(minFailures)}, 100 * failed / (failed + FILL(succeeded, 0)), 0)`,
        usingMetrics: { failed: taskManager.metricFailed(), succeeded: taskManager.metricSucceeded() },
        label: 'Failed tasks in percent',
        period: Duration.minutes(15),
      }),
      threshold: maxFailurePercent,
      meaning: 'Many of the tasks that ended have failed.',
      article: 'many-tasks-fail',
    });

    this.statusPublisherDeadLetters = alarms.add('StatusPublisherDeadLetters', {
      metric: taskManager.metricStatusPublisherDeadLetters({ period: PERIOD }),
      threshold: 0,
      meaning: 'A status change could not be published, so no listener knows of it, and a new task never started.',
      article: 'messages-in-statuspublisherdeadletterqueue',
    });
    this.statusUpdaterDeadLetters = alarms.add('StatusUpdaterDeadLetters', {
      metric: taskManager.metricStatusUpdaterDeadLetters({ period: PERIOD }),
      threshold: 0,
      meaning: 'A report of a processor could not be written, so its task may end only at its deadline.',
      article: 'messages-in-statusupdaterdeadletterqueue',
    });
    this.undeliveredDeadLetters = alarms.add('UndeliveredDeadLetters', {
      metric: taskManager.metricUndeliveredDeadLetters({ period: PERIOD }),
      threshold: 0,
      meaning: 'A task that could not be delivered to its processor could not be failed either, so it ends only at its deadline.',
      article: 'messages-in-undelivereddeadletterqueue',
    });
    this.eventBusDeadLetters = taskManager.eventBusDeadLetterQueue && alarms.add('EventBusDeadLetters', {
      metric: taskManager.metricEventBusDeadLetters({ period: PERIOD }),
      threshold: 0,
      meaning: 'The event bus could not encrypt or decrypt an event, so tasks do not start or do not end before their deadline.',
      article: 'messages-in-eventbusdeadletterqueue',
    });
    this.all = alarms.all;
  }
}

/**
 * Returns how long, in seconds, the oldest message has been in a queue: its lowest age in the period, so that only messages count that
 * stay. SQS leaves out those that were received three times, which fail. They are in the dead-letter queue after 15 minutes.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
function ageOfMessages(queue: sqs.IQueue): cloudwatch.Metric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: cloudwatch.Stats.MINIMUM, period: PERIOD });
}

/** A larger number is probably a typo. */
const MAX_COUNT = 1_000_000;

import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * Configures a metric of tasks.
 */
export interface TaskMetricOptions extends cloudwatch.MetricOptions {
  /**
   * The task type whose tasks the metric is about. The TaskManager needs `metricsByTaskType` for it.
   *
   * @default - the tasks of all types
   */
  readonly taskType?: string;
}

/**
 * Error codes that metrics tell apart. All codes of processors are one of them, because each code is a metric that costs.
 */
export enum TaskErrorCode {
  /** The task did not end before its deadline. */
  TASK_TIMEOUT = 'TaskTimeout',

  /** The processor promised a heartbeat, and did not report in that time. */
  HEARTBEAT_TIMEOUT = 'HeartbeatTimeout',

  /** The processor's function or work failed, and its retries are used up. */
  PROCESSOR_FAILED = 'ProcessorFailed',

  /** The task could not be delivered to its processor. */
  DELIVERY_FAILED = 'DeliveryFailed',

  /** The result has more than 200 KiB. */
  RESULT_TOO_LARGE = 'ResultTooLarge',

  /** The result can't be stored. */
  INVALID_RESULT = 'InvalidResult',

  /** The payload can't be handed to the work. */
  INVALID_PAYLOAD = 'InvalidPayload',

  /** The payload is too large for the work. */
  PAYLOAD_TOO_LARGE = 'PayloadTooLarge',

  /** The processor reported a failure without a usable code. */
  INVALID_ERROR = 'InvalidError',

  /** All codes of processors. */
  OTHER = 'Other',
}

/**
 * Configures the metric of failed tasks.
 */
export interface TaskFailedMetricOptions extends TaskMetricOptions {
  /**
   * The error code of the tasks to count. It can't be with `taskType`.
   *
   * @default - failures with all codes
   */
  readonly errorCode?: TaskErrorCode;
}

/**
 * Why a report of a processor is ignored.
 */
export enum IgnoredReportReason {
  /** There is no such task, or it has been removed after its retention. */
  UNKNOWN_TASK = 'UnknownTask',

  /** The task has another type than the processor. */
  OTHER_TASK_TYPE = 'OtherTaskType',

  /** The report is about an earlier task of the same id. */
  EARLIER_TASK = 'EarlierTask',

  /** The task has ended before. */
  TASK_ENDED = 'TaskEnded',

  /** A report with a higher `sequence` came before. */
  STALE_SEQUENCE = 'StaleSequence',
}

/**
 * Configures the metric of ignored reports.
 */
export interface ReportsIgnoredMetricOptions extends cloudwatch.MetricOptions {
  /**
   * The reason of the reports to count.
   *
   * @default - all reasons
   */
  readonly reason?: IgnoredReportReason;
}

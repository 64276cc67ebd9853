import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { DIMENSION, errorCodeDimension, METRIC } from '../../protocol/metrics';
import { ERROR_CODE, TaskStatus } from '../../protocol/wire';
import { Dimensions, InvocationMetrics } from '../support/invocation-metrics';
import { taskFields } from '../support/task-fields';
import { Task } from '../task/task';

const COUNT_OF: Record<TaskStatus, typeof METRIC[keyof typeof METRIC]> = {
  PENDING: METRIC.CREATED,
  RUNNING: METRIC.STARTED,
  SUCCESSFUL: METRIC.SUCCEEDED,
  FAILED: METRIC.FAILED,
  CANCELLED: METRIC.CANCELLED,
};

const TIMEOUTS: string[] = [ERROR_CODE.TASK_TIMEOUT, ERROR_CODE.HEARTBEAT_TIMEOUT];

/** Logs and counts the published changes of tasks. */
export class ChangeLog {
  /** @param metricTaskTypes the task types that have metrics of their own */
  constructor(private readonly metrics: InvocationMetrics, private readonly metricTaskTypes: readonly string[]) {}

  /** Adds the change that gave a task its status. */
  public add(task: Task): void {
    const { type, error } = task;
    const timeToEnd = millisecondsTo(task.endedAt, task);
    console.info({
      message: 'event published',
      ...taskFields(task),
      ...(error && { code: error.code }),
      ...(timeToEnd !== undefined && { timeToEnd }),
    });
    this.count(task);
    if (this.metricTaskTypes.includes(type)) this.count(task, { [DIMENSION.TASK_TYPE]: type });
    if (error) this.metrics.count(METRIC.FAILED, { [DIMENSION.ERROR_CODE]: errorCodeDimension(error.code) });
  }

  /** Forgets the metrics that are not written yet. */
  public discardMetrics(): void {
    this.metrics.discard();
  }

  /** Writes the metrics of the changes since the last call. */
  public writeMetrics(): void {
    this.metrics.write();
  }

  private count(task: Task, dimensions?: Dimensions): void {
    const { status, error } = task;
    this.metrics.count(COUNT_OF[status], dimensions);
    if (error && TIMEOUTS.includes(error.code)) this.metrics.count(METRIC.TIMED_OUT, dimensions);
    const timeToStart = status === 'RUNNING' ? millisecondsTo(task.startedAt, task) : undefined;
    const timeToEnd = millisecondsTo(task.endedAt, task);
    if (timeToStart !== undefined) this.metrics.measure(METRIC.TIME_TO_START, MetricUnit.Milliseconds, timeToStart, dimensions);
    if (timeToEnd !== undefined) this.metrics.measure(METRIC.TIME_TO_END, MetricUnit.Milliseconds, timeToEnd, dimensions);
  }
}

/** Returns the time from the creation of a task to one of its times. Two functions wrote them, whose clocks can differ. */
function millisecondsTo(time: string | undefined, { createdAt }: Task): number | undefined {
  return time === undefined ? undefined : Math.max(0, Date.parse(time) - Date.parse(createdAt));
}

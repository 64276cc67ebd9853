import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { TaskAlarmActionOptions } from '../task-alarms';
import type { ITaskManager } from '../task-manager-interface';
import { AlarmedParts, TaskProcessorAlarms } from '../task-processor-alarms';

/**
 * The metrics that all processors have.
 *
 * @internal
 */
export abstract class TaskProcessorBase extends Construct {
  constructor(scope: Construct, id: string, private readonly processed: { readonly taskManager: ITaskManager; readonly taskType: string }) {
    super(scope, id);
  }

  /**
   * Returns the metric of created tasks of the processor's type. By default, their number in five minutes.
   *
   * Throws if the TaskManager does not have `metricsByTaskType`, as all metrics of the type.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricCreated(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricCreated({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of tasks of the processor's type that became RUNNING. By default, their number in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricStarted(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricStarted({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of tasks of the processor's type that became SUCCESSFUL. By default, their number in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricSucceeded(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricSucceeded({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of tasks of the processor's type that became FAILED. By default, their number in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricFailed(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricFailed({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of tasks of the processor's type that became CANCELLED. By default, their number in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricCancelled(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricCancelled({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of tasks of the processor's type that failed at their deadline or for lack of a heartbeat. They are also counted as
   * failed. By default, their number in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricTimedOut(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricTimedOut({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of the time, in milliseconds, from the creation of a task of the processor's type until it became RUNNING. By
   * default, the average over five minutes. A task that ends without a report of RUNNING has no value.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricTimeToStart(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricTimeToStart({ ...props, taskType: this.taskType });
  }

  /**
   * Returns the metric of the time, in milliseconds, from the creation of a task of the processor's type to its end. By default, the
   * average over five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricTimeToEnd(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.taskManager.metricTimeToEnd({ ...props, taskType: this.taskType });
  }

  /**
   * Defines CloudWatch alarms for what needs a person: ends of tasks that can't be reported and, with a queue, dead letters. Each alarm
   * costs.
   *
   * Throws if the processor has alarms already.
   *
   * @param options What the alarms do.
   */
  public createAlarms(options: TaskAlarmActionOptions = {}): TaskProcessorAlarms {
    return TaskProcessorAlarms._of(this, this._alarmedParts(), options);
  }

  /**
   * Returns the parts that have alarms.
   *
   * @internal
   */
  protected abstract _alarmedParts(): AlarmedParts;

  private get taskManager(): ITaskManager {
    return this.processed.taskManager;
  }

  private get taskType(): string {
    return this.processed.taskType;
  }
}

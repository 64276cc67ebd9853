import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { DIMENSION, METRIC, METRIC_NAMESPACE } from '../../protocol/metrics';
import type { ITaskManager } from '../../task-manager-interface';
import type { TaskMetricOptions } from '../../task-metrics';
import { validateTaskType } from '../validation/task-type';

type Name = keyof typeof METRIC;

/** Returns a metric that the functions of a TaskManager write. */
export function metricOf(
  taskManager: ITaskManager, name: Name, statistic: string, props: cloudwatch.MetricOptions, dimensionsMap: Record<string, string> = {},
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRIC[name],
    statistic,
    ...props,
    dimensionsMap: { [DIMENSION.TASK_MANAGER]: taskManager.eventSource, ...dimensionsMap, ...props.dimensionsMap },
  }).attachTo(taskManager);
}

/** Returns a metric of all tasks, or of those of one type. Throws if there are no metrics of the type. */
export function taskMetricOf(
  taskManager: ITaskManager, name: Name, statistic: string, { taskType, ...props }: TaskMetricOptions = {},
): cloudwatch.Metric {
  if (taskType === undefined) return metricOf(taskManager, name, statistic, props);
  validateTaskType(taskType, taskManager.acceptedTaskTypes);
  if (!taskManager.metricsByTaskType) {
    throw new Error(`metricsByTaskType of ${taskManager.node.path} must be true for metrics of the task type '${taskType}': `
      + 'set it, or ask for the metric of all task types');
  }
  return metricOf(taskManager, name, statistic, props, { [DIMENSION.TASK_TYPE]: taskType });
}

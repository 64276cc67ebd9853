import { App, Stack } from 'aws-cdk-lib';
import { dashboardPicture } from './picture';
import { TaskManager } from '../../src';
import { dashboardIn } from '../../test/support/dashboards';

/** Returns the picture of the dashboard of a TaskManager with alarms and three task types. */
export function examplePicture(): string {
  const stack = new Stack(new App(), 'Stack');
  const tasks = new TaskManager(stack, 'Tasks', {
    taskTypes: ['export', 'report', 'video'].map((taskType) => ({ taskType })), metricsByTaskType: true,
  });
  tasks.createAlarms();
  tasks.createDashboard();
  return dashboardPicture('The dashboard of a TaskManager, with sample data', dashboardIn(stack).widgets);
}

import { Duration } from 'aws-cdk-lib';

/**
 * Configures the dashboard of a TaskManager.
 */
export interface TaskDashboardOptions {
  /**
   * The name of the dashboard.
   *
   * @default - CloudFormation generates a name
   */
  readonly dashboardName?: string;

  /**
   * The time that the dashboard shows when it is opened, up to now.
   *
   * @default Duration.hours(3)
   */
  readonly defaultInterval?: Duration;
}

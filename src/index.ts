export { ContainerTaskProcessor, type ContainerTaskProcessorProps } from './container-task-processor';
export type { LongTaskProcessorProps } from './long-task-processor-props';
export { StateMachineTaskProcessor, type StateMachineTaskProcessorProps } from './state-machine-task-processor';
export { type TaskAlarmActionOptions, type TaskAlarmOptions, TaskAlarms } from './task-alarms';
export {
  type AuthorizerAuthOptions, type CognitoAuthOptions, type IamAuthOptions, type JwtAuthOptions, TaskApiAuth, type TaskApiAuthConfig,
  type TaskHttpApiAuthConfig, type TaskRestApiAuthConfig,
} from './task-api-auth';
export type { TaskConcurrency } from './task-concurrency';
export type { TaskDashboardOptions } from './task-dashboard-options';
export { type HttpApiEndpointOptions, type ResourceEndpointOptions, type RestApiEndpointOptions, TaskEndpoint } from './task-endpoint';
export { TaskEvents } from './task-events';
export {
  type LiveAuthorizerAuthOptions, type LiveCognitoAuthOptions, type LiveIamAuthOptions, TaskLiveAuth, type TaskLiveAuthConfig,
} from './task-live-auth';
export { TaskLiveUpdates, type TaskLiveUpdatesProps } from './task-live-updates';
export { TaskManager } from './task-manager';
export type { ITaskManager } from './task-manager-interface';
export type { TaskManagerAttributes, TaskManagerProps, TaskTypeOptions } from './task-manager-props';
export {
  IgnoredReportReason, type ReportsIgnoredMetricOptions, TaskErrorCode, type TaskFailedMetricOptions, type TaskMetricOptions,
} from './task-metrics';
export type { TaskOutputsOptions } from './task-outputs-options';
export { TaskProcessor, type TaskProcessorProps } from './task-processor';
export { TaskProcessorAlarms } from './task-processor-alarms';
export { TaskQueries, type TaskQueriesOptions } from './task-queries';
export { type TaskProgressOptions, TaskReports } from './task-reports';
export type { TaskResourceOptions } from './task-resource-options';
export { TaskResults } from './task-results';
export type { TaskEventPatternOptions, TaskRuleOptions } from './task-rule-options';

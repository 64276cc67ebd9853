export { TaskApiAuth, type TaskApiAuthConfig } from './task-api-auth';
export { type TaskEventPatternOptions, TaskEvents, type TaskRuleOptions } from './task-events';
export { type ITaskManager, TaskManager, type TaskManagerAttributes, type TaskManagerProps } from './task-manager';
export { TaskProcessor, type TaskProcessorProps } from './task-processor';

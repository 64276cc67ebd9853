import { Task } from './task';

/** Returns what each log line about a task has. Never its payload, result, owner, or the text of its error. */
export function taskFields({ taskId, type, version, status }: Task) {
  return { taskId, taskType: type, version, status };
}

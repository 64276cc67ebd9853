import { Task } from './task';
import { traceIdOf } from '../../protocol/trace-context';

/** Returns what each log line about a task has. Never its payload, result, owner, or the text of its error. */
export function taskFields({ taskId, type, version, status, traceparent }: Task) {
  return { taskId, taskType: type, version, status, traceId: traceIdOf(traceparent) };
}

import { LiveState } from '../../protocol/live';
import { Task } from '../task/task';

/** Returns what is sent about a task. */
export function liveStateOf({ taskId, createdAt, version, status, progress }: Task): LiveState {
  return { taskId, createdAt, version, status, ...(progress && { progress }) };
}

/** Returns whether a state is newer than another one, or there is no other one. */
export function isNewer(one: LiveState, other: LiveState | undefined): boolean {
  if (!other || one.createdAt !== other.createdAt) return !other || one.createdAt > other.createdAt;
  return one.version > other.version;
}

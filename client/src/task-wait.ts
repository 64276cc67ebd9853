import { abortable } from './abortable';
import { TaskCancelledError, TaskFailedError, TaskWaitTimeoutError } from './errors';
import type { Http, HttpRequest } from './http';
import type { LiveWatch } from './live';
import type { WaitOptions } from './options';
import type { Task } from './task';
import { POLL_ATTEMPTS, TaskFollower } from './task-follower';

/** Waits until a task has ended: that of the response to the first request. */
export async function waitForEnd<Result>(
  http: Http, live: LiveWatch, first: HttpRequest<Task>, options: WaitOptions<Result>,
): Promise<Task<Result>> {
  const { signal: userSignal, waitTimeoutMs, onChange } = options;
  const follower = new TaskFollower<Result>(http, live, options);
  return abortable(userSignal, async (signal) => {
    let task!: Task<Result>;
    for await (task of follower.states(first, signal, waitTimeoutMs === undefined ? POLL_ATTEMPTS : Infinity)) {
      // The call may have ended meanwhile.
      signal.throwIfAborted();
      await onChange?.(task);
    }
    if (task.status === 'FAILED') throw new TaskFailedError(task);
    if (task.status === 'CANCELLED') throw new TaskCancelledError(task);
    return task;
  }, waitTimeoutMs === undefined ? undefined : {
    ms: waitTimeoutMs,
    error: () => new TaskWaitTimeoutError(`the task has not ended within ${waitTimeoutMs} ms`, {
      taskId: follower.taskId, cause: follower.lastFailure,
    }),
  });
}

import { abortable, abortableSteps } from './abortable';
import { TaskCancelledError, TaskFailedError, TaskWaitTimeoutError } from './errors';
import type { Http, HttpRequest } from './http';
import type { LiveWatch } from './live';
import type { WaitOptions } from './options';
import type { Task } from './task';
import { followTask, POLL_ATTEMPTS } from './task-follower';

/** Waits until the task of the first response has ended. */
export async function waitForEnd<Result>(
  http: Http, live: LiveWatch, first: HttpRequest<Task>, options: WaitOptions<Result>,
): Promise<Task<Result>> {
  const { signal: userSignal, waitTimeoutMs, onChange } = options;
  let task: Task<Result> | undefined;
  let cause: Error | undefined;
  const onAttempt = (error?: Error) => { cause = error; };
  const attempts = waitTimeoutMs === undefined ? POLL_ATTEMPTS : Infinity;

  return abortable(userSignal, async (signal) => {
    const steps = abortableSteps(signal, (stepSignal) => (
      followTask<Result>(http, live, first, options, { signal: stepSignal, attempts, onAttempt })
    ));
    for await (task of steps) {
      // The call may have ended meanwhile.
      signal.throwIfAborted();
      await onChange?.(task);
    }
    if (task!.status === 'FAILED') throw new TaskFailedError(task!);
    if (task!.status === 'CANCELLED') throw new TaskCancelledError(task!);
    return task!;
  }, waitTimeoutMs === undefined ? undefined : {
    ms: waitTimeoutMs,
    error: () => new TaskWaitTimeoutError(`the task has not ended within ${waitTimeoutMs} ms`, {
      taskId: task?.taskId ?? first.taskId, cause,
    }),
  });
}

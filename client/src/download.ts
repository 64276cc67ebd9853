import { sleep } from './abortable';
import { clock } from './clock';
import { TaskClientError, TaskConnectionError, TaskDownloadError } from './errors';
import { backoffMs, isTransient } from './retry';
import type { Task } from './task';

const ATTEMPTS = 5;

/** Downloads the result of a task. Each attempt reads the task, because the URL expires. */
export async function download(read: () => Promise<Task>, signal?: AbortSignal): Promise<Response> {
  for (let failures = 1; ; failures++) {
    const { taskId, status, resultUrl } = await read();
    if (resultUrl === undefined) {
      throw new TaskDownloadError(`the task has no result to download, and is ${status}`, { taskId });
    }
    const outcome = await attempt(resultUrl, taskId, signal);
    if (outcome instanceof Response) return outcome;
    if (!outcome.isTransient || failures === ATTEMPTS) throw outcome.error;
    await sleep(backoffMs(failures, clock.random()), signal);
  }
}

async function attempt(
  url: string, taskId: string, signal: AbortSignal | undefined,
): Promise<Response | { readonly error: TaskClientError; readonly isTransient: boolean }> {
  try {
    // Not the fetch of the client: the URL is signed, and S3 refuses a second one.
    const response = await globalThis.fetch(url, signal && { signal });
    if (response.ok) return response;
    await response.body?.cancel();
    const { status } = response;
    // S3 answers 403 if the URL has expired.
    const error = new TaskDownloadError(`S3 answered ${status}`, { taskId, status });
    return { error, isTransient: status === 403 || isTransient(status) };
  } catch (cause) {
    signal?.throwIfAborted();
    return { error: new TaskConnectionError(`the result could not be downloaded: ${cause}`, { taskId, cause }), isTransient: true };
  }
}

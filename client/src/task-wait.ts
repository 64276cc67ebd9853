import { abortable, sleep } from './abortable';
import { TaskCancelledError, TaskFailedError, TaskWaitTimeoutError } from './errors';
import type { Http, HttpRequest, HttpResponse, SendOptions } from './http';
import type { WaitOptions } from './options';
import { getRequest } from './requests';
import { pollDelayMs } from './retry';
import type { Task } from './task';
import { isTerminal } from '../../src/protocol/wire';

/** Two minutes or less, with the pauses between them. */
const POLL_ATTEMPTS = 10;

/** Waits for the end of one task. */
export class TaskWait<Result> {
  private taskId?: string;
  private lastFailure?: Error;
  /** The task as it was last shown, as JSON. */
  private shown?: string;

  constructor(private readonly http: Http, private readonly options: WaitOptions) {}

  public async forTask(taskId: string): Promise<Task<Result>> {
    this.taskId = taskId;
    return this.limited(async (signal) => this.follow(await this.poll(taskId, signal), signal));
  }

  public async forNewTask(request: HttpRequest<Task>): Promise<Task<Result>> {
    // No more attempts than any creation has: it fails for good where a page is not allowed to call the API, and should say so soon.
    return this.limited(async (signal) => this.follow(await this.send(request, { signal }), signal));
  }

  private async limited(work: (signal: AbortSignal) => Promise<Task<Result>>): Promise<Task<Result>> {
    const { signal, waitTimeoutMs } = this.options;
    return abortable(signal, work, waitTimeoutMs === undefined ? undefined : {
      ms: waitTimeoutMs,
      error: () => new TaskWaitTimeoutError(`the task has not ended within ${waitTimeoutMs} ms`, { taskId: this.taskId, cause: this.lastFailure }),
    });
  }

  private async follow(first: HttpResponse<Task>, signal: AbortSignal): Promise<Task<Result>> {
    let task = first.body!;
    let etag = first.etag;
    this.taskId = task.taskId;
    await this.show(first, signal);
    for (let answer = first, polls = 0; !isTerminal(task.status); polls++) {
      await sleep(answer.retryAfterMs ?? pollDelayMs(polls), signal);
      answer = await this.poll(task.taskId, signal, etag);
      if (answer.body) {
        task = answer.body;
        etag = answer.etag;
        await this.show(answer, signal);
      }
    }
    if (task.status === 'FAILED') throw new TaskFailedError(task);
    if (task.status === 'CANCELLED') throw new TaskCancelledError(task);
    return task as Task<Result>;
  }

  private async poll(taskId: string, signal: AbortSignal, etag?: string): Promise<HttpResponse<Task>> {
    const attempts = this.options.waitTimeoutMs === undefined ? POLL_ATTEMPTS : Infinity;
    return this.send(getRequest(taskId, this.options, etag), { signal, attempts });
  }

  private async send(request: HttpRequest<Task>, options: SendOptions): Promise<HttpResponse<Task>> {
    const answer = await this.http.send(request, { ...options, onFailure: (error) => { this.lastFailure = error; } });
    this.lastFailure = undefined;
    return answer;
  }

  private async show({ body, text }: HttpResponse<Task>, signal: AbortSignal): Promise<void> {
    // The caller may have been told that the wait is over in the meantime.
    signal.throwIfAborted();
    if (text === this.shown) return;
    this.shown = text;
    await this.options.onChange?.(body!);
  }
}

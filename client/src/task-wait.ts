import { abortable, sleep } from './abortable';
import { TaskCancelledError, TaskFailedError, TaskWaitTimeoutError } from './errors';
import type { Http, HttpRequest, HttpResponse, SendOptions } from './http';
import type { WaitOptions } from './options';
import { getRequest } from './requests';
import { pollDelayMs } from './retry';
import type { Task } from './task';
import { isTerminal } from '../../src/protocol/wire';

/** With the pauses between them, these take up to two minutes. */
const POLL_ATTEMPTS = 10;

/** Waits until one task has ended. */
export class TaskWait<Result> {
  private taskId?: string;
  private lastFailure?: Error;
  /** The task that `onChange` got last, as JSON. */
  private notified?: string;

  constructor(private readonly http: Http, private readonly options: WaitOptions<Result>) {}

  public async forTask(taskId: string): Promise<Task<Result>> {
    this.taskId = taskId;
    return this.limited(async (signal) => this.follow(await this.poll(taskId, signal), signal));
  }

  public async forNewTask(request: HttpRequest<Task>): Promise<Task<Result>> {
    // Not more attempts than `create` has: if CORS does not allow the page to call the API, all of them fail, and the user should know
    // soon.
    return this.limited(async (signal) => this.follow(await this.send(request, { signal }), signal));
  }

  private async limited(work: (signal: AbortSignal) => Promise<Task<Result>>): Promise<Task<Result>> {
    const { signal, waitTimeoutMs } = this.options;
    return abortable(signal, work, waitTimeoutMs === undefined ? undefined : {
      ms: waitTimeoutMs,
      error: () => new TaskWaitTimeoutError(`the task has not ended within ${waitTimeoutMs} ms`, {
        taskId: this.taskId, cause: this.lastFailure,
      }),
    });
  }

  private async follow(first: HttpResponse<Task>, signal: AbortSignal): Promise<Task<Result>> {
    let task = first.body!;
    let etag = first.etag;
    this.taskId = task.taskId;
    await this.notify(first, signal);
    for (let response = first, polls = 0; !isTerminal(task.status); polls++) {
      await sleep(response.retryAfterMs ?? pollDelayMs(polls), signal);
      response = await this.poll(task.taskId, signal, etag);
      if (response.body) {
        task = response.body;
        etag = response.etag;
        await this.notify(response, signal);
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
    const response = await this.http.send(request, { ...options, onFailure: (error) => { this.lastFailure = error; } });
    this.lastFailure = undefined;
    return response;
  }

  private async notify({ body, text }: HttpResponse<Task>, signal: AbortSignal): Promise<void> {
    // The call may have ended meanwhile.
    signal.throwIfAborted();
    if (text === this.notified) return;
    this.notified = text;
    await this.options.onChange?.(body as Task<Result>);
  }
}

import { abortableSteps } from './abortable';
import { download } from './download';
import { Http } from './http';
import { LiveWatch, liveWatch } from './live';
import { CreateOptions, GetOptions, ListOptions, RequestOptions, RunOptions, TaskClientOptions, WaitOptions } from './options';
import { cancelRequest, createRequest, getRequest, listRequest } from './requests';
import { Task, TaskPage, TaskSummary } from './task';
import { followTask, POLL_ATTEMPTS } from './task-follower';
import { followAll } from './task-list-follower';
import { waitForEnd } from './task-wait';

/**
 * Creates tasks, and waits until they end.
 *
 * The client sends a request up to five times if the API can't be reached or answers 408, 429 or 5xx. After a 401, it sends the request
 * once more if the credentials can change. Each method throws a `TaskConnectionError` if it got no response, a `TaskApiError` if the
 * request was refused, and the reason of its signal if that aborts.
 */
export class TaskClient {
  private readonly http: Http;
  private readonly live: LiveWatch;

  /** Throws a `TypeError` if the URL is invalid, or contains a user name or a password. */
  constructor(options: TaskClientOptions) {
    this.http = new Http(options);
    this.live = liveWatch(options);
  }

  /** Creates a task. Does not wait for its end. */
  public async create(type: string, payload?: unknown, options: CreateOptions = {}): Promise<Task> {
    return (await this.http.send(createRequest(type, payload, options), options)).body!;
  }

  /** Reads a task. */
  public async get<Result = unknown>(taskId: string, options: GetOptions = {}): Promise<Task<Result>> {
    return (await this.http.send(getRequest(taskId, options), options)).body as Task<Result>;
  }

  /**
   * Downloads the result of a task, if its processor put it into the result bucket. Returns the response, with its body as a stream.
   *
   * Throws a `TaskDownloadError` if the task has no such result, or the bucket refuses the download.
   */
  public async downloadResult(taskId: string, options: RequestOptions = {}): Promise<Response> {
    return download(() => this.get(taskId, options), options.signal);
  }

  /** Lists the caller's tasks, newest first, one page at a time. */
  public async list(options: ListOptions = {}): Promise<TaskPage> {
    return (await this.http.send(listRequest(options), options)).body!;
  }

  /** Cancels a task. A second call changes nothing. Throws a `TaskApiError` with status 409 if the task has ended in another way. */
  public async cancel(taskId: string, options: RequestOptions = {}): Promise<Task> {
    return (await this.http.send(cancelRequest(taskId), options)).body!;
  }

  /**
   * Polls a task, as often as the API asks for, until it is `SUCCESSFUL`. With live updates, reads it when its status changes, and seldom
   * otherwise.
   *
   * Throws a `TaskFailedError` or a `TaskCancelledError` if the task ended in another way, a `TaskWaitTimeoutError` after `waitTimeoutMs`,
   * and what `onChange` throws. The client sends a poll up to ten times. With `waitTimeoutMs`, it retries until that time is over.
   */
  public async wait<Result = unknown>(taskId: string, options: WaitOptions<Result> = {}): Promise<Task<Result>> {
    return waitForEnd(this.http, this.live, getRequest(taskId, options), options);
  }

  /**
   * Yields a task, and then the task after each change, until it has ended: the last one is `SUCCESSFUL`, `FAILED` or `CANCELLED`. `break`,
   * `return()` and the signal stop it. Polls as `wait` does.
   */
  public watch<Result = unknown>(taskId: string, options: GetOptions = {}): AsyncGenerator<Task<Result>, void, undefined> {
    return abortableSteps(options.signal, (signal) => (
      followTask<Result>(this.http, this.live, getRequest(taskId, options), options, { signal, attempts: POLL_ATTEMPTS })
    ));
  }

  /**
   * Yields the caller's newest tasks, up to 100, newest first. Then yields each task that is new or whose status or progress changes, until
   * `break`, `return()` or the signal stops it. Without live updates, lists the newest tasks every 10 seconds, so that it does not see
   * changes of older ones. Sends each request up to ten times.
   */
  public watchAll(options: RequestOptions = {}): AsyncGenerator<TaskSummary, void, undefined> {
    return abortableSteps(options.signal, (signal) => followAll(this.http, this.live, signal));
  }

  /** Creates a task, and waits for its result. Throws as `wait` does. The task goes on if the call ends before the task. */
  public async run<Result = unknown>(type: string, payload?: unknown, options: RunOptions<Result> = {}): Promise<Result> {
    const { result } = await waitForEnd(this.http, this.live, createRequest(type, payload, options), options);
    return result as Result;
  }
}

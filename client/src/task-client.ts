import { Http } from './http';
import { CreateOptions, GetOptions, ListOptions, RequestOptions, RunOptions, TaskClientOptions, WaitOptions } from './options';
import { cancelRequest, createRequest, getRequest, listRequest } from './requests';
import { Task, TaskPage } from './task';
import { TaskWait } from './task-wait';

/**
 * Creates tasks and follows them to their end.
 *
 * Each request is sent up to five times if the API can't be reached or answers 408, 429 or 5xx, and once more after a 401 if its
 * credentials can be others then. Each method throws a `TaskConnectionError` if it never got an answer, a `TaskApiError` if it was
 * refused, and the reason of its signal.
 */
export class TaskClient {
  private readonly http: Http;

  /** Throws a `TypeError` if the address is none, or has a password in it. */
  constructor(options: TaskClientOptions) {
    this.http = new Http(options);
  }

  /** Creates a task, and doesn't wait for its end. */
  public async create(type: string, payload?: unknown, options: CreateOptions = {}): Promise<Task> {
    return (await this.http.send(createRequest(type, payload, options), options)).body!;
  }

  /** Reads a task. */
  public async get<Result = unknown>(taskId: string, options: GetOptions = {}): Promise<Task<Result>> {
    return (await this.http.send(getRequest(taskId, options), options)).body as Task<Result>;
  }

  /** Reads a page of the caller's own tasks, newest first. */
  public async list(options: ListOptions = {}): Promise<TaskPage> {
    return (await this.http.send(listRequest(options), options)).body!;
  }

  /** Cancels a task; once more changes nothing. Throws a `TaskApiError` with status 409 if it has ended otherwise. */
  public async cancel(taskId: string, options: RequestOptions = {}): Promise<Task> {
    return (await this.http.send(cancelRequest(taskId), options)).body!;
  }

  /**
   * Waits until a task has ended as `SUCCESSFUL`, and polls it as the API asks for.
   *
   * Throws a `TaskFailedError` or a `TaskCancelledError` if it ended otherwise, a `TaskWaitTimeoutError` if that takes too long, and what
   * `onChange` throws. Polls are sent up to ten times, and with a `timeout` until then.
   */
  public async wait<Result = unknown>(taskId: string, options: WaitOptions = {}): Promise<Task<Result>> {
    return new TaskWait<Result>(this.http, options).forTask(taskId);
  }

  /** Creates a task and waits for its result. Throws as `wait` does. An end that is not waited for doesn't cancel the task. */
  public async run<Result = unknown>(type: string, payload?: unknown, options: RunOptions = {}): Promise<Result> {
    const { result } = await new TaskWait<Result>(this.http, options).forNewTask(createRequest(type, payload, options));
    return result as Result;
  }
}

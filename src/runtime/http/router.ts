import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { withCors } from './cors';
import { parseCreateRequest, RequestLimits } from './create-request';
import { parseListRequest, toNextToken } from './list-request';
import { OwnerOf } from './owner';
import { NO_STORE, Problem } from './problem';
import { identifier, listHeader, matchesEntityTag, preferredWaitSeconds } from './request-headers';
import { entityTag, retryAfterSeconds, taskRepresentation, taskSummary } from './task-representation';
import { HEADER, isTerminal, MEDIA_TYPE, TASK_ID } from '../../protocol/wire';
import { OutOfTime } from '../support/time-budget';
import { newTask, Task } from '../task/task';
import { listTasks } from '../task/task-list';
import { TaskStore } from '../task/task-store';

export interface RouterOptions extends RequestLimits {
  readonly store: TaskStore;
  readonly ownerOf: OwnerOf;
  /** How long a request may wait at most for a task to end. */
  readonly maxWaitSeconds: number;
  readonly allowOrigins: string[];
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
}

type ReplyHeaders = NonNullable<APIGatewayProxyResult['headers']>;

/** How often the table is asked for the sake of a request that waits. */
const WAIT_STEP_MS = 500;

/** Answers the requests of the HTTP API. */
export class Router {
  constructor(private readonly options: RouterOptions) {}

  async answer(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    return withCors(event, await this.answerOrProblem(event), this.options.allowOrigins);
  }

  private async answerOrProblem(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    try {
      switch (`${event.httpMethod} ${event.resource}`) {
        case 'POST /tasks':
          return await this.createTask(event);
        case 'GET /tasks':
          return await this.listTasks(event);
        case 'GET /tasks/{taskId}':
          return await this.getTask(event);
        case 'POST /tasks/{taskId}/cancel':
          return await this.cancelTask(event);
        default:
          throw new Problem(404, 'there is no such resource');
      }
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      if (!isLate(error)) throw error;
      console.error({ message: 'request could not be answered in time', request: `${event.httpMethod} ${event.resource}`, error: error.name });
      return new Problem(503, `the request could not be answered in time: ${whatNow(event)}`).toResponse();
    }
  }

  private async createTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { store, taskTimeoutSeconds, now } = this.options;
    const owner = this.options.ownerOf(event);
    const idempotencyKey = identifier(event, HEADER.IDEMPOTENCY_KEY);
    const request = parseCreateRequest(event, this.options);
    const task = newTask(request, { owner, idempotencyKey, taskTimeoutSeconds }, now());
    const stored = await store.create(task);
    if (stored.requestDigest !== task.requestDigest || stored.owner !== owner) {
      throw new Problem(422, 'the Idempotency-Key was used for another request', [
        { header: HEADER.IDEMPOTENCY_KEY, detail: 'must be new for a new request' },
      ]);
    }
    const isReplay = stored !== task;
    const headers = { [HEADER.LOCATION]: taskLocation(event, task.taskId), ...(isReplay && { [HEADER.IDEMPOTENT_REPLAYED]: 'true' }) };
    return this.taskResponse(202, await this.upToDate(stored), headers);
  }

  private async listTasks(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { tasks, next } = await listTasks(this.options.store, this.options.ownerOf(event), parseListRequest(event), this.options.now);
    return response(200, {
      tasks: tasks.map(taskSummary),
      ...(next !== undefined && { nextToken: toNextToken(next) }),
    });
  }

  private async getTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { now, sleep, maxWaitSeconds } = this.options;
    const seen = listHeader(event, HEADER.IF_NONE_MATCH);
    const waitSeconds = Math.min(maxWaitSeconds, preferredWaitSeconds(listHeader(event, HEADER.PREFER)));
    const until = now().getTime() + waitSeconds * 1000;

    let task = await this.findOwn(event);
    // Who has a version waits for another one, everybody else for the end.
    const isWorthWaiting = () => !isTerminal(task.status) && (seen === undefined || matchesEntityTag(seen, entityTag(task)));
    while (isWorthWaiting() && now().getTime() < until) {
      await sleep(Math.min(WAIT_STEP_MS, until - now().getTime()));
      task = await this.findOwn(event);
    }

    const headers = waitSeconds > 0 ? waitedHeaders(task, waitSeconds) : {};
    if (matchesEntityTag(seen, entityTag(task))) return { statusCode: 304, headers: { ...this.taskHeaders(task), ...headers }, body: '' };
    return this.taskResponse(200, task, headers);
  }

  private async cancelTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { store, now } = this.options;
    const found = await this.findOwn(event);
    const task = isTerminal(found.status) ? found : await store.cancel(found.taskId, now()) ?? noSuchTask();
    if (task.status !== 'CANCELLED') throw new Problem(409, `the task is ${task.status} already`);
    return this.taskResponse(200, task);
  }

  /** Finds the task of a request's path. One of somebody else is as good as none. */
  private async findOwn(event: APIGatewayProxyEvent): Promise<Task> {
    const taskId = event.pathParameters!.taskId!;
    const owner = this.options.ownerOf(event);
    // Anything else is not worth asking the table, which takes no key over 2,048 bytes.
    const task = TASK_ID.test(taskId) ? await this.options.store.find(taskId) : undefined;
    return task && task.owner === owner ? this.upToDate(task) : noSuchTask();
  }

  private async upToDate(task: Task): Promise<Task> {
    return await this.options.store.upToDate(task, this.options.now) ?? noSuchTask();
  }

  private async taskResponse(statusCode: number, task: Task, headers: ReplyHeaders = {}): Promise<APIGatewayProxyResult> {
    return response(statusCode, taskRepresentation(await this.options.store.withContents(task)), { ...this.taskHeaders(task), ...headers });
  }

  private taskHeaders(task: Task): ReplyHeaders {
    return {
      ...NO_STORE,
      [HEADER.ETAG]: entityTag(task),
      ...(!isTerminal(task.status) && { [HEADER.RETRY_AFTER]: String(retryAfterSeconds(task, this.options.now())) }),
    };
  }
}

/** Who has waited already need not pause before the next poll, which waits again. */
function waitedHeaders({ status }: Task, seconds: number): ReplyHeaders {
  return { [HEADER.PREFERENCE_APPLIED]: `wait=${seconds}`, ...(!isTerminal(status) && { [HEADER.RETRY_AFTER]: '1' }) };
}

/** Whether nobody answered a call, or there was no time to make it. Whether it had an effect is unknown then. */
function isLate(error: unknown): error is Error {
  return error instanceof OutOfTime || error instanceof Error && error.name === 'TimeoutError';
}

/** All requests can be sent again without harm, but for one. */
function whatNow(event: APIGatewayProxyEvent): string {
  if (event.httpMethod !== 'POST' || event.resource !== '/tasks') return 'send it again';
  return identifier(event, HEADER.IDEMPOTENCY_KEY) === undefined
    ? 'it may have created a task, and will create another one if it is sent again; with an Idempotency-Key it would not'
    : 'it may have created a task; send it again with the same Idempotency-Key';
}

/**
 * Where a new task is, relative to the URL of the request: only the client knows the domain, base path and stage in it, and what proxies
 * made of them. API Gateway routes `/tasks/` like `/tasks`, and passes the path on as it came.
 */
function taskLocation({ path }: APIGatewayProxyEvent, taskId: string): string {
  const slashes = /\/*$/.exec(path)![0].length;
  return slashes === 0 ? `tasks/${taskId}` : `${'../'.repeat(slashes - 1)}${taskId}`;
}

function noSuchTask(): never {
  throw new Problem(404, 'there is no such task');
}

function response(statusCode: number, body: object, headers: ReplyHeaders = {}): APIGatewayProxyResult {
  return { statusCode, headers: { [HEADER.CONTENT_TYPE]: MEDIA_TYPE.JSON, ...NO_STORE, ...headers }, body: JSON.stringify(body) };
}

import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Cors, withCors } from './cors';
import { parseCreateRequest, RequestLimits } from './create-request';
import { parseListRequest, toNextToken } from './list-request';
import { OwnerOf } from './owner';
import { NO_STORE, Problem } from './problem';
import { identifier, listHeader, matchesEntityTag, preferredWaitSeconds } from './request-headers';
import { ResultUrls } from './result-urls';
import { entityTag, retryAfterSeconds, taskRepresentation, taskSummary } from './task-representation';
import { traceContext } from './trace-context';
import { traceIdOf } from '../../protocol/trace-context';
import { HEADER, isTerminal, MEDIA_TYPE, TASK_ID } from '../../protocol/wire';
import { LoggedTask, taskFields } from '../support/task-fields';
import { OutOfTime } from '../support/time-budget';
import { newTask, Task } from '../task/task';
import { listTasks } from '../task/task-list';
import { TaskStore } from '../task/task-store';

export interface RouterOptions extends RequestLimits {
  readonly store: TaskStore;
  readonly ownerOf: OwnerOf;
  /** Maximum time for which a request can wait for its task. */
  readonly maxWaitSeconds: number;
  /** None if API Gateway adds the headers of CORS. */
  readonly cors?: Cors;
  /** Signs the URLs of results. Undefined without a result bucket. */
  readonly resultUrls?: ResultUrls;
  /** Whether X-Ray traces the requests. */
  readonly isTraced?: boolean;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<unknown>;
}

type ReplyHeaders = NonNullable<APIGatewayProxyResult['headers']>;

/** Pause between two reads of a task that a request waits for. */
const WAIT_STEP_MS = 500;

/** Answers the requests to the HTTP API. */
export class Router {
  constructor(private readonly options: RouterOptions) {}

  public async answer(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const reply = await this.answerOrProblem(event);
    return this.options.cors ? withCors(event, reply, this.options.cors) : reply;
  }

  private async answerOrProblem(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    // What is known about the task if the rest fails.
    let known: LoggedTask = { taskId: event.pathParameters?.taskId };
    try {
      switch (routeOf(event)) {
        case 'POST /tasks': {
          const task = this.newTask(event);
          // Its status is not known: it may not be stored.
          known = { taskId: task.taskId, type: task.type, traceparent: task.traceparent };
          return await this.createTask(event, task);
        }
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
      console.error({ message: 'request could not be answered in time', request: routeOf(event), ...taskFields(known), error: error.name });
      return new Problem(503, `the request could not be answered in time: ${adviceFor(event)}`).toResponse();
    }
  }

  private newTask(event: APIGatewayProxyEvent): Task {
    const { taskTimeoutSeconds, now } = this.options;
    const owner = this.options.ownerOf(event);
    const idempotencyKey = identifier(event, HEADER.IDEMPOTENCY_KEY);
    const trace = traceContext(event, this.options.isTraced);
    const request = parseCreateRequest(event, this.options, traceIdOf(trace.traceparent));
    return newTask(request, { owner, idempotencyKey, taskTimeoutSeconds, trace }, now());
  }

  private async createTask(event: APIGatewayProxyEvent, task: Task): Promise<APIGatewayProxyResult> {
    const stored = await this.options.store.create(task);
    if (stored.requestDigest !== task.requestDigest || stored.owner !== task.owner) {
      throw new Problem(422, 'the Idempotency-Key has been used for another request', [
        { header: HEADER.IDEMPOTENCY_KEY, detail: 'must be new for each new request' },
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
    // A caller that has a version waits for another one; all others wait for the end.
    const isWorthWaiting = () => !isTerminal(task.status) && (seen === undefined || matchesEntityTag(seen, entityTag(task, now())));
    while (isWorthWaiting() && now().getTime() < until) {
      await sleep(Math.min(WAIT_STEP_MS, until - now().getTime()));
      task = await this.findOwn(event);
    }

    const headers = waitSeconds > 0 ? waitedHeaders(task, waitSeconds) : {};
    if (matchesEntityTag(seen, entityTag(task, now()))) {
      return { statusCode: 304, headers: { ...this.taskHeaders(task), ...headers }, body: '' };
    }
    return this.taskResponse(200, task, headers);
  }

  private async cancelTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const { store, now } = this.options;
    const found = await this.findOwn(event);
    const task = isTerminal(found.status) ? found : await store.cancel(found.taskId, now()) ?? noSuchTask();
    if (task.status !== 'CANCELLED') throw new Problem(409, `the task is already ${task.status}`);
    return this.taskResponse(200, task);
  }

  /** Finds the task in the path of a request. To its caller, a task of another owner does not exist. */
  private async findOwn(event: APIGatewayProxyEvent): Promise<Task> {
    const taskId = event.pathParameters!.taskId!;
    const owner = this.options.ownerOf(event);
    // The table refuses keys over 2,048 bytes, so it is not asked for anything that is no task id.
    const task = TASK_ID.test(taskId) ? await this.options.store.find(taskId) : undefined;
    return task && task.owner === owner ? this.upToDate(task) : noSuchTask();
  }

  private async upToDate(task: Task): Promise<Task> {
    return await this.options.store.upToDate(task, this.options.now) ?? noSuchTask();
  }

  private async taskResponse(statusCode: number, task: Task, headers: ReplyHeaders = {}): Promise<APIGatewayProxyResult> {
    const { store, resultUrls, now } = this.options;
    const [complete, resultUrl] = await Promise.all([store.withContents(task), resultUrls?.sign(task, now())]);
    return response(statusCode, taskRepresentation(complete, resultUrl), { ...this.taskHeaders(task), ...headers });
  }

  private taskHeaders(task: Task): ReplyHeaders {
    return {
      ...NO_STORE,
      [HEADER.ETAG]: entityTag(task, this.options.now()),
      ...(!isTerminal(task.status) && { [HEADER.RETRY_AFTER]: String(retryAfterSeconds(task, this.options.now())) }),
    };
  }
}

/** Returns the method and route of a request. The routes can be below a resource of the app, whose path is left out. */
function routeOf({ httpMethod, resource }: APIGatewayProxyEvent): string {
  return `${httpMethod} ${/\/tasks(?:\/{taskId}(?:\/cancel)?)?$/.exec(resource)?.[0] ?? resource}`;
}

/** A caller that has waited can poll again soon: the next poll waits, too. */
function waitedHeaders({ status }: Task, seconds: number): ReplyHeaders {
  return { [HEADER.PREFERENCE_APPLIED]: `wait=${seconds}`, ...(!isTerminal(status) && { [HEADER.RETRY_AFTER]: '1' }) };
}

/** Returns whether a call to AWS got no answer, or was not made for lack of time. Nobody knows then whether it had an effect. */
function isLate(error: unknown): error is Error {
  return error instanceof OutOfTime || error instanceof Error && error.name === 'TimeoutError';
}

/** Returns what the caller should do. Only the creation of a task without a key can't be repeated safely. */
function adviceFor(event: APIGatewayProxyEvent): string {
  if (routeOf(event) !== 'POST /tasks') return 'send it again';
  return identifier(event, HEADER.IDEMPOTENCY_KEY) === undefined
    ? 'it may have created a task, and another one if it is sent again; an Idempotency-Key prevents that'
    : 'it may have created a task; send it again with the same Idempotency-Key';
}

/**
 * Returns where a new task is, relative to the URL of the request. Only the caller knows the whole URL: its domain, base path and stage,
 * and those of proxies. API Gateway routes `/tasks/` like `/tasks`, and passes on the path unchanged.
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

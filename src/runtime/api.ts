import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { parseCreateRequest } from './create-request';
import { Problem } from './problem';
import { isTerminal, newTask, retryAfterSeconds, Task, timeout, toRepresentation } from './task';
import { TaskStore } from './task-store';

export interface ApiOptions {
  readonly store: TaskStore;
  /** The longest time that a task may have, and the one it gets if it does not ask for less. */
  readonly taskTimeoutSeconds: number;
  readonly now: () => Date;
}

/** What an id of ours can look like. Anything else is not worth asking the table, which takes no key over 2,048 bytes. */
const TASK_ID = /^[0-9a-f-]{1,64}$/;

/** Answers the requests of the HTTP API. */
export class Api {
  constructor(private readonly options: ApiOptions) {}

  async answer(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    try {
      switch (`${event.httpMethod} ${event.resource}`) {
        case 'POST /tasks':
          return await this.createTask(event);
        case 'GET /tasks/{taskId}':
          return await this.getTask(event.pathParameters!.taskId!);
        default:
          throw new Problem(404, 'there is no such resource');
      }
    } catch (error) {
      if (error instanceof Problem) return error.toResponse();
      throw error;
    }
  }

  private async createTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
    const now = this.options.now();
    const { timeoutSeconds = this.options.taskTimeoutSeconds, ...request } = parseCreateRequest(event, this.options.taskTimeoutSeconds);
    const task = newTask({ ...request, timeoutSeconds }, now);
    await this.options.store.create(task);
    // Relative to the request's own URL: neither the stage nor the base path of a custom domain is known here.
    return response(202, task, { ...retryAfter(task, now), Location: `tasks/${task.taskId}` });
  }

  private async getTask(taskId: string): Promise<APIGatewayProxyResult> {
    const { store } = this.options;
    const now = this.options.now();
    const found = TASK_ID.test(taskId) ? await store.find(taskId) : undefined;
    // Nobody is told of a task that goes on when its time is over: the end is written first.
    const overdue = found && timeout(found, now);
    const task = overdue ? await store.expire(found, overdue, now) : found;
    if (!task) throw new Problem(404, 'there is no such task');
    return response(200, await store.withContents(task), retryAfter(task, now));
  }
}

function retryAfter(task: Task, now: Date): Record<string, string> {
  return isTerminal(task.status) ? {} : { 'Retry-After': String(retryAfterSeconds(task, now)) };
}

function response(statusCode: number, task: Task, headers: Record<string, string>): APIGatewayProxyResult {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(toRepresentation(task)),
  };
}

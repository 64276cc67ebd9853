import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { environmentVariable } from './configuration';
import { parseCreateRequest } from './create-request';
import { Problem } from './problem';
import { isTerminal, newTask, retryAfterSeconds, Task, toRepresentation } from './task';
import { TaskStore } from './task-store';

const store = new TaskStore(new DynamoDBClient({}), environmentVariable('TABLE_NAME'));

/** Answers the requests of the HTTP API. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  try {
    switch (`${event.httpMethod} ${event.resource}`) {
      case 'POST /tasks':
        return await createTask(event);
      case 'GET /tasks/{taskId}':
        return await getTask(event.pathParameters!.taskId!);
      default:
        throw new Problem(404, 'there is no such resource');
    }
  } catch (error) {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  }
}

async function createTask(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const now = new Date();
  const task = newTask({ taskId: randomUUID(), ...parseCreateRequest(event) }, now);
  await store.create(task);
  // Relative to the request's own URL: neither the stage nor the base path of a custom domain is known here.
  return response(202, task, { ...retryAfter(task, now), Location: `tasks/${task.taskId}` });
}

async function getTask(taskId: string): Promise<APIGatewayProxyResult> {
  const task = await store.find(taskId);
  if (!task) throw new Problem(404, 'there is no such task');
  return response(200, task, retryAfter(task, new Date()));
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

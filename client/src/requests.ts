import type { HttpRequest } from './http';
import type { CreateOptions, GetOptions, ListOptions } from './options';
import type { Task, TaskPage } from './task';

/** Always has a key, so that it can be repeated if the response is lost. */
export function createRequest(type: string, payload: unknown, options: CreateOptions): HttpRequest<Task> {
  const { idempotencyKey = crypto.randomUUID(), taskTimeoutSeconds } = options;
  return {
    method: 'POST',
    path: 'tasks',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
    body: JSON.stringify({ type, payload, timeoutSeconds: taskTimeoutSeconds }),
    isExpectedBody: isTask,
  };
}

export function getRequest(taskId: string, { pollWaitSeconds }: GetOptions, etag?: string): HttpRequest<Task> {
  return {
    method: 'GET',
    path: taskPath(taskId),
    headers: {
      ...(pollWaitSeconds !== undefined && { Prefer: `wait=${pollWaitSeconds}` }),
      ...(etag !== undefined && { 'If-None-Match': etag }),
    },
    extraSeconds: pollWaitSeconds,
    taskId,
    isExpectedBody: isTask,
  };
}

export function listRequest({ status, type, limit, nextToken }: ListOptions): HttpRequest<TaskPage> {
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries({ status, type, limit, nextToken })) {
    for (const value of [values ?? []].flat()) query.append(name, String(value));
  }
  return { method: 'GET', path: `tasks?${query}`, isExpectedBody: isTaskPage };
}

export function cancelRequest(taskId: string): HttpRequest<Task> {
  return { method: 'POST', path: `${taskPath(taskId)}/cancel`, taskId, isExpectedBody: isTask };
}

function taskPath(taskId: string): string {
  // These segments would address another resource, encoded or not.
  if (/^\.{0,2}$/.test(taskId)) throw new TypeError(`taskId must be the id of a task, got '${taskId}'`);
  return `tasks/${encodeURIComponent(taskId)}`;
}

function isTask(body: unknown): body is Task {
  const { taskId, status } = Object(body);
  return typeof taskId === 'string' && typeof status === 'string';
}

function isTaskPage(body: unknown): body is TaskPage {
  return Array.isArray(Object(body).tasks);
}

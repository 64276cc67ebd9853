/** The OpenAPI document of the HTTP API, before a TaskManager adds its own: see src/private/api/open-api.ts. */
import { LIST_QUERY, SCHEMAS } from './schemas';
import { HEADER, IDENTIFIER, MEDIA_TYPE } from '../src/protocol/wire';
import { DEFAULT_LIMIT } from '../src/runtime/http/list-request';

const text = { type: 'string' };

function parameter(where: 'header' | 'query' | 'path', name: string, description: string, schema: object = text): object {
  return { name, in: where, description, schema, ...(where === 'path' && { required: true }) };
}

function header(description: string, schema: object = text): object {
  return { description, schema };
}

const TASK_ID = parameter('path', 'taskId', 'The id of a task');

const HEADERS = {
  location: header('The address of the task, relative to the URL of the request'),
  retryAfter: header('The seconds after which the next poll is worth its while, for a task that has not ended', { type: 'integer', minimum: 1 }),
  sendAgainAfter: header('The seconds after which to send the request again', { type: 'integer', minimum: 1 }),
  etag: header('Changes whenever the task does'),
};

function problems(...statuses: [status: string, description: string][]): object {
  const content = { [MEDIA_TYPE.PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } };
  const headersOf = (status: string) => status === '503' && { headers: { [HEADER.RETRY_AFTER]: HEADERS.sendAgainAfter } };
  return Object.fromEntries([
    ...statuses,
    ['401', 'The request has no valid credentials'],
    ['403', 'The caller may not do this, or there is no such resource or method'],
    ['429', 'There are too many requests at present'],
    ['503', 'The request could not be answered in time'],
    ['default', 'The request could not be answered'],
  ].map(([status, description]) => [status, { description, ...headersOf(status), content }]));
}

function json(schema: string): object {
  return { [MEDIA_TYPE.JSON]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}

const NOT_FOUND: [string, string] = ['404', 'There is no such task, or it is of somebody else'];

export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tasks',
      summary: 'Accepts work that outlives a request, and tells how it is doing',
      description: 'Create a task, then poll it as `Retry-After` says until its status is terminal.',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '{apiUrl}', variables: { apiUrl: { default: '/', description: 'The address of the API, with its stage' } } }],
    paths: {
      '/tasks': {
        post: {
          operationId: 'createTask',
          summary: 'Create a task',
          description: 'Replies when the task is durably stored. With an `Idempotency-Key` it is safe to send the request again: there is one task for each key.',
          parameters: [
            parameter('header', HEADER.IDEMPOTENCY_KEY, 'Unique to this request, for example a UUID. Compared as it is', { type: 'string', pattern: IDENTIFIER.source }),
          ],
          requestBody: { required: true, content: json('CreateTask') },
          responses: {
            202: {
              description: 'The task was accepted',
              headers: {
                [HEADER.LOCATION]: HEADERS.location,
                [HEADER.ETAG]: HEADERS.etag,
                [HEADER.RETRY_AFTER]: HEADERS.retryAfter,
                [HEADER.IDEMPOTENT_REPLAYED]: header('`true` when an earlier request with this key made the task'),
              },
              content: json('Task'),
              links: {
                get: { operationId: 'getTask', parameters: { taskId: '$response.body#/taskId' } },
                cancel: { operationId: 'cancelTask', parameters: { taskId: '$response.body#/taskId' } },
              },
            },
            ...problems(
              ['400', 'The request is malformed'],
              ['413', 'The body is too large'],
              ['415', 'The body is not JSON in UTF-8, or it has a Content-Encoding'],
              ['422', 'The request asks for what is not allowed, or its Idempotency-Key was used for another one'],
            ),
          },
        },
        get: {
          operationId: 'listTasks',
          summary: "List the caller's tasks, newest first",
          description: 'A task appears within about a second of its creation.',
          parameters: [
            parameter('query', 'status', 'Tasks of this status only. For several statuses, give the parameter once for each', LIST_QUERY.status),
            parameter('query', 'type', 'Tasks of this type only', LIST_QUERY.type),
            parameter('query', 'limit', `The most tasks of a page, ${DEFAULT_LIMIT} if it is not given`, LIST_QUERY.limit),
            parameter('query', 'nextToken', 'That of the page before', LIST_QUERY.nextToken),
          ],
          responses: {
            200: { description: 'A page of tasks', content: json('TaskPage') },
            ...problems(['400', 'The query is malformed']),
          },
        },
      },
      '/tasks/{taskId}': {
        parameters: [TASK_ID],
        get: {
          operationId: 'getTask',
          summary: 'Tell how a task is doing',
          parameters: [
            parameter('header', HEADER.IF_NONE_MATCH, 'The `ETag` of what the caller has: it is not sent again'),
            parameter('header', HEADER.PREFER, '`wait=<seconds>`: wait that long for the task to end, or to change if there is an `If-None-Match` (RFC 7240)'),
          ],
          responses: {
            200: {
              description: 'The task',
              headers: {
                [HEADER.ETAG]: HEADERS.etag,
                [HEADER.RETRY_AFTER]: HEADERS.retryAfter,
                [HEADER.PREFERENCE_APPLIED]: header('How long the request was ready to wait'),
              },
              content: json('Task'),
            },
            304: { description: 'The task is as the caller has it', headers: { [HEADER.ETAG]: HEADERS.etag, [HEADER.RETRY_AFTER]: HEADERS.retryAfter } },
            ...problems(['400', 'The request is malformed'], NOT_FOUND),
          },
        },
      },
      '/tasks/{taskId}/cancel': {
        parameters: [TASK_ID],
        post: {
          operationId: 'cancelTask',
          summary: 'Cancel a task',
          description: 'Ends the task as `CANCELLED`. Whoever works on it is told by an event; what is reported later is ignored.',
          responses: {
            200: { description: 'The task is cancelled', headers: { [HEADER.ETAG]: HEADERS.etag }, content: json('Task') },
            ...problems(['400', 'The request is malformed'], NOT_FOUND, ['409', 'The task has ended otherwise']),
          },
        },
      },
    },
    components: { schemas: SCHEMAS, securitySchemes: {} },
  };
}

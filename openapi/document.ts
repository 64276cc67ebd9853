/** Makes the OpenAPI document that all TaskManagers share. `src/private/api/open-api.ts` adds what is specific to one of them. */
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

/** Generators make a class or a module of each tag. */
const TAG = 'tasks';

const TASK_ID = parameter('path', 'taskId', 'Id of the task');

const HEADERS = {
  location: header('URL of the task, relative to the URL of the request'),
  retryAfter: header('Seconds to wait before the next poll. Missing if the task has ended', { type: 'integer', minimum: 1 }),
  sendAgainAfter: header('Seconds to wait before sending the request again', { type: 'integer', minimum: 1 }),
  etag: header('Version of the task. Changes whenever the task does'),
};

function problems(...statuses: [status: string, description: string][]): object {
  const content = { [MEDIA_TYPE.PROBLEM]: { schema: { $ref: '#/components/schemas/Problem' } } };
  const headersOf = (status: string) => status === '503' && { headers: { [HEADER.RETRY_AFTER]: HEADERS.sendAgainAfter } };
  return Object.fromEntries([
    ...statuses,
    ['401', 'The request has no valid credentials'],
    ['403', 'The caller is not allowed to do this, or there is no such resource or method'],
    ['429', 'There are too many requests'],
    ['503', 'The request could not be answered in time'],
    ['default', 'The request could not be answered'],
  ].map(([status, description]) => [status, { description, ...headersOf(status), content }]));
}

function json(schema: string): object {
  return { [MEDIA_TYPE.JSON]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}

const NOT_FOUND: [string, string] = ['404', 'There is no such task, or it belongs to another owner'];

export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tasks',
      summary: 'Accepts long-running tasks and returns their status',
      description: 'Create a task, then poll it until its status is terminal. `Retry-After` gives the pause between two polls.',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '{apiUrl}', variables: { apiUrl: { default: '/', description: 'URL of the API, including its stage' } } }],
    paths: {
      '/tasks': {
        post: {
          operationId: 'createTask',
          tags: [TAG],
          summary: 'Create a task',
          description: 'Replies when the task is durably stored. A request with an `Idempotency-Key` can be repeated safely: '
            + 'each key creates one task.',
          parameters: [
            parameter('header', HEADER.IDEMPOTENCY_KEY, 'Key that is unique to this request, for example a UUID', {
              type: 'string', pattern: IDENTIFIER.source,
            }),
          ],
          requestBody: { required: true, content: json('CreateTask') },
          responses: {
            202: {
              description: 'The task was accepted',
              headers: {
                [HEADER.LOCATION]: HEADERS.location,
                [HEADER.ETAG]: HEADERS.etag,
                [HEADER.RETRY_AFTER]: HEADERS.retryAfter,
                [HEADER.IDEMPOTENT_REPLAYED]: header('`true` if an earlier request with this key created the task'),
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
              ['422', 'A value is not allowed, or the Idempotency-Key has been used for another request'],
            ),
          },
        },
        get: {
          operationId: 'listTasks',
          tags: [TAG],
          summary: "List the caller's tasks",
          description: 'Returns the newest tasks first. A new task appears in the list within about a second.',
          parameters: [
            parameter('query', 'status', 'Returns only tasks with this status. Repeat it for several statuses', LIST_QUERY.status),
            parameter('query', 'type', 'Returns only tasks of this type', LIST_QUERY.type),
            parameter('query', 'limit', `Maximum number of tasks in a page. The default is ${DEFAULT_LIMIT}`, LIST_QUERY.limit),
            parameter('query', 'nextToken', '`nextToken` of the previous page', LIST_QUERY.nextToken),
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
          tags: [TAG],
          summary: 'Get a task',
          parameters: [
            parameter('header', HEADER.IF_NONE_MATCH, '`ETag` of the version that the caller has. The reply is a 304 if it is current'),
            parameter('header', HEADER.PREFER, '`wait=<seconds>` waits for the task to end or, with `If-None-Match`, to change'),
          ],
          responses: {
            200: {
              description: 'The task',
              headers: {
                [HEADER.ETAG]: HEADERS.etag,
                [HEADER.RETRY_AFTER]: HEADERS.retryAfter,
                [HEADER.PREFERENCE_APPLIED]: header('The wait that was granted'),
              },
              content: json('Task'),
            },
            304: {
              description: 'The task has not changed',
              headers: { [HEADER.ETAG]: HEADERS.etag, [HEADER.RETRY_AFTER]: HEADERS.retryAfter },
            },
            ...problems(['400', 'The request is malformed'], NOT_FOUND),
          },
        },
      },
      '/tasks/{taskId}/cancel': {
        parameters: [TASK_ID],
        post: {
          operationId: 'cancelTask',
          tags: [TAG],
          summary: 'Cancel a task',
          description: 'Ends the task as `CANCELLED`. Its processor can notice that, and stop. Later reports are ignored.',
          responses: {
            200: { description: 'The task is cancelled', headers: { [HEADER.ETAG]: HEADERS.etag }, content: json('Task') },
            ...problems(['400', 'The request is malformed'], NOT_FOUND, ['409', 'The task has already ended with another status']),
          },
        },
      },
    },
    tags: [{ name: TAG, description: 'Long-running tasks' }],
    components: { schemas: SCHEMAS, securitySchemes: {} },
  };
}

/** JSON Schemas of the API's messages. Those of requests are made from the schemas with which the API's function parses them. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { ERROR_CODE, TASK_STATUSES, TASK_TYPE } from '../src/protocol/wire';
import { CreateRequest } from '../src/runtime/http/create-request';
import { ListQuery } from '../src/runtime/http/list-request';

const { $schema: _, ...createRequest } = toJsonSchema(CreateRequest, { target: 'draft-2020-12' });
const listQuery = toJsonSchema(ListQuery, { target: 'draft-2020-12', typeMode: 'output' }).properties as Record<string, object>;

const time = { type: 'string', format: 'date-time' };
const status = { $ref: '#/components/schemas/TaskStatus' };
const type = { type: 'string', pattern: TASK_TYPE.source };

const summary = {
  taskId: { type: 'string', description: 'Random, but no secret: only its owner can see a task' },
  type,
  status,
  progress: { $ref: '#/components/schemas/TaskProgress' },
  error: { $ref: '#/components/schemas/TaskError' },
  createdAt: time,
  updatedAt: time,
  startedAt: time,
  endedAt: time,
  deadlineAt: { ...time, description: 'When the task fails if it has not ended' },
  history: { type: 'array', items: { $ref: '#/components/schemas/TaskStatusChange' } },
};

const required = ['taskId', 'type', 'status', 'createdAt', 'updatedAt', 'deadlineAt', 'history'];

/** Schemas of the list's query parameters, by name. */
export const LIST_QUERY: Record<string, object> = { ...listQuery, status: { ...listQuery.status, items: status } };

export const SCHEMAS: Record<string, object> = {
  CreateTask: { title: 'CreateTask', ...createRequest },
  Task: {
    title: 'Task',
    type: 'object',
    properties: {
      ...summary,
      payload: { description: 'Payload of the request' },
      result: { description: 'Result of the processor, if the task is SUCCESSFUL' },
      resultUrl: {
        type: 'string', format: 'uri', description: 'URL that downloads the result, if the processor put it into the result bucket',
      },
      resultUrlExpiresAt: { ...time, description: '`resultUrl` does not work after this time. Read the task again for a new one' },
    },
    required,
  },
  TaskSummary: {
    title: 'TaskSummary', description: 'Task without its payload and result', type: 'object', properties: summary, required,
  },
  TaskStatus: {
    title: 'TaskStatus',
    description: '`SUCCESSFUL`, `FAILED` and `CANCELLED` are terminal: the task has ended',
    type: 'string',
    enum: [...TASK_STATUSES],
  },
  TaskStatusChange: {
    title: 'TaskStatusChange', type: 'object', properties: { status, at: time }, required: ['status', 'at'],
  },
  TaskProgress: {
    title: 'TaskProgress',
    type: 'object',
    properties: { percent: { type: 'number', minimum: 0, maximum: 100 }, message: { type: 'string' } },
  },
  TaskError: {
    title: 'TaskError',
    description: `Why the task failed. The code is one of ${Object.values(ERROR_CODE).join(', ')}, or one that the processor set`,
    type: 'object',
    properties: { code: { type: 'string' }, message: { type: 'string' } },
    required: ['code', 'message'],
  },
  TaskPage: {
    title: 'TaskPage',
    type: 'object',
    properties: {
      tasks: { type: 'array', items: { $ref: '#/components/schemas/TaskSummary' } },
      nextToken: { type: 'string', description: 'Token for the next page. Missing on the last page. Other pages can be short or empty' },
    },
    required: ['tasks'],
  },
  Problem: {
    title: 'Problem',
    description: 'Problem details (RFC 9457)',
    type: 'object',
    properties: {
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string', description: 'Description of the error' },
      errors: {
        type: 'array',
        description: 'All errors in the request, with their places',
        items: {
          type: 'object',
          properties: {
            pointer: { type: 'string', description: 'JSON pointer into the body (RFC 6901)' },
            parameter: { type: 'string', description: 'Name of a query parameter' },
            header: { type: 'string', description: 'Name of a header' },
            detail: { type: 'string' },
          },
          required: ['detail'],
        },
      },
    },
    required: ['detail'],
  },
};

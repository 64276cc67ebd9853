/** The shapes of the API's messages, as JSON Schemas. Those of requests are made of what the API's function checks them with. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { ERROR_CODE, TASK_STATUSES, TASK_TYPE } from '../src/protocol/wire';
import { CreateRequest } from '../src/runtime/http/create-request';
import { ListQuery } from '../src/runtime/http/list-request';

const { $schema: _, ...createRequest } = toJsonSchema(CreateRequest, { target: 'draft-2020-12' });
const listQuery = toJsonSchema(ListQuery, { target: 'draft-2020-12', typeMode: 'output' });

const time = { type: 'string', format: 'date-time' };
const status = { type: 'string', enum: [...TASK_STATUSES] };
const type = { type: 'string', pattern: TASK_TYPE.source };

const summary = {
  taskId: { type: 'string', description: 'Unguessable, and no secret: a task is shown to its owner only' },
  type,
  status: { ...status, description: '`SUCCESSFUL`, `FAILED` and `CANCELLED` are terminal: nothing follows them' },
  progress: {
    type: 'object',
    properties: { percent: { type: 'number', minimum: 0, maximum: 100 }, message: { type: 'string' } },
  },
  error: {
    type: 'object',
    description: `Why the task failed. The code is one of ${Object.values(ERROR_CODE).join(', ')}, or of the processor's own`,
    properties: { code: { type: 'string' }, message: { type: 'string' } },
    required: ['code', 'message'],
  },
  createdAt: time,
  updatedAt: time,
  startedAt: time,
  endedAt: time,
  deadlineAt: { ...time, description: 'When the task fails if it has not ended before' },
  history: {
    type: 'array',
    items: { type: 'object', properties: { status, at: time }, required: ['status', 'at'] },
  },
};

const required = ['taskId', 'type', 'status', 'createdAt', 'updatedAt', 'deadlineAt', 'history'];

/** A schema for each query parameter of the list. */
export const LIST_QUERY = listQuery.properties as Record<string, object>;

export const SCHEMAS: Record<string, object> = {
  CreateTask: { title: 'CreateTask', ...createRequest },
  Task: {
    title: 'Task',
    type: 'object',
    properties: { ...summary, payload: { description: 'As it was sent' }, result: { description: "The processor's, of a task that is SUCCESSFUL" } },
    required,
  },
  TaskSummary: {
    title: 'TaskSummary', description: 'A task without its payload and result', type: 'object', properties: summary, required,
  },
  TaskPage: {
    title: 'TaskPage',
    type: 'object',
    properties: {
      tasks: { type: 'array', items: { $ref: '#/components/schemas/TaskSummary' } },
      nextToken: { type: 'string', description: 'Asks for the next page. A page can be short, or empty, and have one' },
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
      detail: { type: 'string', description: 'What is wrong' },
      errors: {
        type: 'array',
        description: 'Everything that is wrong, and where',
        items: {
          type: 'object',
          properties: {
            pointer: { type: 'string', description: 'A JSON pointer into the body (RFC 6901)' },
            parameter: { type: 'string', description: 'The name of a query parameter' },
            header: { type: 'string', description: 'The name of a header' },
            detail: { type: 'string' },
          },
          required: ['detail'],
        },
      },
    },
    required: ['detail'],
  },
};

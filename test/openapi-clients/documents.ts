import { App, Duration, Stack } from 'aws-cdk-lib';
import { TaskApiAuth, TaskManager, TaskManagerProps } from '../../src';

/** Schemas as users have them: with definitions that are shared, recursive, or have names that no programming language takes. */
const TASK_TYPES: TaskManagerProps['taskTypes'] = [
  {
    taskType: 'export',
    payloadSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.com/export',
      title: 'Export',
      type: 'object',
      properties: {
        table: { type: 'string', minLength: 3 },
        filter: { $ref: '#/$defs/filter' },
        columns: { type: 'array', items: { $ref: '#/$defs/column name' }, uniqueItems: true },
        sortedBy: { $ref: '#/properties/columns/items', description: 'a column' },
        since: { type: ['string', 'null'], format: 'date-time' },
      },
      required: ['table'],
      additionalProperties: false,
      $defs: {
        'filter': {
          type: 'object',
          properties: {
            column: { $ref: '#/$defs/column%20name' },
            operator: { enum: ['=', '<', '>'] },
            value: { type: ['string', 'number', 'boolean'] },
            and: { type: 'array', items: { $ref: '#/$defs/filter' } },
          },
          required: ['column', 'operator', 'value'],
          additionalProperties: false,
        },
        'column name': { type: 'string', pattern: '^[a-z_]+$', maxLength: 64 },
      },
    },
  },
  {
    taskType: 'tree',
    payloadSchema: {
      type: 'object',
      properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#' } } },
      required: ['value'],
    },
  },
  {
    taskType: 'render.v2',
    payloadSchema: {
      type: 'object',
      properties: {
        shape: {
          oneOf: [{ $ref: '#/$defs/circle' }, { $ref: '#/$defs/square' }],
        },
        page: { $ref: '#/$defs/page~1size' },
      },
      required: ['shape'],
      $defs: {
        'circle': { type: 'object', properties: { kind: { const: 'circle' }, radius: { type: 'number' } }, required: ['kind', 'radius'] },
        'square': {
          type: 'object',
          properties: { kind: { const: 'square' }, side: { $ref: '#/$defs/page~1size/properties/width' } },
          required: ['kind', 'side'],
        },
        'page/size': {
          type: 'object', properties: { width: { type: 'number', exclusiveMinimum: 0 }, height: { type: 'number', exclusiveMinimum: 0 } },
        },
      },
    },
  },
  {
    taskType: 'render-v2',
    payloadSchema: { type: 'object', properties: { shape: { $ref: '#/$defs/circle' } }, $defs: { circle: { type: 'object' } } },
  },
  {
    // As Pydantic makes it.
    taskType: 'vet',
    payloadSchema: {
      $defs: {
        Cat: {
          properties: {
            kind: { const: 'cat', default: 'cat', title: 'Kind', type: 'string' },
            lives: { anyOf: [{ type: 'integer' }, { type: 'null' }], default: null, title: 'Lives' },
            mood: { $ref: '#/$defs/Mood', default: 'calm' },
          },
          title: 'Cat',
          type: 'object',
        },
        Dog: {
          properties: {
            kind: { const: 'dog', default: 'dog', title: 'Kind', type: 'string' },
            size: { enum: ['S', 'L'], title: 'Size', type: 'string' },
          },
          required: ['size'],
          title: 'Dog',
          type: 'object',
        },
        Mood: { description: 'How it is today', enum: ['calm', 'wild'], title: 'Mood', type: 'string' },
      },
      additionalProperties: false,
      properties: {
        pet: {
          discriminator: { mapping: { cat: '#/$defs/Cat', dog: '#/$defs/Dog' }, propertyName: 'kind' },
          oneOf: [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }],
          title: 'Problem',
        },
        size: { enum: ['XS', 'XL'], title: 'Size', type: 'string' },
        vitals: { additionalProperties: { type: 'number' }, title: 'Vitals', type: 'object' },
        position: { maxItems: 2, minItems: 2, prefixItems: [{ type: 'number' }, { type: 'number' }], title: 'Position', type: 'array' },
      },
      required: ['pet'],
      title: 'Task',
      type: 'object',
    },
  },
  {
    // As generators for TypeScript make it.
    taskType: 'invite',
    payloadSchema: {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $ref: '#/definitions/Invitation',
      definitions: {
        Invitation: {
          type: 'object',
          properties: {
            to: { type: 'array', items: { $ref: '#/definitions/Person' } },
            by: { $ref: '#/definitions/Sender' },
            place: { type: 'array', items: [{ type: 'number' }, { type: 'number' }], additionalItems: false, minItems: 2 },
            payload: {},
            extra: true,
            never: false,
          },
          required: ['to'],
          additionalProperties: false,
        },
        Person: {
          type: 'object',
          properties: { name: { type: 'string' }, friends: { type: 'array', items: { $ref: '#/definitions/Person' } } },
          required: ['name'],
        },
        Sender: { $ref: '#/definitions/Person', description: 'Who invites' },
        Anything: true,
      },
    },
  },
  { taskType: 'report' },
];

/** The OpenAPI documents that clients are generated from, by name. */
export function documents(): Record<string, object> {
  const stack = new Stack(new App(), 'Stack');
  const documentOf = (id: string, props?: TaskManagerProps) => new TaskManager(stack, id, props).openApiDocument();
  return {
    plain: documentOf('Plain'),
    payloads: documentOf('Payloads', {
      auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }), maxPollWait: Duration.seconds(20), taskTypes: TASK_TYPES,
    }),
  };
}

import { rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Validator } from '@cfworker/json-schema';
import { aConnection, aPage, ConsoleUnderTest, PAGE } from './console-fixture';
import type { Connection } from '../../cli/src/connection/connection';
import { CommandError } from '../../cli/src/errors';
import type { ConsoleSettings } from '../../cli/src/protocol';
import type { TaskManagerProps } from '../../src';
import { aTaskManager } from '../support/constructs';
import { temporaryDirectory } from '../support/temporary-directory';

const API = 'https://api.example/prod/';

interface Options {
  readonly openApi?: string;
  readonly command?: string[];
}

async function settingsOf(connection: Partial<Connection> = {}, options: Options = {}): Promise<ConsoleSettings> {
  const tested = await ConsoleUnderTest.start(aConnection(API, connection), options);
  const { status, headers, body } = await tested.send({ path: 'settings' });
  await tested.close();
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
  return JSON.parse(body);
}

/** Writes what a TaskManager's `openApiDocument()` returns, or something else, into a file. */
function aFile(content: unknown): string {
  const file = path.join(temporaryDirectory('openapi'), 'openapi.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('the settings are those of the connection', async () => {
  expect(await settingsOf()).toEqual({
    apiUrl: API,
    identity: 'the header Authorization',
    owner: 'alice',
    live: false,
    deadLetters: false,
    command: ['npx', 'cdk-task-manager-cli'],
    arguments: ['--url', API, '--header', 'Authorization'],
  });
});

test('the settings say what the connection has', async () => {
  const connection = { live: () => Promise.reject(new Error()), deadLetters: {} as never, owner: undefined };
  expect(await settingsOf(connection, { command: ['task-manager'] })).toMatchObject({ live: true, deadLetters: true, command: ['task-manager'] });
  expect(await settingsOf(connection)).not.toHaveProperty('owner');
});

describe('the task types of an OpenAPI document', () => {
  const typesOf = async (taskTypes?: TaskManagerProps['taskTypes']) => {
    const { taskTypes: types } = await settingsOf({}, { openApi: aFile(aTaskManager({ taskTypes }).tasks.openApiDocument()) });
    return types;
  };

  test('are missing if the API accepts all types', async () => {
    expect(await typesOf()).toBeUndefined();
  });

  test('are all that it accepts, with the schemas of their payloads', async () => {
    const payloadSchema = { type: 'object', properties: { rows: { type: 'integer' } }, required: ['rows'], additionalProperties: false };
    expect(await typesOf([{ taskType: 'export', payloadSchema }, { taskType: 'report.v2' }])).toEqual([
      { type: 'export', payloadSchema }, { type: 'report.v2' },
    ]);
  });

  test('have the schemas that a schema refers to as its definitions', async () => {
    const payloadSchema = {
      type: 'object',
      properties: {
        root: { $ref: '#/$defs/node' },
        default: { $ref: '#/$defs/leaf' },
        shape: { oneOf: [{ $ref: '#/$defs/circle' }], discriminator: { propertyName: 'kind', mapping: { circle: '#/$defs/circle' } } },
        literal: { const: { $ref: '#/components/schemas/none' } },
      },
      $defs: {
        node: {
          type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } }, whole: { $ref: '#' } }, required: ['children'],
        },
        leaf: { type: 'string' },
        circle: { type: 'object', properties: { kind: { const: 'circle' } } },
        unused: { type: 'null' },
      },
    };
    const [{ payloadSchema: schema }] = (await typesOf([{ taskType: 'tree', payloadSchema }]))!;
    expect(schema).toEqual({
      type: 'object',
      properties: {
        root: { $ref: '#/$defs/Payload.tree.node' },
        default: { $ref: '#/$defs/Payload.tree.leaf' },
        shape: { oneOf: [{ $ref: '#/$defs/Payload.tree.circle' }] },
        literal: { const: { $ref: '#/components/schemas/none' } },
      },
      $defs: {
        'Payload.tree': expect.objectContaining({ type: 'object' }),
        'Payload.tree.node': {
          type: 'object',
          properties: { children: { type: 'array', items: { $ref: '#/$defs/Payload.tree.node' } }, whole: { $ref: '#/$defs/Payload.tree' } },
          required: ['children'],
        },
        'Payload.tree.leaf': { type: 'string' },
        'Payload.tree.circle': { type: 'object', properties: { kind: { const: 'circle' } } },
      },
    });
    const isValid = (payload: unknown) => new Validator(schema as object, '2020-12').validate(payload).valid;
    expect(isValid({ root: { children: [{ children: [], whole: { default: 'a' } }] } })).toBe(true);
    expect(isValid({ root: { children: [{ children: [], whole: { default: 1 } }] } })).toBe(false);
    expect(isValid({ root: { children: [{}] } })).toBe(false);
  });

  const EXPECTED = 'it must be what openApiDocument() of a TaskManager returns';
  const withMapping = (mapping: unknown, schemas: object = {}) => ({
    components: { schemas: { CreateTask: { discriminator: { mapping } }, ...schemas } },
  });
  const withPayload = (reference: unknown, schemas: object = {}) => withMapping({ a: '#/components/schemas/A' }, {
    A: { properties: { payload: { $ref: reference } } }, ...schemas,
  });

  test.each<[string, unknown, string]>([
    ['text', 'openapi: 3.1.0', 'is not JSON'],
    ['nothing', '', 'is not JSON'],
    ['another value', null, `has no schema 'CreateTask'; ${EXPECTED}`],
    ['a list', [], `has no schema 'CreateTask'; ${EXPECTED}`],
    ['another document', { openapi: '3.1.0', paths: {}, components: { schemas: { Pet: {} } } }, `has no schema 'CreateTask'; ${EXPECTED}`],
    ['a document with a missing task type', withMapping({ a: '#/components/schemas/A' }), `has no schema 'A'; ${EXPECTED}`],
    ['a document with another mapping', withMapping({ a: 'https://example.com/a' }),
      `refers to 'https://example.com/a', which is none of its schemas; ${EXPECTED}`],
    ['a document with a mapping that is no text', withMapping({ a: null }), `refers to 'null', which is none of its schemas; ${EXPECTED}`],
    ['a document with a missing payload', withPayload('#/components/schemas/B'), `has no schema 'B'; ${EXPECTED}`],
    ['a document with a payload elsewhere', withPayload('other.json'), `refers to 'other.json', which is none of its schemas; ${EXPECTED}`],
    ['a document with a payload that refers elsewhere', withPayload('#/components/schemas/B', { B: { items: [{ $ref: '#/x' }] } }),
      `refers to '#/x', which is none of its schemas; ${EXPECTED}`],
    ['a document with the name of a prototype', withPayload('#/components/schemas/constructor'), `has no schema 'constructor'; ${EXPECTED}`],
  ])('can not be read from a file with %s', async (_, content, reason) => {
    const file = aFile(content);
    const error = await settingsOf({}, { openApi: file }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommandError);
    expect((error as Error).message).toBe(`the OpenAPI document ${file} ${reason}`);
  });

  test('can not be read from a missing file', async () => {
    const error = await settingsOf({}, { openApi: '/missing/openapi.json' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CommandError);
    expect((error as Error).message).toBe("the OpenAPI document can't be read: ENOENT: no such file or directory, open '/missing/openapi.json'");
  });
});

describe('the page', () => {
  test.each([
    ['', 'text/html; charset=utf-8', 'index.html'],
    ['main.js', 'text/javascript; charset=utf-8', 'main.js'],
    ['style.css', 'text/css; charset=utf-8', 'style.css'],
  ] as const)("at '%s' is %s", async (below, type, file) => {
    const tested = await ConsoleUnderTest.start(aConnection(API));
    expect(await tested.send({ path: below })).toMatchObject({ status: 200, headers: { 'content-type': type }, body: PAGE[file] });
    expect((await tested.send({ path: `${below}?v=1` })).body).toBe(PAGE[file]);
    await tested.close();
  });

  test('that is not complete prevents the start', async () => {
    const pageDirectory = aPage();
    rmSync(path.join(pageDirectory, 'main.js'));
    await expect(ConsoleUnderTest.start(aConnection(API), { pageDirectory })).rejects.toThrow('main.js');
  });
});

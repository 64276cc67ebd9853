import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { App, Lazy, Stack, Stage, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { aFunction, aTaskManager, apiHandlerOf } from './constructs';
import { TaskEvents, TaskManager, TaskProcessor, TaskTypeOptions } from '../src';

/** The directory with the code of the API's function, as it is deployed. */
function codeOf(assembly: CloudAssembly, stack: Stack): string {
  const { files } = JSON.parse(readFileSync(path.join(assembly.directory, `${stack.artifactId}.assets.json`), 'utf8'));
  const { S3Key } = apiHandlerOf(Template.fromStack(stack)).Code;
  return path.join(assembly.directory, files[S3Key.replace('.zip', '')].source.path);
}

/** The files of the API's function, and what is in that of the task types. */
function deployed(taskTypes?: TaskTypeOptions[]) {
  const { app, stack } = aTaskManager({ taskTypes });
  const directory = codeOf(app.synth(), stack);
  const files = readdirSync(directory).sort();
  return { files, taskTypes: files.includes('task-types.json') && JSON.parse(readFileSync(path.join(directory, 'task-types.json'), 'utf8')) };
}

const EXPORT = { taskType: 'export', payloadSchema: { type: 'object', properties: { table: { type: 'string' } }, required: ['table'] } };

describe('the function of the API', () => {
  test('has no list of task types when every type is accepted', () => {
    expect(deployed().files).toEqual(['index.js']);
  });

  test('has the list of task types beside its code, with the schemas of their payloads', () => {
    expect(deployed([EXPORT, { taskType: 'report' }])).toEqual({ files: ['index.js', 'task-types.json'], taskTypes: [EXPORT, { taskType: 'report' }] });
  });

  test('has the same code with and without that list', () => {
    const code = [undefined, [EXPORT]].map((taskTypes) => {
      const { app, stack } = aTaskManager({ taskTypes });
      return readFileSync(path.join(codeOf(app.synth(), stack), 'index.js'), 'utf8');
    });
    expect(code[0]).toBe(code[1]);
  });

  test('takes a list that has no room in environment variables', () => {
    const taskTypes = Array.from({ length: 100 }, (_, i) => ({ taskType: `export-${i}`, payloadSchema: { title: 'x'.repeat(1000) } }));
    expect(deployed(taskTypes).taskTypes).toEqual(taskTypes);
  });

  test('differs among TaskManagers of other task types, and not among those of the same', () => {
    const app = new App();
    const stacks = [['export'], ['report'], ['export']].map((types, i) => {
      const stack = new Stack(app, `Stack${i}`);
      new TaskManager(stack, 'Tasks', { taskTypes: types.map((taskType) => ({ taskType })) });
      return stack;
    });
    app.synth();
    const [one, two, three] = stacks.map((stack) => apiHandlerOf(Template.fromStack(stack)).Code.S3Key);
    expect(two).not.toBe(one);
    expect(three).toBe(one);
  });

  test('has its list in a stage too, and with a long id', () => {
    const app = new App();
    const stack = new Stack(new Stage(app, 'Prod'), 'S'.repeat(100));
    new TaskManager(stack, 'T'.repeat(200), { taskTypes: [EXPORT] });
    const assembly = app.synth().getNestedAssembly('assembly-Prod');
    expect(readdirSync(codeOf(assembly, stack)).sort()).toEqual(['index.js', 'task-types.json']);
  });

  test('can be synthesized again into the same directory, with other types', () => {
    const { app } = aTaskManager({ taskTypes: [EXPORT] });
    const again = new App({ outdir: app.outdir });
    const stack = new Stack(again, 'Stack');
    new TaskManager(stack, 'Tasks', { taskTypes: [{ taskType: 'report' }] });
    expect(readFileSync(path.join(codeOf(again.synth(), stack), 'task-types.json'), 'utf8')).toBe('[{"taskType":"report"}]');
  });
});

describe('taskTypes are refused', () => {
  const typesOf = (...taskTypes: TaskTypeOptions[]) => () => aTaskManager({ taskTypes });
  const schema = (payloadSchema: any) => typesOf({ taskType: 'export', payloadSchema });

  test('when there are none', () => {
    expect(typesOf()).toThrow('taskTypes must have at least one task type, got none: leave it out to accept every type');
  });

  test('when one is there twice', () => {
    expect(typesOf({ taskType: 'export' }, { taskType: 'report' }, { taskType: 'export' })).toThrow("taskTypes must have each task type once, got 'export' twice");
  });

  test.each(['', 'a b', '1st', 'a'.repeat(65)])('when one is no task type: %j', (taskType) => {
    expect(typesOf({ taskType })).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
  });

  test('when one is known at deployment only', () => {
    expect(typesOf({ taskType: Token.asString({ Ref: 'Type' }) })).toThrow('taskTypes must be known at synthesis, got a Token');
  });

  test.each<[string, unknown]>([
    ['text', { title: Token.asString({ Ref: 'Title' }) }],
    ['number', { maxLength: Token.asNumber({ Ref: 'MaxLength' }) }],
    ['list', { required: Token.asList({ Ref: 'Required' }) }],
    ['value', { const: Lazy.any({ produce: () => 1 }) }],
    ['key', { properties: { [Token.asString({ Ref: 'Name' })]: {} } }],
  ])('when a %s of a schema is known at deployment only', (_, payloadSchema) => {
    expect(schema(payloadSchema)).toThrow("payloadSchema of 'export' must be known at synthesis, got a Token in it");
  });

  test('when a schema is of another draft', () => {
    const $schema = 'http://json-schema.org/draft-07/schema#';
    expect(schema({ $schema })).toThrow(`payloadSchema of 'export'/$schema must be https://json-schema.org/draft/2020-12/schema, got "${$schema}"`);
  });

  test('when the check of a payload could take for ever', () => {
    expect(schema({ items: { uniqueItems: true } })).toThrow("payloadSchema of 'export'/items/uniqueItems must have a maxItems beside it");
    expect(schema({ uniqueItems: true, maxItems: 100 })).not.toThrow();
  });

  test.each([null, [], 'object', 5])('when a schema is %j', (payloadSchema) => {
    expect(schema(payloadSchema)).toThrow(`payloadSchema of 'export' must be a JSON Schema, an object or a boolean, got ${JSON.stringify(payloadSchema)}`);
  });

  test.each<[string, unknown, string]>([
    ['', { type: 'strng' }, '"strng"'],
    ['', { type: ['string', 'nil'] }, '"nil"'],
    ['', { type: 5 }, '5'],
    ['/properties/table', { properties: { table: { type: 'text' } } }, '"text"'],
    ['/items', { items: { type: 'int' } }, '"int"'],
    ['/oneOf/1', { oneOf: [true, { type: 'any' }] }, '"any"'],
    ['/$defs/table/not', { $defs: { table: { not: { type: 'any' } } } }, '"any"'],
  ])('when payloadSchema%s has a type that is none', (at, payloadSchema, got) => {
    expect(schema(payloadSchema)).toThrow(`payloadSchema of 'export'${at}/type must be of array, boolean, integer, null, number, object, string, got ${got}`);
  });

  test.each([['/properties/a', { properties: { a: 'string' } }], ['/items', { items: [{}] }], ['/allOf/0', { allOf: [null] }]])('when payloadSchema%s is no schema', (at, payloadSchema: any) => {
    const got = JSON.stringify(payloadSchema.properties?.a ?? payloadSchema.items ?? payloadSchema.allOf?.[0]);
    expect(schema(payloadSchema)).toThrow(`payloadSchema of 'export'${at} must be a JSON Schema, an object or a boolean, got ${got}`);
  });

  test.each(['https://example.com/schema.json', 'other.json#/$defs/a', '#anchor'])('when a schema refers to another place: %s', ($ref) => {
    expect(schema({ properties: { a: { $ref } } }))
      .toThrow(`payloadSchema of 'export'/properties/a/$ref must point into the schema itself, as in '#/$defs/name', got "${$ref}"`);
  });

  test.each(['#/$defs/nothing', '#/$defs/a/0/b', '#/toString'])('when a schema refers to what is not there: %s', ($ref) => {
    expect(schema({ $defs: { a: { title: 'x' } }, properties: { b: { $ref } } }))
      .toThrow(`payloadSchema of 'export'/properties/b/$ref must point to a schema that is there, got "${$ref}"`);
  });

  // Each level of a payload would multiply the time of the check: 200 bytes took 3 seconds.
  test.each([
    ['#', { oneOf: [{ properties: { not: { $ref: '#' } } }, { type: 'string' }] }],
    ['#/$defs/b', { $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { items: { $ref: '#/$defs/a' } } } }],
  ])('when a schema leads back to %s, where it was before', ($ref, payloadSchema) => {
    expect(schema(payloadSchema)).toThrow(`/$ref must not lead back to itself, got "${$ref}"`);
  });

  test('when a schema refers to what is none', () => {
    expect(schema({ $ref: '#/title', title: 'x' })).toThrow("payloadSchema of 'export' must be a JSON Schema, an object or a boolean, got \"x\"");
  });

  test.each([['pattern', { pattern: '(' }, '('], ['patternProperties', { patternProperties: { '[': {} } }, '['], ['Unicode mode', { pattern: '\\-' }, '\\-']])(
    'when a schema has a bad regular expression: %s', (_, payloadSchema, got) => {
      expect(schema({ items: payloadSchema })).toThrow(`payloadSchema of 'export'/items must have patterns that are regular expressions, got ${JSON.stringify(got)}`);
    });

  test.each([['allOf', 'an array', {}], ['prefixItems', 'an array', 'x'], ['properties', 'an object', ['x']], ['$defs', 'an object', true]])('when %s of a schema is not %s of schemas', (keyword, kind, members) => {
    expect(schema({ [keyword]: members })).toThrow(`payloadSchema of 'export'/${keyword} must be ${kind} of schemas, got ${JSON.stringify(members)}`);
  });

  // As drafts before 4 had it.
  test.each([['required', true], ['enum', 'a']])('when %s of a schema is no array', (keyword, value) => {
    expect(schema({ properties: { a: { [keyword]: value } } })).toThrow(`payloadSchema of 'export'/properties/a/${keyword} must be an array, got ${JSON.stringify(value)}`);
  });
});

test.each<[string, object]>([
  ['is empty', {}],
  ['has booleans for schemas', { properties: { a: true }, additionalProperties: false }],
  ['has several types', { type: ['string', 'null'] }],
  ['refers to its definitions', { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { type: 'string' } } }],
  ['has keywords of its own', { 'x-internal': 5, 'format': 'date', 'examples': [{ type: 'anything' }] }],
])('a schema is accepted that %s', (_, payloadSchema) => {
  expect(deployed([{ taskType: 'export', payloadSchema }]).taskTypes).toEqual([{ taskType: 'export', payloadSchema }]);
});

describe('a TaskManager with taskTypes', () => {
  const UNKNOWN = "taskType must be one of the TaskManager's taskTypes, export, report, got 'exprot'";
  const aManager = () => aTaskManager({ taskTypes: [EXPORT, { taskType: 'report' }] });

  test('tells which types it accepts', () => {
    expect(aManager().tasks.acceptedTaskTypes).toEqual(['export', 'report']);
  });

  test('has processors, rules and grants of these types', () => {
    const { stack, tasks } = aManager();
    new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: aFunction(stack) });
    tasks.onTaskFailed('Failed', { taskType: 'report' });
    tasks.grantUpdate(new iam.User(stack, 'User'), 'report');
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { detail: { type: ['report'] } } }, 1);
  });

  test('has no processor of another type', () => {
    const { stack, tasks } = aManager();
    expect(() => new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'exprot', handler: aFunction(stack) })).toThrow(UNKNOWN);
  });

  test('has no rule for another type', () => {
    const { tasks } = aManager();
    expect(() => tasks.onTaskSuccessful('Rule', { taskType: 'exprot' })).toThrow(UNKNOWN);
    expect(() => TaskEvents.created(tasks, { taskType: 'exprot' })).toThrow(UNKNOWN);
  });

  test('grants no reports on another type', () => {
    const { stack, tasks } = aManager();
    expect(() => tasks.grantUpdate(new iam.User(stack, 'User'), 'exprot')).toThrow(UNKNOWN);
  });

  test('has rules for a type that is known at deployment only', () => {
    const { tasks } = aManager();
    expect(() => tasks.onTaskFailed('Failed', { taskType: Token.asString({ Ref: 'Type' }) })).not.toThrow();
  });
});

import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { Problem } from '../../../src/runtime/http/problem';
import { TaskTypes } from '../../../src/runtime/http/task-types';
import { temporaryDirectory } from '../../support/temporary-directory';

const SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    'table': { type: 'string', pattern: '^[a-z]+$' },
    'rows': { type: 'array', items: { $ref: '#/$defs/row' } },
    'a/b~ü': { type: 'integer' },
  },
  required: ['table'],
  additionalProperties: false,
  $defs: { row: { type: 'integer', minimum: 0 } },
};

const types = new TaskTypes([{ taskType: 'export', payloadSchema: SCHEMA }, { taskType: 'report' }]);

function problemOf(payload: unknown, payloadSchema?: object, type = 'export') {
  try {
    (payloadSchema ? new TaskTypes([{ taskType: 'export', payloadSchema }]) : types).check({ type, payload });
  } catch (error) {
    if (error instanceof Problem) return { status: error.status, detail: error.message, errors: error.errors };
    throw error;
  }
  throw new Error('the payload was accepted');
}

describe('a task type', () => {
  test.each(['export', 'report'])('%s is accepted if it is in the list', (type) => {
    expect(() => types.check({ type, payload: { table: 'customers' } })).not.toThrow();
  });

  test.each(['other', 'Export', 'exports', 'toString'])('%s is refused with the accepted types if it is not in the list', (type) => {
    expect(problemOf({}, undefined, type)).toEqual({
      status: 422,
      detail: `task type '${type}' is not accepted; accepted types: 'export', 'report'`,
      errors: [{ pointer: '#/type', detail: 'must be one of export, report' }],
    });
  });
});

describe('a payload', () => {
  test('has its errors cut to 500 characters', () => {
    const { errors } = problemOf('short', { const: 'x'.repeat(1000) });
    expect(errors).toEqual([{ pointer: '#/payload', detail: expect.stringMatching(/^.{500}$/) }]);
  });

  test.each([undefined, null, 1, { a: [] }])('can be %j if its task type has no schema', (payload) => {
    expect(() => types.check({ type: 'report', payload })).not.toThrow();
  });

  test.each([{ table: 'a' }, { 'table': 'a', 'rows': [], 'a/b~ü': 1 }, { table: 'a', rows: [0, 1] }])('can be %j, which matches its schema', (payload) => {
    expect(() => types.check({ type: 'export', payload })).not.toThrow();
  });

  test('must not be missing if its task type has a schema', () => {
    expect(problemOf(undefined)).toEqual({
      status: 422, detail: "a task of type 'export' must have a payload", errors: [{ pointer: '#/payload', detail: 'is missing' }],
    });
  });

  test.each([
    [null, [{ pointer: '#/payload', detail: expect.stringContaining('"null"') }]],
    [{}, [{ pointer: '#/payload', detail: expect.stringContaining('"table"') }]],
    [{ table: 1 }, [{ pointer: '#/payload/table', detail: expect.stringContaining('"number"') }]],
    [{ table: 'A' }, [{ pointer: '#/payload/table', detail: expect.stringContaining('pattern') }]],
    [{ table: 'a', rows: [0, -1, 'x'] }, [
      { pointer: '#/payload/rows/1', detail: expect.stringContaining('less than 0') }, { pointer: '#/payload/rows/2', detail: expect.stringContaining('"string"') },
    ]],
    [{ 'table': 'a', 'a/b~ü': 0.5 }, [{ pointer: '#/payload/a~1b~0%C3%BC', detail: expect.stringContaining('integer') }]],
    [{ table: 'a', other: 1 }, [{ pointer: '#/payload/other', detail: 'is not allowed' }]],
    [{ table: 1, other: 1 }, [{ pointer: '#/payload/table', detail: expect.any(String) }, { pointer: '#/payload/other', detail: 'is not allowed' }]],
  ])('cannot be %j, and each error is returned with its place', (payload, errors) => {
    const problem = problemOf(payload);
    expect(problem).toMatchObject({ status: 422, detail: "the payload does not match the schema of task type 'export'" });
    expect(problem.errors).toEqual(errors);
  });

  test('is refused if it matches none of several schemas', () => {
    const { errors } = problemOf(true, { anyOf: [{ type: 'string' }, { type: 'number' }] });
    expect(errors!.length).toBeGreaterThan(0);
    expect(errors!.every(({ pointer }) => pointer === '#/payload')).toBe(true);
  });

  test('is checked by the rules of JSON Schema 2020-12', () => {
    expect(problemOf([1, 'a'], { prefixItems: [{ type: 'integer' }, { type: 'integer' }] }).errors).toEqual([{ pointer: '#/payload/1', detail: expect.any(String) }]);
    expect(problemOf({ a: 1 }, { dependentRequired: { a: ['b'] } }).errors).toEqual([{ pointer: '#/payload', detail: expect.stringContaining('"b"') }]);
  });

  test('is refused with its first error if the validator cannot hold all of them', () => {
    const $defs = { x: { allOf: [{ $ref: '#/$defs/y' }] }, y: { anyOf: [{ type: 'string' }, { type: 'object' }] } };
    const { status, errors } = problemOf({ a: Array(32_000).fill(0) }, { properties: { a: { items: { $ref: '#/$defs/x' } } }, $defs });
    expect(status).toBe(422);
    expect(errors![0].pointer).toBe('#/payload/a/0');
  });

  test('is not blamed for a schema that is invalid itself', () => {
    expect(() => problemOf(1, { $ref: '#/$defs/missing' })).toThrow('Unresolved $ref');
  });
});

describe('a payload check that takes too long', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  beforeEach(() => warn.mockClear());

  const SECRET = 'hunter2';
  const inTime = (payload: unknown, payloadSchema: object) => {
    try {
      new TaskTypes([{ taskType: 'export', payloadSchema }], 20).check({ type: 'export', payload });
    } catch (error) {
      return error;
    }
    throw new Error('the payload was accepted');
  };
  // Each level of the payload doubles the time.
  const doubling = { anyOf: [{ properties: { a: { $ref: '#' } }, required: ['b'] }, { properties: { a: { $ref: '#' } }, required: ['c'] }] };
  const nested = (levels: number): object => levels === 0 ? {} : { a: nested(levels - 1) };

  test.each<[string, unknown, object]>([
    ['a regular expression', `${'a'.repeat(50)}${SECRET}`, { pattern: '^(a+)+$' }],
    ['a regular expression for names', { [`${'a'.repeat(50)}${SECRET}`]: 1 }, { propertyNames: { pattern: '^(a+)+$' } }],
    ['a regular expression of patternProperties', { [`${'a'.repeat(50)}${SECRET}`]: 1 }, { patternProperties: { '^(a+)+$': false } }],
    ['a format', `http://${'a'.repeat(50)}${SECRET}.`, { format: 'url' }],
    ['the comparison of items', Array.from({ length: 50_000 }, (_, i) => ({ [SECRET]: i })), { uniqueItems: true }],
    ['a schema that leads back to itself', nested(100), doubling],
  ])('is stopped inside %s with a 503, and does not log the payload', (_, payload, payloadSchema) => {
    expect(inTime(payload, payloadSchema)).toMatchObject({
      status: 503, message: "the payload could not be checked against the schema of task type 'export' within 20 ms: send a smaller payload",
    });
    expect(warn).toHaveBeenCalledWith({ message: 'payload check took too long', taskType: 'export', traceId: undefined });
    expect(JSON.stringify(warn.mock.calls)).not.toContain(SECRET);
  });

  test('leaves the next check its full time', () => {
    const slow = new TaskTypes([{ taskType: 'export', payloadSchema: { pattern: '^(a+)+$' } }], 500);
    expect(() => slow.check({ type: 'export', payload: `${'a'.repeat(50)}b` })).toThrow('could not be checked');
    expect(() => slow.check({ type: 'export', payload: 'aaa' })).not.toThrow();
  });

  test('returns the first error if only the search for more errors takes too long', () => {
    expect(inTime({ a: 1, b: `${'a'.repeat(50)}b` }, { properties: { a: { type: 'string' }, b: { pattern: '^(a+)+$' } } })).toMatchObject({
      status: 422, errors: [{ pointer: '#/payload/a', detail: expect.stringContaining('"number"') }],
    });
    expect(warn).not.toHaveBeenCalled();
  });
});

test('refuses a payload that is nested too deeply for its schema', () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  // From each level of the payload to the next one, the schema has a hundred steps.
  const steps = Array.from({ length: 100 }, (_, i) => [`step${i}`, { $ref: `#/$defs/step${i + 1}` }]);
  const payloadSchema = { $ref: '#/$defs/step0', $defs: { ...Object.fromEntries(steps), step100: { items: { $ref: '#/$defs/step0' } } } };
  const nested = (levels: number): unknown[] => levels === 0 ? [] : [nested(levels - 1)];
  expect(problemOf(nested(128), payloadSchema)).toEqual({
    status: 422, detail: "the payload is too large to be checked against the schema of task type 'export'", errors: undefined,
  });
  expect(warn).toHaveBeenCalledWith({ message: 'payload check overflowed the stack', taskType: 'export' });
});

describe('the file next to the code', () => {
  test('lists the accepted task types', () => {
    const directory = temporaryDirectory('task-types');
    writeFileSync(path.join(directory, 'task-types.json'), JSON.stringify([{ taskType: 'export' }]));
    expect(() => TaskTypes.besideCode(directory)!.check({ type: 'report' })).toThrow("task type 'report' is not accepted; accepted types: 'export'");
  });

  test('is missing if all task types are accepted', () => {
    expect(TaskTypes.besideCode(temporaryDirectory('task-types'))).toBeUndefined();
  });
});

import { dereference, Schema, validate } from '@cfworker/json-schema';
import * as fc from 'fast-check';
import { validatePayloadSchema } from '../../../src/private/validation/payload-schema';
import { aDraft07Schema } from '../../support/schemas';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const of07 = (schema: object) => ({ $schema: DRAFT_07, ...schema });
const checked = (schema: object, warn?: (message: string) => void) => validatePayloadSchema(of07(schema), 'schema', warn);
const checking = (schema: object) => () => checked(schema);

describe('a schema of draft-07 is converted', () => {
  test.each<[string, object, object]>([
    ['plain keywords',
      { type: 'object', properties: { a: { exclusiveMinimum: 0 } } }, { type: 'object', properties: { a: { exclusiveMinimum: 0 } } }],
    ['definitions',
      { $ref: '#/definitions/a', definitions: { a: { const: 1 } } }, { $ref: '#/definitions/a', definitions: { a: { const: 1 } } }],
    ['items for all', { items: { type: 'string' } }, { items: { type: 'string' } }],
    ['no items', { items: false }, { items: false }],
    ['a tuple', { items: [{ const: 1 }, true] }, { prefixItems: [{ const: 1 }, true] }],
    ['a tuple and the rest', { items: [true], additionalItems: false }, { prefixItems: [true], items: false }],
    ['tuples in tuples',
      { items: [{ items: [{ const: 1 }], additionalItems: { items: [true], additionalItems: false } }] },
      { prefixItems: [{ prefixItems: [{ const: 1 }], items: { prefixItems: [true], items: false } }] }],
    ['dependencies on properties', { dependencies: { a: ['b'], c: [] } }, { dependentRequired: { a: ['b'], c: [] } }],
    ['dependencies on schemas', { dependencies: { a: { const: 1 }, b: false } }, { dependentSchemas: { a: { const: 1 }, b: false } }],
    ['dependencies on both',
      { dependencies: { a: ['b'], b: { maxProperties: 2 } } },
      { dependentRequired: { a: ['b'] }, dependentSchemas: { b: { maxProperties: 2 } } }],
    ['a dependency called __proto__',
      { dependencies: JSON.parse('{"__proto__":["a"]}') }, { dependentRequired: JSON.parse('{"__proto__":["a"]}') }],
    ['if, then, else', { if: { const: 1 }, then: true, else: { type: 'null' } }, { if: { const: 1 }, then: true, else: { type: 'null' } }],
    ['contains', { contains: { const: 1 } }, { contains: { const: 1 } }],
    ['references into a tuple',
      { items: [{ const: 1 }, { $ref: '#/items/0' }] }, { prefixItems: [{ const: 1 }, { $ref: '#/prefixItems/0' }] }],
    ['references to the rest of a tuple',
      { items: [{ $ref: '#/additionalItems' }], additionalItems: { const: 1 } },
      { prefixItems: [{ $ref: '#/items' }], items: { const: 1 } }],
    ['references to dependencies',
      { properties: { a: { $ref: '#/dependencies/b~1c' } }, dependencies: { 'b/c': { maxProperties: 3 } } },
      { properties: { a: { $ref: '#/dependentSchemas/b~1c' } }, dependentSchemas: { 'b/c': { maxProperties: 3 } } }],
    ['references by an id that is a fragment',
      { properties: { a: { $ref: '#node' } }, definitions: { b: { $id: '#node', const: 1 } } },
      { properties: { a: { $ref: '#/definitions/b' } }, definitions: { b: { const: 1 } } }],
    ['references by the ids of nested schemas',
      {
        $id: 'https://example.com/root.json',
        properties: { a: { $ref: 'a.json' }, b: { $ref: 'a.json#b' }, c: { $ref: 'https://example.com/a.json#/items/0' } },
        definitions: {
          a: { $id: 'a.json', items: [{ $id: '#b', const: 1 }, { $ref: '#/items/0' }, { $ref: '#b' }, { $ref: 'root.json' }] },
        },
      },
      {
        properties: {
          a: { $ref: '#/definitions/a' },
          b: { $ref: '#/definitions/a/prefixItems/0' },
          c: { $ref: '#/definitions/a/prefixItems/0' },
        },
        definitions: {
          a: {
            prefixItems: [
              { const: 1 }, { $ref: '#/definitions/a/prefixItems/0' }, { $ref: '#/definitions/a/prefixItems/0' }, { $ref: '#' },
            ],
          },
        },
      }],
    ['references by an id with a fragment',
      { properties: { a: { $ref: 'b#c' } }, definitions: { b: { $id: 'b#c', const: 1 } } },
      { properties: { a: { $ref: '#/definitions/b' } }, definitions: { b: { const: 1 } } }],
    ['references by the id of the schema',
      {
        $id: 'https://example.com/a.json',
        properties: { a: { $ref: 'a.json#/definitions/b' }, c: { $ref: 'https://example.com/a.json' } },
        definitions: { b: { const: 1 } },
      },
      { properties: { a: { $ref: '#/definitions/b' }, c: { $ref: '#' } }, definitions: { b: { const: 1 } } }],
    ['data that looks like keywords',
      {
        const: { items: [1], dependencies: 2 },
        default: { $ref: '#/items' },
        properties: { items: { const: 1 }, dependencies: true, $ref: { type: 'string' } },
      },
      { const: { items: [1], dependencies: 2 }, properties: { items: { const: 1 }, dependencies: true, $ref: { type: 'string' } } }],
    ['$schema in a nested schema', { not: { $schema: DRAFT_07, items: [true] } }, { not: { prefixItems: [true] } }],
  ])('with %s', (_, schema, expected) => {
    expect(checked(schema)).toEqual(expected);
  });

  test.each([
    'http://json-schema.org/draft-07/schema#', 'http://json-schema.org/draft-07/schema', 'https://json-schema.org/draft-07/schema#',
  ])('if its $schema is %s', ($schema) => {
    expect(validatePayloadSchema({ $schema, items: [true] }, 'schema')).toEqual({ prefixItems: [true] });
  });

  test('and the schema of the user stays as it was', () => {
    const schema = of07({ items: [{ $ref: '#/definitions/a' }], definitions: { a: { $id: '#a', const: 1 } } });
    const before = structuredClone(schema);
    validatePayloadSchema(schema, 'schema');
    expect(schema).toEqual(before);
  });
});

describe('what draft-07 ignores', () => {
  const warningsOf = (schema: object) => {
    const warnings: string[] = [];
    return { schema: checked(schema, (message) => warnings.push(message)), warnings };
  };

  test('next to a $ref has no effect, and a warning', () => {
    const definitions = { b: { type: 'array' } };
    expect(warningsOf({ properties: { a: { $ref: '#/definitions/b', maxItems: 2, $id: '#c' } }, definitions })).toEqual({
      schema: { properties: { a: { $ref: '#/definitions/b' } }, definitions: { b: { type: 'array' } } },
      warnings: ["schema/properties/a has 'maxItems' next to '$ref', where draft-07 ignores it: remove it, or put the $ref into an allOf"],
    });
  });

  test('as additionalItems without a tuple has no effect, and a warning', () => {
    const warnings = [
      "schema/not has 'additionalItems', which draft-07 ignores unless 'items' is an array: remove it, or make 'items' an array",
    ];
    expect(warningsOf({ not: { items: true, additionalItems: false } })).toEqual({ schema: { not: { items: true } }, warnings });
    expect(warningsOf({ not: { minItems: 1, additionalItems: false } })).toEqual({ schema: { not: { minItems: 1 } }, warnings });
  });

  test('has no warning if it only describes', () => {
    const beside = { 'title': 'A', 'description': 'a', 'default': 1, 'examples': [1], 'readOnly': true, '$comment': 'c', 'x-a': 1 };
    const { warnings } = warningsOf({ properties: { a: { $ref: '#/definitions/b', ...beside } }, definitions: { b: { type: 'array' } } });
    expect(warnings).toEqual([]);
  });
});

describe('a schema of draft-07 is refused', () => {
  test.each([
    '$anchor', '$dynamicRef', '$recursiveRef', 'contentSchema', 'dependentRequired', 'dependentSchemas', 'maxContains', 'minContains',
    'prefixItems', 'unevaluatedItems', 'unevaluatedProperties',
  ])('when it has the later keyword %s', (keyword) => {
    expect(checking({ items: [{ [keyword]: 1 }] })).toThrow(`schema/items/0 must not have '${keyword}', which draft-07 ignores: `
      + `write the schema in draft 2020-12, and set $schema to '${DIALECT}'`);
  });

  test.each<[object, string]>([
    [{ items: [] }, 'schema/items must be a schema or an array of at least one schema, got []'],
    [{ items: [5] }, 'schema/items/0 must be a JSON Schema, an object or a boolean, got 5'],
    [{ items: [{ items: [true], additionalItems: { type: 'x' } }] }, 'schema/items/0/additionalItems/type must be one of array, boolean'],
    [{ dependencies: ['a'] }, 'schema/dependencies must be an object of schemas and arrays of strings, got ["a"]'],
    [{ dependencies: { a: [1] } }, 'schema/dependencies must be an object of schemas and arrays of strings, got {"a":[1]}'],
    [{ dependencies: { a: { type: 'x' } } }, 'schema/dependencies/a/type must be one of array, boolean'],
    [{ not: { $schema: DIALECT } }, `schema/not/$schema must be the same in the whole schema, got "${DIALECT}"`],
    [{ definitions: { a: { $id: '#a' }, b: { $id: '#a' } } }, "schema/definitions/b/$anchor must be unique in the schema, got '#a' twice"],
    [{ definitions: { a: { $id: 'a' }, b: { $id: 'a' } } }, "schema/definitions/b/$id must be unique in the schema, got 'a' twice"],
    [{ $ref: '#nowhere' }, 'schema/$ref must point to a place in the same schema, such as \'#/$defs/name\', got "#nowhere"'],
    [{ $ref: '#/items/0' }, 'schema/$ref must point to a schema that exists, got "#/items/0"'],
    [{ items: [{ propertes: {} }] }, "schema/items/0 must only have keywords of JSON Schema 2020-12, got 'propertes'"],
    [{ then: {} }, "schema must have 'if' together with 'then', which is not checked otherwise"],
    [{ format: 'iri' }, 'schema/format must be one of date, '],
    [{}, 'schema must have a keyword that checks something'],
    [{ $ref: '#' }, 'schema/$ref must not be circular, got "#"'],
  ])('as %j', (schema, message) => {
    expect(checking(schema)).toThrow(message);
  });
});

test.each<[string, object, string]>([
  ['additionalItems',
    { additionalItems: false }, "schema must not have 'additionalItems', which is not checked: use items together with prefixItems"],
  ['dependencies',
    { dependencies: {} }, "schema must not have 'dependencies', which is not checked: use dependentRequired or dependentSchemas"],
  ['an array as items', { items: [true] }, 'schema/items must be a schema, got [true]: use prefixItems'],
  ['a fragment in an $id', { not: { $id: '#a' } }, 'schema/not/$id must not have a fragment, got "#a": use $anchor'],
])('a schema that does not say that it is of draft-07 is refused when it has %s, with both ways out', (_, schema, message) => {
  for (const $schema of [{}, { $schema: DIALECT }]) {
    expect(() => validatePayloadSchema({ ...$schema, ...schema }, 'schema'))
      .toThrow(`${message}, or set $schema to '${DRAFT_07}' if the schema is of draft-07`);
  }
});

test('a converted schema accepts the payloads that the schema accepts in draft-07', () => {
  let accepted = 0;
  fc.assert(fc.property(aDraft07Schema(), fc.jsonValue({ maxDepth: 3 }), (schema, payload) => {
    let converted;
    try {
      converted = checked(schema as object) as Schema;
    } catch {
      return;
    }
    accepted++;
    expect(validate(payload, converted, '2020-12', dereference(converted)).valid).toBe(validate(payload, schema as Schema, '7').valid);
  }), { numRuns: 3000 });
  expect(accepted).toBeGreaterThan(300);
});

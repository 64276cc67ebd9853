import { Lazy, Token } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { validatePayloadSchema } from '../../../src/private/validation/payload-schema';
import { Problem } from '../../../src/runtime/http/problem';
import { TaskTypes } from '../../../src/runtime/http/task-types';
import { anySchema } from '../../support/schemas';

const checked = (schema: unknown) => validatePayloadSchema(schema, 'schema');
const checking = (schema: unknown) => () => checked(schema);

/** Returns whether the API's function accepts a payload, with the schema that it gets. */
function accepts(schema: unknown, payload: unknown): boolean {
  const payloadSchema = JSON.parse(JSON.stringify(checked(schema)));
  try {
    new TaskTypes([{ taskType: 'export', payloadSchema }]).check({ type: 'export', payload });
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 422) return false;
    throw error;
  }
}

describe('a schema is refused', () => {
  test.each<[string, unknown, string]>([
    ['string', { title: Token.asString({ Ref: 'Title' }) }, 'schema/title'],
    ['number', { maxLength: Token.asNumber({ Ref: 'MaxLength' }) }, 'schema/maxLength'],
    ['list', { required: Token.asList({ Ref: 'Required' }) }, 'schema/required'],
    ['value', { const: Lazy.any({ produce: () => 1 }) }, 'schema/const'],
    ['key', { properties: { [Token.asString({ Ref: 'Name' })]: {} } }, 'schema/properties'],
  ])('if it contains a %s that is known at deployment only', (_, schema, at) => {
    expect(checking(schema)).toThrow(`${at} must be known at synthesis, got a Token`);
  });

  const circular: any = { properties: {} };
  circular.properties.a = circular;

  test.each<[string, unknown, string]>([
    ['undefined', { const: undefined }, 'schema/const must be JSON, got undefined'],
    ['not a number', { const: NaN }, 'schema/const must be JSON, got NaN'],
    ['infinite', { properties: { a: { maximum: Infinity } } }, 'schema/properties/a/maximum must be JSON, got Infinity'],
    ['a bigint', { enum: [1n] }, 'schema/enum/0 must be JSON, got 1'],
    ['a function', { const: String }, 'schema/const must be JSON, got function String'],
    ['a regular expression', { pattern: /a/ }, 'schema/pattern must be JSON, got [object RegExp]'],
    ['a date', { const: new Date(0) }, 'schema/const must be JSON, got [object Date]'],
    ['circular', circular, 'schema/properties/a must be JSON, got a circular structure'],
    ['half a surrogate pair', { const: '\ud800' }, 'schema/const must be valid Unicode, got "\\ud800"'],
    ['in a property whose name has half a surrogate pair', { properties: { '\udc00': {} } }, 'schema/properties must be valid Unicode, got "\\udc00"'],
  ])('if it contains a value that is %s', (_, schema, message) => {
    expect(checking(schema)).toThrow(message);
  });

  test.each([null, [], 'object', 5, true, false])('if it is %j', (schema) => {
    expect(checking(schema)).toThrow(`schema must be a JSON Schema, an object, got ${JSON.stringify(schema)}`);
  });

  test.each([{}, { title: 'Anything', $id: 'https://example.com', default: null }])('if it checks nothing, such as %j', (schema) => {
    expect(checking(schema)).toThrow(`schema must have a keyword that checks something, got ${JSON.stringify(schema)}: omit it to accept any payload; in languages`);
  });

  describe('in languages other than TypeScript', () => {
    beforeEach(() => { process.env.JSII_AGENT = 'Python/3.11'; });
    afterEach(() => { delete process.env.JSII_AGENT; });

    test('if a nested schema is empty, as {"const": null} is after jsii has dropped null', () => {
      expect(checking({ properties: { a: {} } })).toThrow(
        'schema/properties/a must have a keyword that checks something, got {}: use true to accept everything; '
        + 'in languages other than TypeScript, write {"type": "null"} instead of {"const": null}, because null is dropped',
      );
    });

    test('but not if an array contains null, which jsii turns into undefined', () => {
      expect(accepts({ enum: [undefined, 1] }, null)).toBe(true);
      expect(accepts({ enum: [undefined, 1] }, 2)).toBe(false);
    });
  });

  test.each<[string, unknown, string]>([
    ['', { type: 'strng' }, '"strng"'],
    ['', { type: ['string', 'nil'] }, '"nil"'],
    ['', { type: 5 }, '5'],
    ['/properties/table', { properties: { table: { type: 'text' } } }, '"text"'],
    ['/items', { items: { type: 'int' } }, '"int"'],
    ['/oneOf/1', { oneOf: [true, { type: 'any' }] }, '"any"'],
    ['/$defs/table/not', { $defs: { table: { not: { type: 'any' } } } }, '"any"'],
  ])('if schema%s has an unknown type', (at, schema, got) => {
    expect(checking(schema)).toThrow(`schema${at}/type must be one of array, boolean, integer, null, number, object, string, got ${got}`);
  });

  test('if its list of types is empty', () => {
    expect(checking({ type: [] })).toThrow('schema/type must be a type or an array of at least one type, got []');
  });

  test.each([
    ['/properties/a', { properties: { a: 'string' } }], ['/items', { items: 'string' }], ['/allOf/0', { allOf: [null] }],
  ])('if schema%s is not a schema', (at, schema: any) => {
    const got = JSON.stringify(schema.properties?.a ?? schema.items ?? schema.allOf?.[0]);
    expect(checking(schema)).toThrow(`schema${at} must be a JSON Schema, an object or a boolean, got ${got}`);
  });

  test.each<[string, string, unknown[]]>([
    ['minimum', 'a number', ['five', null, true]],
    ['maximum', 'a number', ['5']],
    ['exclusiveMinimum', 'a number', [true]],
    ['exclusiveMaximum', 'a number', [true]],
    ['multipleOf', 'a number greater than 0', [0, -1, '2']],
    ['maxLength', 'a whole number of at least 0', [-1, 0.5, '5', null]],
    ['minLength', 'a whole number of at least 0', [-1]],
    ['maxItems', 'a whole number of at least 0', ['5']],
    ['minItems', 'a whole number of at least 0', [-1]],
    ['maxProperties', 'a whole number of at least 0', ['5']],
    ['minProperties', 'a whole number of at least 0', [1.5]],
    ['uniqueItems', 'true or false', ['true', 1]],
    ['readOnly', 'true or false', ['yes']],
    ['pattern', 'a string', [5]],
    ['format', 'a string', [null]],
    ['title', 'a string', [{ type: 'string' }]],
    ['$id', 'a string', [5]],
    ['$ref', 'a string', [{}]],
    ['required', 'an array of strings', [true, ['a', 1]]],
    ['enum', 'an array of at least one value', ['a', []]],
    ['examples', 'an array', [{}]],
    ['dependentRequired', 'an object of arrays of strings', [['a'], { a: 'b' }, { a: [1] }]],
    ['allOf', 'an array of at least one schema', [{}, []]],
    ['prefixItems', 'an array of at least one schema', ['x']],
    ['properties', 'an object of schemas', [['x']]],
    ['$defs', 'an object of schemas', [true]],
  ])('if %s is not %s', (keyword, wanted, values) => {
    for (const value of values) {
      expect(checking({ items: { type: 'array', [keyword]: value } })).toThrow(`schema/items/${keyword} must be ${wanted}, got ${JSON.stringify(value)}`);
    }
  });

  test.each([
    'http://json-schema.org/draft-04/schema#', 'https://json-schema.org/draft/2019-09/schema', 'http://json-schema.org/schema#',
  ])('if its draft is %s', ($schema) => {
    expect(checking({ $schema, const: 1 })).toThrow("schema/$schema must be 'https://json-schema.org/draft/2020-12/schema' or "
      + `'http://json-schema.org/draft-07/schema#', got "${$schema}"`);
  });

  test.each(['propertes', 'constructor', 'toString', 'optional'])('if it has an unknown keyword: %s', (keyword) => {
    expect(checking({ properties: { a: { type: 'string', [keyword]: true } } }))
      .toThrow(`schema/properties/a must only have keywords of JSON Schema 2020-12, got '${keyword}': correct it, or name your own annotation 'x-${keyword}'`);
  });

  test.each<[string, unknown, string]>([
    ['$dynamicRef', '#node', "a $ref such as '#/$defs/name'"],
    ['$dynamicAnchor', 'node', "a $ref such as '#/$defs/name'"],
    ['$recursiveRef', '#', "a $ref such as '#/$defs/name'"],
    ['$recursiveAnchor', true, "a $ref such as '#/$defs/name'"],
    ['additionalItems', false, 'items together with prefixItems'],
    ['dependencies', { a: ['b'] }, 'dependentRequired or dependentSchemas'],
    ['contentSchema', { type: 'object' }, 'keywords for strings, such as pattern'],
    ['id', 'https://example.com', '$id'],
    ['nullable', true, "a type such as ['string', 'null']"],
  ])('if it has %s', (keyword, value, instead) => {
    expect(checking({ items: { [keyword]: value } })).toThrow(`schema/items must not have '${keyword}', which is not checked: use ${instead}`);
  });

  test.each(['#a', 'https://example.com/a#b'])('if an $id has a fragment: %s', ($id) => {
    expect(checking({ $defs: { a: { $id } } })).toThrow(`schema/$defs/a/$id must not have a fragment, got "${$id}": use $anchor, or set $schema`);
  });

  test.each([
    [{ $defs: { a: { $id: 'a' }, b: { $id: 'a' } } }, "schema/$defs/b/$id must be unique in the schema, got 'a' twice"],
    [{ $defs: { a: { $anchor: 'a' }, b: { $anchor: 'a' } } }, "schema/$defs/b/$anchor must be unique in the schema, got '#a' twice"],
  ])('if two schemas have the same name: %j', (schema, message) => {
    expect(checking(schema)).toThrow(message);
  });

  test.each(['idn-email', 'iri', 'int32', 'password', 'date_time', 'toString'])('if it has a format that is not checked: %s', (format) => {
    expect(checking({ items: { format } })).toThrow(/^schema\/items\/format must be one of date, .*, uuid, got ".*": use a pattern instead, or name your own annotation 'x-format'$/);
  });

  // The validator's pattern for it takes seconds for 30 characters.
  test('if it has the format url', () => {
    expect(checking({ format: 'url' })).toThrow('got "url"');
  });

  test.each([['then', 'if'], ['else', 'if'], ['minContains', 'contains'], ['maxContains', 'contains']])('if it has %s without %s', (keyword, partner) => {
    const value = partner === 'if' ? { type: 'string' } : 1;
    expect(checking({ items: { [keyword]: value } })).toThrow(`schema/items must have '${partner}' together with '${keyword}', which is not checked otherwise`);
    expect(checking({ items: { [partner]: true, [keyword]: value } })).not.toThrow();
  });

  test.each(['https://example.com/schema.json', 'other.json#/$defs/a', '#anchor', ''])('if a reference points to another document: %j', ($ref) => {
    expect(checking({ properties: { a: { $ref } } })).toThrow(`schema/properties/a/$ref must point to a place in the same schema, such as '#/$defs/name', got "${$ref}"`);
  });

  test.each(['#/$defs/nothing', '#/$defs/a/0/b', '#/toString', '#/$defs', '#/properties', '#/title', '#/$defs/a/enum/0', '#/$defs/a/const', '#/', '#/$defs/a%2F', '#/x-a'])(
    'if a reference points to a place without a schema: %s', ($ref) => {
      const schema = { 'title': 'x', '$defs': { a: { enum: [{}], const: {} } }, 'properties': { not: { $ref } }, 'x-a': {} };
      expect(checking(schema)).toThrow(`schema/properties/not/$ref must point to a schema that exists, got "${$ref}"`);
    });

  test('if a reference is not a URI', () => {
    expect(checking({ $ref: '#/$defs/%', $defs: { '%': {} } })).toThrow('schema/$ref must be a URI, got "#/$defs/%"');
  });

  test.each<[string, object]>([
    ['#', { $ref: '#' }],
    ['#', { anyOf: [{ type: 'string' }, { $ref: '#' }] }],
    ['#/$defs/b', { $ref: '#/$defs/a', $defs: { a: { not: { $ref: '#/$defs/b' } }, b: { dependentSchemas: { c: { $ref: '#/$defs/a' } } } } }],
    ['#/if', { if: { then: { $ref: '#/if' }, if: true } }],
  ])('if it refers to itself for the same value: %s', ($ref, schema) => {
    expect(checking(schema)).toThrow(/\/\$ref must not be circular, got "#/);
    expect(checking(schema)).toThrow($ref);
  });

  test.each([['pattern', { pattern: '(' }, '('], ['patternProperties', { patternProperties: { '[': {} } }, '['], ['Unicode mode', { pattern: '\\-' }, '\\-']])(
    'if it has an invalid regular expression: %s', (_, schema, got) => {
      expect(checking({ items: schema })).toThrow(`schema/items must have patterns that are valid regular expressions, got ${JSON.stringify(got)}`);
    });

  test.each([{ pattern: '^(a+)+$' }, { patternProperties: { '^(a+)+$': {} } }, { propertyNames: { pattern: '^(a+)+$' } }])('if a pattern takes exponential time: %j', (schema) => {
    expect(checking({ items: schema })).toThrow(
      'must not have patterns with a repeated part that can match a string in two ways, got "^(a+)+$": a check could take exponential time',
    );
  });
});

describe('a schema is accepted that', () => {
  test.each<[string, object, unknown, unknown]>([
    ['has booleans as schemas', { properties: { a: true }, additionalProperties: false }, { a: 1 }, { b: 1 }],
    ['has an empty nested schema', { properties: { a: {} }, required: ['a'] }, { a: 1 }, {}],
    ['has several types', { type: ['string', 'null'] }, null, 1],
    ['refers to its definitions', { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { type: 'string' } } }, 'a', 1],
    ['has custom annotations', { 'x-internal': { $ref: 5 }, 'items': { type: 'string', examples: [{ type: 'anything' }] } }, ['a'], [1]],
    ['has properties named like keywords', { properties: { $ref: { type: 'string' }, propertes: { minimum: 5 }, $id: true } }, { $ref: 'a' }, { $ref: 1 }],
    ['has a property named __proto__', JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), JSON.parse('{"__proto__":"a"}'), JSON.parse('{"__proto__":1}')],
    ['has unique items', { uniqueItems: true }, [1, 2], [1, 1]],
    ['refers to itself for a part of the payload', { properties: { left: { $ref: '#' }, right: { $ref: '#' } }, additionalProperties: false }, { left: { right: {} } }, { left: { up: {} } }],
    ['refers to an anchor', { items: { $ref: '#a' }, $defs: { b: { $anchor: 'a', type: 'string' } } }, ['a'], [1]],
    ['refers to itself by its id', { $id: 'https://a.example/b', $defs: { c: { type: 'string' } }, items: { $ref: 'b#/$defs/c' } }, ['a'], [1]],
    ['refers to a nested schema by its id', { $defs: { b: { $id: 'Node', items: { $ref: 'Node' }, type: 'array' } }, not: { $ref: 'Node#' } }, 1, [[]]],
    ['refers to itself by an id that is only a name', { $id: 'Node', properties: { next: { $ref: 'Node' } }, type: 'object' }, { next: {} }, { next: 1 }],
    ['has a constant null', { properties: { a: { const: null } } }, { a: null }, { a: 1 }],
    ['has a format', { format: 'date' }, '2026-11-23', '23.11.2026'],
  ])('%s', (_, schema, good, bad) => {
    expect(accepts(schema, good)).toBe(true);
    expect(accepts(schema, bad)).toBe(false);
  });

  test('refers to any name, in any spelling', () => {
    const hex = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.func(fc.boolean()), (name, isEncoded) => {
      const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
      const mustBeEncoded = /[%"<>\\^`{|}\s]/;
      const spelled = Array.from(step, (character) => isEncoded(character) || mustBeEncoded.test(character) ? hex(character) : character).join('');
      const schema = { $ref: `#/%24defs/${spelled}`, $defs: { [name]: { const: 1 } } };
      expect([accepts(schema, 1), accepts(schema, 2)]).toEqual([true, false]);
    }));
  });

  test('consists of any keywords, and can be used to check payloads', () => {
    let accepted = 0;
    fc.assert(fc.property(anySchema(), fc.jsonValue({ maxDepth: 3 }), (schema, payload) => {
      try {
        checked(schema);
      } catch (error) {
        // The error explains why.
        expect((error as Error).message).toMatch(/^schema.* must .*(, got .|: use .|which is not checked otherwise$)/s);
        return;
      }
      accepted++;
      expect(typeof accepts(schema, payload)).toBe('boolean');
    }), { numRuns: 2000 });
    expect(accepted).toBeGreaterThan(100);
  });
});

test('the schema of the user is not changed', () => {
  const schema = { title: 'x', properties: { a: { $ref: '#/%24defs/a' } }, $defs: { a: { description: 'y', type: 'string' } } };
  const before = structuredClone(schema);
  checked(schema);
  expect(schema).toEqual(before);
});

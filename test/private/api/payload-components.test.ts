import { dereference, Schema, validate } from '@cfworker/json-schema';
import * as fc from 'fast-check';
import { addPayloadComponents, componentName } from '../../../src/private/api/payload-components';
import { validatePayloadSchema } from '../../../src/private/validation/payload-schema';
import { anySchema } from '../../support/schemas';

/** The components of a document that has one task type, export, beside others. */
function componentsOf(payloadSchema: object, others: object = {}): Record<string, any> {
  const components: Record<string, any> = { ...others };
  expect(validatePayloadSchema(payloadSchema, 'schema')).toEqual(expect.any(Object));
  expect(addPayloadComponents(components, 'export', payloadSchema)).toBe('#/components/schemas/Payload.export');
  return components;
}

const to = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the schema of a payload', () => {
  test('without references is one component', () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
    expect(componentsOf(schema)).toEqual({ 'Payload.export': schema });
  });

  test.each(['$defs', 'definitions'])('has its %s as components of their own', (keyword) => {
    expect(componentsOf({
      type: 'object',
      properties: { a: { $ref: `#/${keyword}/node` } },
      [keyword]: { node: { type: 'array', items: { $ref: `#/${keyword}/node` } }, unused: { type: 'string' } },
    })).toEqual({
      'Payload.export': { type: 'object', properties: { a: to('Payload.export.node') } },
      'Payload.export.node': { type: 'array', items: to('Payload.export.node') },
      'Payload.export.unused': { type: 'string' },
    });
  });

  test('has definitions of nested schemas as components, too', () => {
    expect(componentsOf({
      properties: { a: { $defs: { b: { type: 'string', $defs: { c: { type: 'null' } } } }, $ref: '#/properties/a/$defs/b/$defs/c' } },
    })).toEqual({
      'Payload.export': { properties: { a: to('Payload.export.c') } },
      'Payload.export.b': { type: 'string' },
      'Payload.export.c': { type: 'null' },
    });
  });

  test('can refer to itself', () => {
    expect(componentsOf({ properties: { children: { items: { $ref: '#' } } } })).toEqual({
      'Payload.export': { properties: { children: { items: to('Payload.export') } } },
    });
  });

  test('can refer to any place in it', () => {
    expect(componentsOf({
      properties: {
        a: { items: { type: 'string' } }, b: { $ref: '#/properties/a/items' }, c: { $ref: '#/allOf/0' }, d: { $ref: '#/$defs/e/not' },
      },
      allOf: [{ maxProperties: 5 }],
      $defs: { e: { not: { type: 'null' } } },
    })).toEqual({
      'Payload.export': {
        properties: {
          a: { items: to('Payload.export.a.items') },
          b: to('Payload.export.a.items'),
          c: to('Payload.export.allOf.0'),
          d: to('Payload.export.e.not'),
        },
        allOf: [to('Payload.export.allOf.0')],
      },
      'Payload.export.a.items': { type: 'string' },
      'Payload.export.allOf.0': { maxProperties: 5 },
      'Payload.export.e': { not: to('Payload.export.e.not') },
      'Payload.export.e.not': { type: 'null' },
    });
  });

  test('has names of letters that components can have, each once', () => {
    const components = componentsOf({
      $ref: '#/$defs/a%20b',
      $defs: {
        'a b': { properties: { a: { $ref: '#/$defs/a~1b' }, b: { $ref: '#/$defs/%E6%97%A5' }, c: { $ref: '#/$defs/A.B' } } },
        'a/b': { const: 1 },
        '日': { const: 2 },
        'A.B': { const: 3 },
      },
    });
    expect(components).toEqual({
      'Payload.export': { properties: { a: to('Payload.export.a_b'), b: to('Payload.export.__2'), c: to('Payload.export.A.B_2') } },
      'Payload.export.a_b': { const: 1 },
      'Payload.export.__2': { const: 2 },
      'Payload.export.A.B_2': { const: 3 },
    });
  });

  test.each([
    ['description', 'What to export'], ['title', 'Export'],
  ])('that is only a reference with a %s is the schema that it refers to', (keyword, value) => {
    expect(componentsOf({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $ref: '#/definitions/Export',
      [keyword]: value,
      definitions: { Export: { type: 'object', properties: { next: { $ref: '#/definitions/Export' } } } },
    })).toEqual({
      'Payload.export': { description: value, type: 'object', properties: { next: to('Payload.export') } },
    });
  });

  test('follows definitions that are only references', () => {
    expect(componentsOf({ properties: { a: { $ref: '#/$defs/b' } }, $defs: { b: { $ref: '#/$defs/c' }, c: { type: 'string' } } })).toEqual({
      'Payload.export': { properties: { a: to('Payload.export.c') } },
      'Payload.export.c': { type: 'string' },
    });
  });

  test('keeps what stands beside a reference, in a component within allOf', () => {
    expect(componentsOf({
      properties: { a: { $ref: '#/$defs/b', description: 'here' } },
      $defs: { b: { $ref: '#/$defs/c', minLength: 1 }, c: { type: 'string' }, d: { $ref: '#/$defs/c', allOf: [{ maxLength: 9 }] } },
    })).toEqual({
      'Payload.export': { properties: { a: { ...to('Payload.export.b'), description: 'here' } } },
      'Payload.export.b': { minLength: 1, allOf: [to('Payload.export.c')] },
      'Payload.export.c': { type: 'string' },
      'Payload.export.d': { allOf: [{ maxLength: 9 }, to('Payload.export.c')] },
    });
  });

  test('has the title of a component as its description, since generators make names of titles', () => {
    expect(componentsOf({
      title: 'Task',
      properties: { a: { $ref: '#/$defs/b' }, c: { title: 'C' } },
      $defs: { b: { title: 'Problem', description: 'what b is', type: 'null' } },
    })).toEqual({
      'Payload.export': { description: 'Task', properties: { a: to('Payload.export.b'), c: { title: 'C' } } },
      'Payload.export.b': { description: 'what b is', type: 'null' },
    });
  });

  test('has objects for booleans, except where every generator knows booleans', () => {
    expect(componentsOf({
      properties: { a: true, b: false, c: { $ref: '#/$defs/d' } },
      additionalProperties: false,
      unevaluatedProperties: false,
      items: false,
      $defs: { d: true, e: false },
    })).toEqual({
      'Payload.export': {
        properties: { a: {}, b: { not: {} }, c: to('Payload.export.d') },
        additionalProperties: false,
        unevaluatedProperties: false,
        items: { not: {} },
      },
      'Payload.export.d': {},
      'Payload.export.e': { not: {} },
    });
  });

  test('has the mapping of a discriminator lead to components', () => {
    const mapping = { cat: '#/$defs/Cat', dog: 'Dog', cow: '#/nowhere', hen: '#/%' };
    expect(componentsOf({ oneOf: [true], discriminator: { propertyName: 'kind', mapping }, $defs: { Cat: { type: 'object' } } })).toEqual({
      'Payload.export': {
        oneOf: [{}], discriminator: { propertyName: 'kind', mapping: { ...mapping, cat: '#/components/schemas/Payload.export.Cat' } },
      },
      'Payload.export.Cat': { type: 'object' },
    });
  });

  test('of draft-07 has components in draft 2020-12', () => {
    expect(componentsOf({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Points',
      items: [{ $id: '#point', type: 'number', description: 'x' }, { $ref: '#point' }, { $ref: '#/additionalItems' }],
      additionalItems: { type: 'null' },
    })).toEqual({
      'Payload.export': {
        description: 'Points',
        prefixItems: [to('Payload.export.prefixItems.0'), to('Payload.export.prefixItems.0'), to('Payload.export.items')],
        items: to('Payload.export.items'),
      },
      'Payload.export.prefixItems.0': { type: 'number', description: 'x' },
      'Payload.export.items': { type: 'null' },
    });
  });

  test('keeps data that looks like a schema', () => {
    const schema = {
      'properties': { $ref: { type: 'string' }, title: { type: 'string' }, definitions: { type: 'array' } },
      'const': { $ref: '#/a', $defs: 1 },
      'enum': [{ $ref: '#/b', title: 'c' }],
      'default': { $id: 'd' },
      'x-team': { $ref: '#/e', $defs: {} },
      'discriminator': 'f',
    };
    expect(componentsOf(schema)).toEqual({ 'Payload.export': schema });
  });

  test('has names that are not those of other components', () => {
    const others = { 'Payload.export.A': { const: 2 } };
    expect(componentsOf({ $defs: { a: { const: 1 } }, properties: { b: { $ref: '#/$defs/a' } } }, others)).toEqual({
      ...others, 'Payload.export': { properties: { b: to('Payload.export.a_2') } }, 'Payload.export.a_2': { const: 1 },
    });
  });
});

test.each([
  ['Payload.a.b', 'Payload.a.b'], ['Payload.a-b', 'Payload.a-b_3'], ['payload.A_B', 'payload.A_B_3'], ['a/b c', 'a_b_c'],
])('the component %s is called %s', (wanted, name) => {
  const others = wanted === 'Payload.a.b' ? {} : { 'Payload.a.b': {}, 'Payload.ab2': {} };
  expect(componentName(others, wanted)).toBe(name);
});

test('the components accept the payloads that the schema accepts', () => {
  let accepted = 0;
  fc.assert(fc.property(anySchema(), fc.jsonValue({ maxDepth: 3 }), (schema, payload) => {
    let checked;
    try {
      checked = validatePayloadSchema(schema, 'schema') as Schema;
    } catch {
      return;
    }
    accepted++;
    const components: Record<string, any> = {};
    const document: Schema = { $ref: addPayloadComponents(components, 'export', schema as object), components: { schemas: components } };
    // What follows checks nothing, and the validator looks for schemas in it.
    const notChecked = ['title', '$anchor', 'x-a'];
    const withoutValues = JSON.parse(JSON.stringify(document), (key, value) => notChecked.includes(key) ? undefined : value);
    const isValid = (wanted: Schema) => validate(payload, wanted, '2020-12', dereference(wanted)).valid;
    expect(isValid(withoutValues)).toBe(isValid(checked));
  }), { numRuns: 2000 });
  expect(accepted).toBeGreaterThan(100);
});

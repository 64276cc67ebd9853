import * as fc from 'fast-check';

/** Generates JSON Schemas, most of them valid, and some that are not. */
export function anySchema(): fc.Arbitrary<unknown> {
  const junk = fc.constantFrom<unknown>(null, {}, [], -1, 0.5, 'a', ['a'], true, { id: '#' }, [{}]);
  const usually = (good: fc.Arbitrary<unknown>) => fc.oneof({ arbitrary: good, weight: 30 }, { arbitrary: junk, weight: 1 });
  const name = fc.constantFrom('a', 'b', 'id', '$ref');
  const count = usually(fc.nat(2));
  const plain: [string, fc.Arbitrary<unknown>][] = [
    ['$ref', usually(fc.constantFrom('#', '#/$defs/a', '#/properties/a', '#/items'))], ['$anchor', junk], ['title', junk], ['x-a', junk],
    ['type', usually(fc.constantFrom('object', 'array', ['string', 'number']))], ['enum', usually(fc.array(fc.jsonValue(), { minLength: 1 }))], ['const', fc.jsonValue()],
    ['minimum', count], ['multipleOf', usually(fc.constantFrom(1, 0.1, 1e-300))], ['maxLength', count], ['pattern', usually(fc.constantFrom('^a', '(a+)+$', '('))],
    ['format', usually(fc.constantFrom('date', 'uri', 'email'))], ['required', usually(fc.array(name))], ['dependentRequired', usually(fc.dictionary(name, fc.array(name)))],
    ['uniqueItems', usually(fc.boolean())], ['maxProperties', count],
  ];
  const schemas = fc.memo((depth): fc.Arbitrary<unknown> => {
    const inner = depth > 1 ? usually(schemas()) : fc.boolean();
    const some = usually(fc.array(inner, { minLength: 1, maxLength: 2 }));
    const named = usually(fc.dictionary(name, inner, { maxKeys: 2 }));
    const nesting = [
      ...['items', 'contains', 'unevaluatedItems', 'not', 'if', 'then'].map((keyword) => [keyword, inner] as const),
      ...['propertyNames', 'additionalProperties', 'unevaluatedProperties'].map((keyword) => [keyword, inner] as const),
      ...['prefixItems', 'anyOf', 'oneOf', 'allOf'].map((keyword) => [keyword, some] as const),
      ...['$defs', 'dependentSchemas', 'properties', 'patternProperties'].map((keyword) => [keyword, named] as const),
    ];
    const member = fc.oneof(...[...plain, ...nesting].map(([keyword, value]) => fc.tuple(fc.constant(keyword), value)));
    return fc.array(member, { maxLength: 3 }).map((members) => Object.fromEntries(members));
  });
  return schemas(3);
}

/** Generates schemas of draft-07, most of them valid. Values are such that keywords often decide. */
export function aDraft07Schema(): fc.Arbitrary<unknown> {
  const name = fc.constantFrom('', 'a', 'b');
  const references = ['#', '#/definitions/a', '#/items/0', '#/additionalItems', '#/dependencies/a', '#/properties/a', '#b'];
  const schemas = fc.memo((depth): fc.Arbitrary<unknown> => {
    const inner = depth > 1 ? schemas() : fc.boolean();
    const named = fc.dictionary(name, inner, { maxKeys: 2 });
    const some = fc.array(inner, { minLength: 1, maxLength: 2 });
    const member = fc.oneof(
      fc.tuple(fc.constant('$ref'), fc.constantFrom(...references)),
      fc.tuple(fc.constant('type'), fc.constantFrom('object', 'array', 'string', ['number', 'null'])),
      fc.tuple(fc.constant('const'), fc.constantFrom<unknown>(1, 'a', null, [])),
      fc.tuple(fc.constantFrom('maxItems', 'minItems', 'maxProperties', 'minProperties', 'maxLength'), fc.nat(2)),
      fc.tuple(fc.constant('required'), fc.array(name, { maxLength: 1 })),
      fc.tuple(fc.constant('$id'), fc.constantFrom('#b')),
      fc.tuple(fc.constantFrom('items', 'additionalItems', 'contains', 'not', 'additionalProperties', 'propertyNames', 'if'), inner),
      fc.tuple(fc.constantFrom('items', 'allOf', 'anyOf', 'oneOf'), some),
      fc.tuple(fc.constantFrom('definitions', 'properties', 'patternProperties'), named),
      fc.tuple(fc.constant('dependencies'), fc.dictionary(name, fc.oneof(inner, fc.array(name, { maxLength: 2 })), { maxKeys: 2 })),
    );
    return fc.array(member, { minLength: 1, maxLength: 4 }).map((members) => {
      const schema = Object.fromEntries(members);
      if (schema.$ref === undefined) return schema;
      // The validator that the test compares with finds anchors in what draft-07 ignores.
      const { $id, ...beside } = schema;
      const kept = Object.entries(beside).filter(([keyword, value]) => keyword === 'definitions' || typeof value !== 'object');
      return Object.fromEntries(kept);
    });
  });
  return schemas(3);
}

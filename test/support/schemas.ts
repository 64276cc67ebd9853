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

import * as sdk from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { marshall, unmarshall } from './light-sdk';

const OPTIONS = { removeUndefinedValues: true };

const values = fc.letrec((tie) => ({
  value: fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.boolean(), fc.constantFrom(null, undefined), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(fc.string({ maxLength: 5 }).filter((name) => name !== '__proto__'), tie('value'), { maxKeys: 4 }),
}));

test('marshall and unmarshall convert items as the SDK does', () => {
  fc.assert(fc.property(values.map as fc.Arbitrary<Record<string, unknown>>, (data) => {
    const item = marshall(data, OPTIONS);
    expect(item).toEqual(sdk.marshall(data, OPTIONS));
    expect(unmarshall(item)).toEqual(sdk.unmarshall(item));
  }));
});

test.each([{ a: NaN }, { a: 2 ** 60 }, { a: undefined }, { a: new Date(0) }, { a: { b: undefined } }])('marshall throws for %p, as the SDK does', (data) => {
  expect(() => marshall(data)).toThrow();
  expect(() => sdk.marshall(data)).toThrow();
});

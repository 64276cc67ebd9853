import { isShort, JsonPart, partsOf, partsOfGroup, sizeOf } from '../../cli/page/json-parts';

const namesOf = (parts: JsonPart[]) => parts.map(({ name }) => name);

test('the parts of objects and arrays have their names', () => {
  expect(partsOf({ 'a b': 1, 'c': [2] })).toEqual([{ name: '"a b"', value: 1 }, { name: '"c"', value: [2] }]);
  expect(partsOf(['x'])).toEqual([{ name: '0', value: 'x' }]);
});

test('a large array has groups, and a larger one groups of groups', () => {
  const groups = partsOf(Array(250).fill(0));
  expect(namesOf(groups)).toEqual(['0 … 99', '100 … 199', '200 … 249']);
  expect(namesOf(partsOfGroup(groups[2])).slice(0, 2)).toEqual(['200', '201']);
  const large = partsOf(Array(1_000_000).fill(0));
  expect(large).toHaveLength(100);
  expect(partsOfGroup(large[99])).toHaveLength(100);
  expect(partsOfGroup(partsOfGroup(large[99])[99])).toHaveLength(100);
});

test('a folded value says how much is in it', () => {
  expect(sizeOf({ a: 1 })).toBe('{ 1 }');
  expect(sizeOf(Array(1200))).toBe('[ 1,200 ]');
});

test('short values are shown unfolded', () => {
  expect(isShort({ a: [1, 2, { b: 3 }] })).toBe(true);
  expect(isShort(Array(100).fill(0))).toBe(false);
  expect(isShort('x'.repeat(1000))).toBe(true);
});

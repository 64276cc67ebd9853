import { differences } from './templates';

describe('differences', () => {
  test('finds none between equal values, with their keys in any order', () => {
    expect(differences({ a: [1, { b: null }], c: 'd' }, { c: 'd', a: [1, { b: null }] })).toEqual([]);
  });

  test('names each place, and both values', () => {
    expect(differences({ Orders: { Timeout: 900, Tags: ['a'] } }, { Orders: { Timeout: 300, Tags: ['a', 'b'] }, Reports: {} })).toEqual([
      '/Orders/Timeout: 900 ≠ 300',
      '/Orders/Tags/1: nothing ≠ "b"',
      '/Reports: nothing ≠ {}',
    ]);
  });

  test('distinguishes a list from an object', () => {
    expect(differences({ a: [] }, { a: {} })).toEqual(['/a: [] ≠ {}']);
  });

  test('shortens long values', () => {
    expect(differences('x'.repeat(200), 1)).toEqual([`: "${'x'.repeat(119)}… ≠ 1`]);
  });
});

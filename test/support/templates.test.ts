import { differences } from './templates';

describe('differences', () => {
  test('finds none between equal values, whatever the order of their keys', () => {
    expect(differences({ a: [1, { b: null }], c: 'd' }, { c: 'd', a: [1, { b: null }] })).toEqual([]);
  });

  test('names each place, and what stands there', () => {
    expect(differences({ Orders: { Timeout: 900, Tags: ['a'] } }, { Orders: { Timeout: 300, Tags: ['a', 'b'] }, Reports: {} })).toEqual([
      '/Orders/Timeout: 900 ≠ 300',
      '/Orders/Tags/1: nothing ≠ "b"',
      '/Reports: nothing ≠ {}',
    ]);
  });

  test('takes a list and an object for different things', () => {
    expect(differences({ a: [] }, { a: {} })).toEqual(['/a: [] ≠ {}']);
  });

  test('shortens what is long', () => {
    expect(differences('x'.repeat(200), 1)).toEqual([`: "${'x'.repeat(119)}… ≠ 1`]);
  });
});

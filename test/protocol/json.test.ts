import * as fc from 'fast-check';
import { defectOf, storableText } from '../../src/protocol/json';

test('a value without a defect can be parsed again', () => {
  expect([null, [], {}, '', 0, { a: [1, 'é', false] }].map(defectOf)).toEqual(Array(6).fill(undefined));
});

describe('storableText', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

  test('cuts a text between characters, and replaces halves of surrogate pairs', () => {
    fc.assert(fc.property(fc.string({ unit, maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (text, max) => {
      const stored = storableText(text, max);
      expect([...stored].length).toBe(Math.min(max, [...text].length));
      expect(defectOf(stored)).toBeUndefined();
    }));
  });

  test('leaves a short and valid text unchanged', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(storableText(text, 20)).toBe(text);
    }));
  });
});

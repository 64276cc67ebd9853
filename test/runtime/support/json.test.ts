import * as fc from 'fast-check';
import { defectOf, parseInteroperableJson, storableText } from '../../../src/runtime/support/json';

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

test('reads what JSON.parse does', () => {
  fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
    expect(parseInteroperableJson(text)).toEqual(JSON.parse(text));
  }));
});

test.each(['', '{', '{"a":1,}', "{'a':1}", 'undefined', 'NaN', '\ufeff{}', '01', '1 2', '"a\nb"'])('refuses %j, which is no JSON', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('is not valid JSON'));
});

test('does not quote what it refuses', () => {
  expect(() => parseInteroperableJson('{"secret"')).not.toThrow('secret');
});

test.each([nested(128), nested(128, '1'), '{"a":'.repeat(128) + '1' + '}'.repeat(128)])('reads 128 levels', (text) => {
  expect(JSON.stringify(parseInteroperableJson(text))).toBe(text);
});

test.each([nested(129), nested(30_000), '{"a":'.repeat(129) + '1' + '}'.repeat(129), `[1,${nested(128)}]`])('refuses a level more', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('is nested deeper than 128 levels'));
});

test.each(['1e400', '-1e400', '[1,1e309]', '{"a":{"b":1e999}}'])('refuses %s, which has a number that nobody can write again', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('contains a number that is too large'));
});

test.each(['1e308', '-1.7976931348623157e308', '5e-324', '1e-400'])('reads %s', (text) => {
  expect(parseInteroperableJson(text)).toBe(Number(text));
});

test.each([
  '"\\ud800"', '"\\udc00"', '"a\\ud83db"', '"\\ude00\\ud83d"', '["\\ud800"]', '{"a":"\\ud800"}', '{"\\ud800":1}', '{"a":[{"\\udfff":null}]}', '"\ud800"',
])('refuses %s, which has half a character', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('contains a string that is not valid Unicode'));
});

test.each(['"😀"', '"\\ud83d\\ude00"', '{"😀":"é\\u0000"}'])('reads %s, which has whole ones', (text) => {
  expect(parseInteroperableJson(text)).toEqual(JSON.parse(text));
});

test('keeps members that have the names of others', () => {
  const text = '{"__proto__":{"a":1},"constructor":1,"toJSON":2}';
  expect(JSON.stringify(parseInteroperableJson(text))).toBe(text);
});

test('a value without a defect is one that can be read again', () => {
  expect([null, [], {}, '', 0, { a: [1, 'é', false] }].map(defectOf)).toEqual(Array(6).fill(undefined));
});

describe('a text is stored', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

  test('with no more characters than it may have, all of them whole', () => {
    fc.assert(fc.property(fc.string({ unit, maxLength: 50 }), fc.integer({ min: 1, max: 20 }), (text, max) => {
      const stored = storableText(text, max);
      expect([...stored].length).toBe(Math.min(max, [...text].length));
      expect(defectOf(stored)).toBeUndefined();
    }));
  });

  test('as it is when it is short and whole', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(storableText(text, 20)).toBe(text);
    }));
  });
});

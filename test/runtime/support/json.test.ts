import * as fc from 'fast-check';
import { parseInteroperableJson } from '../../../src/runtime/support/json';

const nested = (levels: number, inner = '') => '['.repeat(levels) + inner + ']'.repeat(levels);

test('parses JSON as JSON.parse does', () => {
  fc.assert(fc.property(fc.json({ stringUnit: 'binary' }), (text) => {
    expect(parseInteroperableJson(text)).toEqual(JSON.parse(text));
  }));
});

test.each(['', '{', '{"a":1,}', "{'a':1}", 'undefined', 'NaN', '\ufeff{}', '01', '1 2', '"a\nb"'])('refuses %j, which is not JSON', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('is not valid JSON'));
});

test('does not quote text that it refuses', () => {
  expect(() => parseInteroperableJson('{"secret"')).not.toThrow('secret');
});

test.each([nested(128), nested(128, '1'), '{"a":'.repeat(128) + '1' + '}'.repeat(128)])('accepts 128 levels of nesting', (text) => {
  expect(JSON.stringify(parseInteroperableJson(text))).toBe(text);
});

test.each([nested(129), nested(30_000), '{"a":'.repeat(129) + '1' + '}'.repeat(129), `[1,${nested(128)}]`])('refuses more than 128 levels of nesting', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('is nested deeper than 128 levels'));
});

test.each(['1e400', '-1e400', '[1,1e309]', '{"a":{"b":1e999}}'])('refuses %s, which has a number that cannot be serialized again', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('contains a number that is too large'));
});

test.each(['1e308', '-1.7976931348623157e308', '5e-324', '1e-400'])('accepts the number in %s', (text) => {
  expect(parseInteroperableJson(text)).toBe(Number(text));
});

test.each([
  '"\\ud800"', '"\\udc00"', '"a\\ud83db"', '"\\ude00\\ud83d"', '["\\ud800"]', '{"a":"\\ud800"}', '{"\\ud800":1}', '{"a":[{"\\udfff":null}]}', '"\ud800"',
])('refuses %s, which has half of a surrogate pair', (text) => {
  expect(() => parseInteroperableJson(text)).toThrow(new Error('contains a string that is not valid Unicode'));
});

test.each(['"😀"', '"\\ud83d\\ude00"', '{"😀":"é\\u0000"}'])('accepts %s, which has whole surrogate pairs', (text) => {
  expect(parseInteroperableJson(text)).toEqual(JSON.parse(text));
});

test('keeps properties with special names', () => {
  const text = '{"__proto__":{"a":1},"constructor":1,"toJSON":2}';
  expect(JSON.stringify(parseInteroperableJson(text))).toBe(text);
});

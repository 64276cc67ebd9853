import { parsePayload, payloadText } from '../../cli/src/payload';

test('a payload is UTF-8, with or without a byte order mark', () => {
  expect(payloadText(Buffer.from('\ufeff{"name":"Zoë"}'), 'payload.json')).toBe('{"name":"Zoë"}');
  expect(() => payloadText(Buffer.from('{"name":"Zoë"}', 'latin1'), 'payload.json')).toThrow('payload.json must be UTF-8');
  expect(() => payloadText(Buffer.from('\ufeff{}', 'utf16le'), 'payload.json')).toThrow('payload.json must be UTF-8');
});

test('a payload is any JSON', () => {
  expect(parsePayload('{"a":[1,-0.5,1e3,null]}', '--payload')).toEqual({ a: [1, -0.5, 1000, null] });
  expect(() => parsePayload('{a', '--payload')).toThrow('--payload must be JSON: ');
});

test.each(['9007199254740993', '{"a":[{"id":-12345678901234567890}]}', '1e400', '[1e20]'])('%s is refused, because it would be changed', (text) => {
  expect(() => parsePayload(text, '--payload')).toThrow('--payload must not have numbers beyond ±9007199254740991');
});

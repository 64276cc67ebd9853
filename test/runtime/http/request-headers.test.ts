import { Problem } from '../../../src/runtime/http/problem';
import { header, identifier, listHeader } from '../../../src/runtime/http/request-headers';
import { aRequest } from '../../support/builders';

// The tests of the router cover entity tags and preferences.

describe('a header', () => {
  test.each(['Prefer', 'prefer', 'PREFER'])('is found as %s, in upper or lower case', (name) => {
    expect(header(aRequest('GET /tasks', { headers: { Accept: '*/*', [name]: 'wait=1' } }), 'Prefer')).toBe('wait=1');
  });

  test.each([
    [{ headers: { Prefer: 'wait=1' }, multiValueHeaders: undefined }, 'wait=1'],
    [{ headers: {} }, undefined],
    [{ headers: null, multiValueHeaders: null }, undefined],
    [{ headers: { Prefer: undefined }, multiValueHeaders: { Prefer: undefined } }, undefined],
    [{ headers: { Prefer: '' } }, ''],
  ])('of the request %j has the value %j', (request, value) => {
    expect(header(aRequest('GET /tasks', request as object), 'Prefer')).toBe(value);
  });

  test.each([
    { 'X-Owner': ['a', 'b'] },
    { 'X-Owner': ['a'], 'x-owner': ['b'] },
  ])('that is sent twice is refused: %j', (multiValueHeaders) => {
    const read = () => header(aRequest('GET /tasks', { headers: { 'X-Owner': 'b' }, multiValueHeaders } as object), 'X-Owner');
    expect(read).toThrow(new Problem(400, 'the header X-Owner must be sent only once'));
  });
});

describe('a header with a list', () => {
  test.each([
    [{ Prefer: ['respond-async', 'wait=5'] }, 'respond-async, wait=5'],
    [{ prefer: ['respond-async'], PREFER: ['wait=5'] }, 'respond-async, wait=5'],
    [{ Accept: ['*/*'] }, undefined],
  ])('can be sent in several parts: %j', (multiValueHeaders, value) => {
    expect(listHeader(aRequest('GET /tasks', { multiValueHeaders } as object), 'Prefer')).toBe(value);
  });
});

describe('a header with an identifier', () => {
  const read = (value: string) => identifier(aRequest('GET /tasks', { headers: { 'x-id': value } }), 'X-Id');

  test('is undefined if the request does not have it', () => {
    expect(identifier(aRequest('GET /tasks'), 'X-Id')).toBeUndefined();
  });

  test.each(['!', '~', 'a'.repeat(255)])('can be %j', (value) => {
    expect(read(value)).toBe(value);
  });

  test.each(['', ' ', 'a b', '\u007f', 'é', 'a'.repeat(256), 'a\n'])('cannot be %j', (value) => {
    expect(() => read(value)).toThrow(new Problem(400, 'the header X-Id must be 1 to 255 visible ASCII characters'));
  });
});

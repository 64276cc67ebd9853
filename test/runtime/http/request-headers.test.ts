import { Problem } from '../../../src/runtime/http/problem';
import { header, identifier, listHeader } from '../../../src/runtime/http/request-headers';
import { aRequest } from '../../support/builders';

// How tags and preferences are read is shown by the replies: see the tests of the API.

describe('a header', () => {
  test.each(['Prefer', 'prefer', 'PREFER'])('is found as %s', (name) => {
    expect(header(aRequest('GET /tasks', { headers: { Accept: '*/*', [name]: 'wait=1' } }), 'Prefer')).toBe('wait=1');
  });

  test.each([
    [{ headers: { Prefer: 'wait=1' }, multiValueHeaders: undefined }, 'wait=1'],
    [{ headers: {} }, undefined],
    [{ headers: null, multiValueHeaders: null }, undefined],
    [{ headers: { Prefer: undefined }, multiValueHeaders: { Prefer: undefined } }, undefined],
    [{ headers: { Prefer: '' } }, ''],
  ])('of %j is %j', (request, value) => {
    expect(header(aRequest('GET /tasks', request as object), 'Prefer')).toBe(value);
  });

  test.each([
    { 'X-Owner': ['a', 'b'] },
    { 'X-Owner': ['a'], 'x-owner': ['b'] },
  ])('that is there twice is refused, not chosen from: %j', (multiValueHeaders) => {
    const read = () => header(aRequest('GET /tasks', { headers: { 'X-Owner': 'b' }, multiValueHeaders } as object), 'X-Owner');
    expect(read).toThrow(new Problem(400, 'the header X-Owner must be sent only once'));
  });
});

describe('a header that is a list', () => {
  test.each([
    [{ Prefer: ['respond-async', 'wait=5'] }, 'respond-async, wait=5'],
    [{ prefer: ['respond-async'], PREFER: ['wait=5'] }, 'respond-async, wait=5'],
    [{ Accept: ['*/*'] }, undefined],
  ])('may come in parts: %j', (multiValueHeaders, value) => {
    expect(listHeader(aRequest('GET /tasks', { multiValueHeaders } as object), 'Prefer')).toBe(value);
  });
});

describe('an identifier', () => {
  const read = (value: string) => identifier(aRequest('GET /tasks', { headers: { 'x-id': value } }), 'X-Id');

  test('is undefined when there is none', () => {
    expect(identifier(aRequest('GET /tasks'), 'X-Id')).toBeUndefined();
  });

  test.each(['!', '~', 'a'.repeat(255)])('may be %j', (value) => {
    expect(read(value)).toBe(value);
  });

  test.each(['', ' ', 'a b', '\u007f', 'é', 'a'.repeat(256), 'a\n'])('can not be %j', (value) => {
    expect(() => read(value)).toThrow(new Problem(400, 'the header X-Id must be 1 to 255 visible ASCII characters'));
  });
});

import { claimedOwner, verifiedOwner } from '../../../src/runtime/support/verified-owner';

describe('verifiedOwner', () => {
  test.each([['a', 'a'], [' ', ' '], ['ünïcödé', 'ünïcödé'], ['§'.repeat(256), '§'.repeat(256)], [7, '7'], [0, '0'], [2 ** 53 - 1, '9007199254740991']])('returns %j as an owner', (value, owner) => {
    expect(verifiedOwner(value)).toBe(owner);
  });

  test.each([undefined, null, '', true, {}, ['ann'], 'x'.repeat(257), '\ud800', NaN, 1.5])('returns none for %j', (value) => {
    expect(verifiedOwner(value)).toBeUndefined();
  });

  test('returns none for a number that JSON.parse rounds, which another owner could have, too', () => {
    expect(JSON.parse('9007199254740993')).toBe(JSON.parse('9007199254740992'));
    expect(verifiedOwner(JSON.parse('9007199254740993'))).toBeUndefined();
  });
});

describe('claimedOwner', () => {
  const ISSUER = 'https://a.example/';

  test('returns a claim', () => {
    expect(claimedOwner({ iss: ISSUER, tenant: 'a' }, 'tenant', false)).toBe('a');
  });

  test('returns the issuer and a claim', () => {
    expect(claimedOwner({ iss: ISSUER, sub: 7 }, 'sub', true)).toBe('https://a.example/#7');
  });

  test.each([undefined, {}, { iss: ISSUER }, { sub: '1' }, { iss: '', sub: '1' }, { iss: ISSUER, sub: '' }, { iss: ISSUER, sub: '1'.repeat(240) }])('returns none, with the issuer, for the claims %j', (claims) => {
    expect(claimedOwner(claims, 'sub', true)).toBeUndefined();
  });

  test.each([undefined, {}, { sub: '' }])('returns none for the claims %j', (claims) => {
    expect(claimedOwner(claims, 'sub', false)).toBeUndefined();
  });

  test('takes no owner from what all objects have', () => {
    expect(claimedOwner({}, 'constructor', false)).toBeUndefined();
  });
});

import { formatOwnerPlace, parseOwnerPlace } from '../../src/protocol/environment';

describe('the place of the owner', () => {
  test.each([['header', 'X-Owner'], ['claim', 'custom:tenant'], ['issuer-and-claim', 'sub'], ['context', 'a\nb']] as const)('is parsed as it was formatted: %s, %j', (place, name) => {
    expect(parseOwnerPlace(formatOwnerPlace(place, name))).toEqual({ place, name });
  });

  test.each(['', 'header', 'header:', 'cookie:owner', ':owner'])("cannot be '%s'", (value) => {
    expect(() => parseOwnerPlace(value)).toThrow(
      `the place of the owner must be header:<name>, parameter:<name>, claim:<name>, issuer-and-claim:<name> or context:<name>, got '${value}'`);
  });
});

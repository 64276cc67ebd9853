import { isUnicode } from '../../protocol/json';

/** An owner of this length always fits into a key of the index. */
const MAX_OWNER_CHARACTERS = 256;

/** Returns a value that an authorizer verified as an owner; undefined if it can't be one. */
export function verifiedOwner(value: unknown): string | undefined {
  // JSON.parse rounds larger numbers, so that two owners would be the same.
  const owner = Number.isSafeInteger(value) ? String(value) : value;
  const isUsable = typeof owner === 'string' && owner !== '' && owner.length <= MAX_OWNER_CHARACTERS && isUnicode(owner);
  return isUsable ? owner : undefined;
}

/**
 * Returns the owner that the claims of a token hold; undefined if they hold none.
 *
 * @param name the claim that holds the owner
 * @param includesIssuer whether the owner is the issuer, `#` and the claim
 */
export function claimedOwner(claims: Record<string, unknown> | undefined, name: string, includesIssuer: boolean): string | undefined {
  const owner = verifiedOwner(claims?.[name]);
  if (!includesIssuer || owner === undefined) return owner;
  // A subject is unique only among those of its issuer, whose URL has no fragment:
  // https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
  const issuer = verifiedOwner(claims?.iss);
  return issuer && verifiedOwner(`${issuer}#${owner}`);
}

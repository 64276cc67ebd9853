import { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from './problem';
import { badHeader, identifier } from './request-headers';
import { parseOwnerPlace } from '../../protocol/environment';
import { isUnicode } from '../../protocol/json';

/** An owner of this length always fits into a key of the index. */
const MAX_OWNER_CHARACTERS = 256;

/** Returns the owner that a request acts for; undefined if all callers share their tasks. */
export type OwnerOf = (event: APIGatewayProxyEvent) => string | undefined;

/**
 * Makes the function that finds the owner in a request: in what API Gateway's authorizer verified, or in a header that trusted suppliers
 * set. The owner never comes from the path, query or body.
 *
 * @param ownerPlace the environment variable OWNER; undefined if all callers share their tasks
 */
export function ownerFrom(ownerPlace: string | undefined): OwnerOf {
  if (ownerPlace === undefined) return () => undefined;
  const { place, name } = parseOwnerPlace(ownerPlace);
  switch (place) {
    case 'header': return (event) => {
      const owner = identifier(event, name);
      if (owner === undefined) throw badHeader(name, 'is missing: it identifies the owner of the tasks');
      return owner;
    };
    case 'claim': return (event) => claimed(event, name);
    // A subject is unique only among those of its issuer, whose URL has no fragment:
    // https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability
    case 'issuer-and-claim': return (event) => verified(`${claimed(event, 'iss')}#${claimed(event, name)}`, name);
    case 'context': return (event) => verified(event.requestContext.authorizer?.[name], name);
  }
}

function claimed(event: APIGatewayProxyEvent, name: string): string {
  return verified(event.requestContext.authorizer?.claims?.[name], name);
}

function verified(value: unknown, name: string): string {
  const owner = typeof value === 'number' ? String(value) : value;
  if (typeof owner !== 'string' || owner === '' || owner.length > MAX_OWNER_CHARACTERS || !isUnicode(owner)) {
    throw new Problem(403, `the caller's identity has no usable '${name}', which identifies the owner of the tasks`);
  }
  return owner;
}

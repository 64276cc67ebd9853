import { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from './problem';
import { badHeader, identifier } from './request-headers';
import { parseOwnerPlace } from '../../protocol/environment';
import { IDENTIFIER } from '../../protocol/wire';
import { claimedOwner, verifiedOwner } from '../support/verified-owner';

/** Returns the owner that a request acts for; undefined if all callers share their tasks. */
export type OwnerOf = (event: APIGatewayProxyEvent) => string | undefined;

/**
 * Makes the function that finds the owner in a request: in what API Gateway's authorizer verified, or in a header that trusted suppliers
 * set. It never comes from the path or the body, and from the query only if a signature covers that.
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
    case 'parameter': return (event) => {
      const [owner, ...more] = event.multiValueQueryStringParameters?.[name] ?? [];
      if (owner === undefined || more.length > 0 || !IDENTIFIER.test(owner)) {
        const detail = 'must be sent once, as 1 to 255 visible ASCII characters: it identifies the owner of the tasks';
        throw new Problem(400, `the parameter ${name} ${detail}`, [{ parameter: name, detail }]);
      }
      return owner;
    };
    case 'claim':
    case 'issuer-and-claim':
      return ({ requestContext: { authorizer } }) => usable(claimedOwner(authorizer?.claims, name, place === 'issuer-and-claim'), name);
    case 'context':
      return ({ requestContext: { authorizer } }) => usable(verifiedOwner(authorizer?.[name]), name);
  }
}

function usable(owner: string | undefined, name: string): string {
  if (owner === undefined) {
    throw new Problem(403, `the caller's identity has no usable '${name}', which identifies the owner of the tasks`);
  }
  return owner;
}

import { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from './problem';
import { badHeader, identifier } from './request-headers';
import { parseOwnerPlace } from '../../protocol/environment';
import { isUnicode } from '../support/json';

/** As much as a key of the table's index has room for, whatever the characters. */
const MAX_OWNER_CHARACTERS = 256;

/** Says who a request acts for. Undefined where all callers share one space. */
export type OwnerOf = (event: APIGatewayProxyEvent) => string | undefined;

/**
 * Makes what finds the owner in a request: in what API Gateway's authorizer verified, or in a header of a supplier that is
 * trusted. Never in what a user writes.
 *
 * @param source `<OwnerPlace>:<name>`, or undefined for one space.
 */
export function ownerFrom(source: string | undefined): OwnerOf {
  if (source === undefined) return () => undefined;
  const { place, name } = parseOwnerPlace(source);
  switch (place) {
    case 'header': return (event) => {
      const owner = identifier(event, name);
      if (owner === undefined) throw badHeader(name, 'is missing: it says whose tasks the request is about');
      return owner;
    };
    case 'claim': return (event) => verified(event.requestContext.authorizer?.claims?.[name], name);
    case 'context': return (event) => verified(event.requestContext.authorizer?.[name], name);
  }
}

function verified(value: unknown, name: string): string {
  const owner = typeof value === 'number' ? String(value) : value;
  if (typeof owner !== 'string' || owner === '' || owner.length > MAX_OWNER_CHARACTERS || !isUnicode(owner)) {
    throw new Problem(403, `the identity of the caller has no usable ${name}, which says whose tasks the request is about`);
  }
  return owner;
}

import { Token } from 'aws-cdk-lib';

/** What requests have anyway, or get on their way. */
const OTHER_HEADERS = new RegExp(`^(${[
  'x-amz.*', 'x-forwarded.*', 'accept.*', 'content-.*', 'authorization', 'baggage', 'cookie', 'date', 'host', 'idempotency-key', 'if-none-match',
  'origin', 'prefer', 'traceparent', 'tracestate', 'user-agent', 'x-request-id',
].join('|')})$`, 'i');

/** Throws when a header, known at synthesis, can't be one that names the owner of tasks. */
export function validateOwnerHeader(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  // A token, as RFC 9110, section 5.6.2 defines it.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || OTHER_HEADERS.test(name)) {
    throw new Error(`ownerHeader must be the name of a header of its own, got '${name}'`);
  }
}

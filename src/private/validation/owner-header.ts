import { Token } from 'aws-cdk-lib';

/** Headers that clients, browsers, proxies, tracing or this API use for something else. */
const OTHER_HEADERS = new RegExp(`^(${[
  'x-amz.*', 'x-forwarded.*', 'accept.*', 'content-.*', 'authorization', 'baggage', 'cookie', 'date', 'host', 'idempotency-key',
  'if-none-match', 'origin', 'prefer', 'traceparent', 'tracestate', 'user-agent', 'x-request-id',
].join('|')})$`, 'i');

/** Throws if a header name is invalid, or belongs to a header that is used for something else. Tokens pass. */
export function validateOwnerHeader(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) return;
  // The syntax of header names is RFC 9110, section 5.6.2.
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || OTHER_HEADERS.test(name)) {
    throw new Error(`ownerHeader must be a header name that is not used for something else, such as 'X-Task-Owner', got '${name}'`);
  }
}

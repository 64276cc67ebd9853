import { Duration } from 'aws-cdk-lib';
import { HEADER } from '../../protocol/wire';
import { TaskApiAuthConfig } from '../../task-api-auth';

/** The header of an API key. */
export const API_KEY_HEADER = 'X-Api-Key';

/** The longest that Chromium caches a preflight: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Access-Control-Max-Age */
export const PREFLIGHT_MAX_AGE = Duration.hours(2);

/** Returns the headers that a browser may send. */
export function allowedHeaders({ ownerHeader, tokenHeader }: TaskApiAuthConfig, apiKeyRequired = false): string[] {
  return [
    HEADER.AUTHORIZATION, HEADER.CONTENT_TYPE, HEADER.IDEMPOTENCY_KEY, HEADER.IF_NONE_MATCH, HEADER.PREFER,
    'X-Amz-Content-Sha256', 'X-Amz-Date', 'X-Amz-Security-Token',
    // Tracing libraries add these headers. If one of them is not allowed, the browser does not send the request.
    'baggage', HEADER.TRACEPARENT, HEADER.TRACESTATE, 'X-Amzn-Trace-Id', 'X-Request-Id',
    ...[ownerHeader, tokenHeader, apiKeyRequired ? API_KEY_HEADER : undefined].filter((header) => header !== undefined),
  ];
}

import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { HEADER, MEDIA_TYPE } from '../../protocol/wire';

interface GatewayError {
  /** Id of the construct. */
  readonly id: string;
  readonly type: apigateway.ResponseType;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** API Gateway's own errors, which do not reach our function, as problem details (RFC 9457). */
const GATEWAY_ERRORS: GatewayError[] = [{
  id: 'Unrouted',
  // API Gateway answers both alike: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
  type: apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN,
  body: problem('Forbidden', 403, 'the request is not authenticated, or there is no such resource or method'),
}, {
  id: 'Unauthorized',
  type: apigateway.ResponseType.UNAUTHORIZED,
  body: problem('Unauthorized', 401, 'the request has no valid credentials'),
  headers: { 'WWW-Authenticate': 'Bearer' },
}, {
  id: 'Throttled',
  type: apigateway.ResponseType.THROTTLED,
  body: problem('Too Many Requests', 429, 'there are too many requests at present'),
  headers: { [HEADER.RETRY_AFTER]: '1' },
}, {
  // All others keep their status and API Gateway's message. `messageString` includes the quotation marks.
  id: 'Default4xx',
  type: apigateway.ResponseType.DEFAULT_4XX,
  body: '{"detail":$context.error.messageString}',
}, {
  id: 'Default5xx',
  type: apigateway.ResponseType.DEFAULT_5XX,
  body: '{"detail":"the request could not be answered"}',
}];

/** Makes API Gateway's own errors look like those of our function. */
export function addGatewayResponses(api: apigateway.RestApi, allowOrigins: string[]): void {
  // The header is static, so with several origins it allows all. These errors contain nothing that a script must not read.
  const allowOrigin = allowOrigins.length > 1 ? '*' : allowOrigins[0];
  for (const { id, type, body, headers } of GATEWAY_ERRORS) {
    api.addGatewayResponse(id, {
      type,
      templates: { [MEDIA_TYPE.JSON]: body },
      responseHeaders: quoted({
        [HEADER.CONTENT_TYPE]: MEDIA_TYPE.PROBLEM,
        [HEADER.CACHE_CONTROL]: 'no-store',
        ...headers,
        ...(allowOrigin !== undefined && { [HEADER.ALLOW_ORIGIN]: allowOrigin, [HEADER.EXPOSE_HEADERS]: HEADER.RETRY_AFTER }),
      }),
    });
  }
}

function problem(title: string, status: number, detail: string): string {
  return JSON.stringify({ title, status, detail });
}

/** Puts static values in single quotes, as API Gateway requires. */
function quoted(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
}

import * as apigateway from 'aws-cdk-lib/aws-apigateway';

/** What API Gateway says where no request reaches our function, as problem details (RFC 9457). */
const PROBLEMS: [id: string, type: apigateway.ResponseType, body: string, headers?: Record<string, string>][] = [
  // It can't tell the two apart: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
  ['Unrouted', apigateway.ResponseType.MISSING_AUTHENTICATION_TOKEN, problem('Forbidden', 403, 'the request is not authenticated, or there is no such resource or method')],
  ['Unauthorized', apigateway.ResponseType.UNAUTHORIZED, problem('Unauthorized', 401, 'the request has no valid credentials'), { 'WWW-Authenticate': 'Bearer' }],
  ['Throttled', apigateway.ResponseType.THROTTLED, problem('Too Many Requests', 429, 'there are too many requests at present'), { 'Retry-After': '1' }],
  // The rest have their status, and API Gateway's own words, quoted by itself.
  ['Default4xx', apigateway.ResponseType.DEFAULT_4XX, '{"detail":$context.error.messageString}'],
  ['Default5xx', apigateway.ResponseType.DEFAULT_5XX, '{"detail":"the request could not be answered"}'],
];

/** Has API Gateway's own errors look like ours. */
export function addGatewayResponses(api: apigateway.RestApi, allowOrigins: string[]): void {
  // There is one header for all: an error tells nothing that a script of another origin must not read.
  const allowOrigin = allowOrigins.length > 1 ? '*' : allowOrigins[0];
  for (const [id, type, body, headers] of PROBLEMS) {
    api.addGatewayResponse(id, {
      type,
      templates: { 'application/json': body },
      responseHeaders: quoted({
        'Content-Type': 'application/problem+json',
        'Cache-Control': 'no-store',
        ...headers,
        ...(allowOrigin !== undefined && { 'Access-Control-Allow-Origin': allowOrigin, 'Access-Control-Expose-Headers': 'Retry-After' }),
      }),
    });
  }
}

function problem(title: string, status: number, detail: string): string {
  return JSON.stringify({ title, status, detail });
}

/** A static value stands in single quotes. */
function quoted(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
}

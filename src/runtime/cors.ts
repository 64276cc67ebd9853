import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { EXPOSED_HEADERS } from '../protocol';

/** Lets scripts of these origins read a reply. The preflights are API Gateway's. */
export function withCors(event: APIGatewayProxyEvent, response: APIGatewayProxyResult, allowOrigins: string[]): APIGatewayProxyResult {
  if (allowOrigins.length === 0) return response;
  // There are none in a request that the console makes to try the API.
  const origin = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'origin')?.[1];
  const allowed = ['*', origin].find((candidate) => candidate !== undefined && allowOrigins.includes(candidate));
  return {
    ...response,
    headers: {
      ...response.headers,
      // A cache must not give the reply to another origin.
      Vary: 'Origin',
      ...(allowed !== undefined && { 'Access-Control-Allow-Origin': allowed, 'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', ') }),
    },
  };
}

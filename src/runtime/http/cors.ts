import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { listHeader } from './request-headers';
import { EXPOSED_HEADERS, HEADER } from '../../protocol/wire';

/** Allows scripts from these origins to read a reply. API Gateway answers the preflight requests. */
export function withCors(event: APIGatewayProxyEvent, response: APIGatewayProxyResult, allowOrigins: string[]): APIGatewayProxyResult {
  if (allowOrigins.length === 0) return response;
  const origin = listHeader(event, 'Origin');
  const allowed = ['*', origin].find((candidate) => candidate !== undefined && allowOrigins.includes(candidate));
  return {
    ...response,
    headers: {
      ...response.headers,
      // A cache must not return the reply to another origin.
      Vary: 'Origin',
      ...(allowed !== undefined && { [HEADER.ALLOW_ORIGIN]: allowed, [HEADER.EXPOSE_HEADERS]: EXPOSED_HEADERS.join(', ') }),
    },
  };
}

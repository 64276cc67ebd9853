import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { listHeader } from './request-headers';
import { EXPOSED_HEADERS, HEADER } from '../../protocol/wire';
import { optionalEnvironmentVariable } from '../support/configuration';

/** What scripts of other origins may read. */
export interface Cors {
  readonly allowOrigins: string[];
  /** Whether they may send requests with credentials. */
  readonly allowCredentials?: boolean;
}

/** Allows scripts from these origins to read a reply. API Gateway answers the preflight requests. */
export function withCors(
  event: APIGatewayProxyEvent, response: APIGatewayProxyResult, { allowOrigins, allowCredentials = false }: Cors,
): APIGatewayProxyResult {
  const origin = listHeader(event, 'Origin');
  const allowed = ['*', origin].find((candidate) => candidate !== undefined && allowOrigins.includes(candidate));
  return {
    ...response,
    headers: {
      ...response.headers,
      // A cache must not return the reply to another origin.
      Vary: 'Origin',
      ...(allowed !== undefined && { [HEADER.ALLOW_ORIGIN]: allowed, [HEADER.EXPOSE_HEADERS]: EXPOSED_HEADERS.join(', ') }),
      ...(allowed !== undefined && allowCredentials && { 'Access-Control-Allow-Credentials': 'true' }),
    },
  };
}

/** Makes it from the environment that the constructs set; undefined without CORS. */
export function corsFromEnvironment(): Cors | undefined {
  const allowOrigins = optionalEnvironmentVariable('ALLOW_ORIGINS');
  return allowOrigins === undefined ? undefined : {
    allowOrigins: allowOrigins.split(','), allowCredentials: optionalEnvironmentVariable('ALLOW_CREDENTIALS') === 'true',
  };
}

import { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { TokenRefused } from './token-refused';
import { LIVE_TOKEN_PARAMETER, LIVE_TOKEN_PREFIX } from '../../protocol/live';

type ConnectEvent = Pick<
  APIGatewayRequestAuthorizerEvent, 'headers' | 'multiValueHeaders' | 'queryStringParameters' | 'multiValueQueryStringParameters'
>;
type Values = Record<string, string | string[] | undefined> | null;

/** Returns the token of a request to connect: an entry in its list of subprotocols, or a query parameter. Throws if it is not one token. */
export function tokenOf({
  headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters,
}: ConnectEvent): string {
  const protocols = valuesOf(multiValueHeaders ?? headers, (name) => name.toLowerCase() === 'sec-websocket-protocol')
    .flatMap((list) => list.split(',')).map((protocol) => protocol.trim());
  const [token, another] = new Set([
    ...protocols.filter((protocol) => protocol.startsWith(LIVE_TOKEN_PREFIX)).map((protocol) => protocol.slice(LIVE_TOKEN_PREFIX.length)),
    ...valuesOf(multiValueQueryStringParameters ?? queryStringParameters, (name) => name === LIVE_TOKEN_PARAMETER),
  ]);
  if (token === undefined) throw new TokenRefused('the request has none');
  if (another !== undefined) throw new TokenRefused('the request has two different ones');
  return token;
}

function valuesOf(values: Values, isWanted: (name: string) => boolean): string[] {
  return Object.entries(values ?? {}).filter(([name]) => isWanted(name)).flatMap(([, value]) => value ?? []);
}

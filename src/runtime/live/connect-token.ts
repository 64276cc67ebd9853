import { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { TokenRefused } from './token-refused';
import { LIVE_TOKEN_PARAMETER, LIVE_TOKEN_PREFIX } from '../../protocol/live';
import { HEADER } from '../../protocol/wire';
import { listMembers, WithHeaders } from '../http/request-headers';

type ConnectEvent = WithHeaders
  & Pick<APIGatewayRequestAuthorizerEvent, 'queryStringParameters' | 'multiValueQueryStringParameters'>;

/** Returns the token of a request to connect: an entry in its list of subprotocols, or a query parameter. Throws if it is not one token. */
export function tokenOf(event: ConnectEvent): string {
  const { queryStringParameters, multiValueQueryStringParameters } = event;
  const protocols = listMembers(event, HEADER.WEB_SOCKET_PROTOCOL);
  const [token, another] = new Set([
    ...protocols.filter((protocol) => protocol.startsWith(LIVE_TOKEN_PREFIX)).map((protocol) => protocol.slice(LIVE_TOKEN_PREFIX.length)),
    ...[(multiValueQueryStringParameters ?? queryStringParameters)?.[LIVE_TOKEN_PARAMETER] ?? []].flat(),
  ]);
  if (token === undefined) throw new TokenRefused('the request has none');
  if (another !== undefined) throw new TokenRefused('the request has two different ones');
  return token;
}

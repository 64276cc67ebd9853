import { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';

export const METHOD_ARN = 'arn:aws:execute-api:us-east-1:111111111111:abcdef1234/live/$connect';

/** Returns what API Gateway asks a REQUEST authorizer of a WebSocket API. */
export function aConnectRequest(
  { headers = {}, query }: { headers?: Record<string, string>; query?: Record<string, string> } = {},
): APIGatewayRequestAuthorizerEvent {
  const all = { 'Host': 'abcdef1234.execute-api.us-east-1.amazonaws.com', 'Sec-WebSocket-Version': '13', ...headers };
  const lists = (values: Record<string, string>) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
  return {
    type: 'REQUEST',
    methodArn: METHOD_ARN,
    headers: all,
    multiValueHeaders: lists(all),
    // API Gateway leaves these out if there is no query string.
    ...(query && { queryStringParameters: query, multiValueQueryStringParameters: lists(query) }),
    stageVariables: {},
    requestContext: { routeKey: '$connect', eventType: 'CONNECT', connectionId: 'connection-1', stage: 'live', apiId: 'abcdef1234' },
  } as unknown as APIGatewayRequestAuthorizerEvent;
}

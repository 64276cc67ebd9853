import { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { TokenAuthorizer } from './live/token-authorizer';
import { TokenVerifier } from './live/token-verifier';
import { environmentVariable, optionalEnvironmentVariable } from './support/configuration';

const verifier = new TokenVerifier({
  issuer: environmentVariable('TOKEN_ISSUER'),
  audience: environmentVariable('TOKEN_AUDIENCE').split(' '),
  scopes: optionalEnvironmentVariable('TOKEN_SCOPES')?.split(' ') ?? [],
});
const authorizer = new TokenAuthorizer(verifier, environmentVariable('OWNER'));

export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  return authorizer.authorize(event);
}

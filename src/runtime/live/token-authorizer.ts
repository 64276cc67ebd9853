import { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { tokenOf } from './connect-token';
import { TokenRefused } from './token-refused';
import { TokenVerifier } from './token-verifier';
import { parseOwnerPlace } from '../../protocol/environment';
import { claimedOwner } from '../support/verified-owner';

/** Decides by a token who may open a connection, and who owns it. */
export class TokenAuthorizer {
  private readonly ownerClaim: string;
  private readonly ownerIncludesIssuer: boolean;

  /** @param ownerPlace the environment variable OWNER */
  constructor(private readonly verifier: TokenVerifier, ownerPlace: string) {
    const { place, name } = parseOwnerPlace(ownerPlace);
    this.ownerClaim = name;
    this.ownerIncludesIssuer = place === 'issuer-and-claim';
  }

  /**
   * Returns a policy that allows the request, with the owner and the end of the token, or one that denies it. Throws if the keys of the
   * issuer can't be had: API Gateway then answers with 500, and the client can try again.
   */
  public async authorize(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
    try {
      const claims = await this.verifier.verify(tokenOf(event));
      const owner = claimedOwner(claims, this.ownerClaim, this.ownerIncludesIssuer);
      if (owner === undefined) throw new TokenRefused('it has no usable owner');
      return { ...policy('Allow', event.methodArn), context: { owner, expiresAt: Math.floor(claims.exp) } };
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      console.info({ message: 'token refused', reason: error.message });
      return policy('Deny', event.methodArn);
    }
  }
}

function policy(Effect: 'Allow' | 'Deny', methodArn: string): APIGatewayAuthorizerResult {
  return {
    // Not the owner, because access logs can have it.
    principalId: 'token',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: methodArn }] },
  };
}

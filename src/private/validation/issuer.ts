import { Token } from 'aws-cdk-lib';

/** Throws if the issuer of tokens is not the URL of a provider, or if there is no audience. Tokens of CDK pass. */
export function validateIssuer(issuer: string, audience: string[]): void {
  if (!Token.isUnresolved(issuer) && !/^https:\/\/[^/?#]+[^?#]*$/.test(issuer)) {
    throw new Error(`issuer must be a URL such as 'https://example.eu.auth0.com/', without query and fragment, got '${issuer}'`);
  }
  if (!Token.isUnresolved(audience) && audience.length === 0) {
    throw new Error('audience must have at least one value, got none: otherwise the API would accept tokens for other apps');
  }
}

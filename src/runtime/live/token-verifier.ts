import { JwtVerifier } from 'aws-jwt-verify';
import {
  JwkInvalidUseError, JwtExpiredError, JwtInvalidSignatureAlgorithmError, JwtInvalidSignatureError, JwtNotBeforeError, JwtParseError,
  JwtWithoutValidKidError, KidNotFoundInJwksError, WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { ProviderDocuments } from './provider-documents';
import { TokenRefused } from './token-refused';

/** Which tokens are accepted. */
export interface TokenRules {
  readonly issuer: string;
  /** The claim `aud`, or `client_id` if there is no `aud`, must be one of these. */
  readonly audience: string[];
  /** A token must have one of these scopes. Empty if it needs none. */
  readonly scopes: string[];
}

export interface Claims extends Record<string, unknown> {
  /** When the token ends, in seconds since the epoch. */
  readonly exp: number;
}

interface KeySet {
  /** Verifies signatures, and asks for the keys again if a token has another one. */
  readonly verifier: { verify(token: string): Promise<unknown> };
  readonly validUntil: number;
}

/** How long keys are used without looking if they are still published. JWT authorizers of HTTP APIs use them for up to two hours. */
const KEYS_VALID_MS = 3_600_000;

/** Algorithms based on RSA, the only ones that JWT authorizers of HTTP APIs support. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];

/** Errors that a token causes, as opposed to its provider. Their own messages quote the token. */
const REASONS: [abstract new (...args: never[]) => Error, string][] = [
  [JwtParseError, 'it is malformed'],
  [JwtWithoutValidKidError, 'it names no key'],
  [KidNotFoundInJwksError, 'its issuer has no such key'],
  // The library asks for the keys at most once in ten seconds because of keys that it doesn't know.
  [WaitPeriodNotYetEndedJwkError, 'its issuer had no such key a moment ago'],
  [JwkInvalidUseError, 'its key is not one for signatures'],
  [JwtInvalidSignatureAlgorithmError, 'its algorithm is not the one of its key'],
  [JwtInvalidSignatureError, 'its signature is wrong'],
  [JwtExpiredError, 'it has expired'],
  [JwtNotBeforeError, 'it is not valid yet'],
];

/**
 * Verifies tokens by the rules of the JWT authorizers of HTTP APIs, and requires that a token has an end.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class TokenVerifier {
  private keySet?: KeySet;

  /** @param now in milliseconds since the epoch */
  constructor(
    private readonly rules: TokenRules, private readonly documents = new ProviderDocuments(), private readonly now: () => number = Date.now,
  ) {}

  /** Returns the claims of a token. Throws {@link TokenRefused} for a bad token, and another error if the issuer's keys can't be had. */
  public async verify(token: string): Promise<Claims> {
    try {
      const { header, payload } = decomposeUnverifiedJwt(token);
      // Before the signature, so that a token that can't be accepted anyway costs no request for keys.
      this.check(header.alg, payload);
      const { verifier } = await this.currentKeySet();
      await verifier.verify(token);
      return payload as Claims;
    } catch (error) {
      const reason = REASONS.find(([type]) => error instanceof type)?.[1];
      throw reason === undefined ? error : new TokenRefused(reason);
    }
  }

  private check(algorithm: string | undefined, claims: Record<string, unknown>): void {
    const { issuer, audience, scopes } = this.rules;
    const { iss, client_id: clientId, aud = clientId, exp, iat = 0, scope, scp } = claims;
    if (!ALGORITHMS.includes(algorithm!)) throw new TokenRefused('its algorithm is not one of RSA');
    if (iss !== issuer) throw new TokenRefused('it is of another issuer');
    if (![aud].flat().some((value) => audience.includes(value as string))) throw new TokenRefused('it is for another audience');
    if (exp === undefined) throw new TokenRefused('it has no end');
    if ((iat as number) * 1000 > this.now()) throw new TokenRefused('it was issued in the future');
    const granted = [scope, scp].flat().flatMap((value) => String(value).split(' '));
    if (scopes.length > 0 && !scopes.some((name) => granted.includes(name))) throw new TokenRefused('it has none of the scopes');
  }

  private async currentKeySet(): Promise<KeySet> {
    if (this.keySet === undefined || this.keySet.validUntil <= this.now()) {
      const { rules: { issuer }, documents } = this;
      const jwksUri = await documents.keysUrl(issuer);
      const verifier = JwtVerifier.create({ issuer, jwksUri, audience: null }, { jwksCache: new RsaKeys({ fetcher: documents }) });
      this.keySet = { verifier, validUntil: this.now() + KEYS_VALID_MS };
    }
    return this.keySet;
  }
}

/** The keys of an issuer. Node.js throws if an algorithm of RSA is used with another key. */
class RsaKeys extends SimpleJwksCache {
  public async getJwk(...parameters: Parameters<SimpleJwksCache['getJwk']>): ReturnType<SimpleJwksCache['getJwk']> {
    const key = await super.getJwk(...parameters);
    if (key.kty !== 'RSA') throw new TokenRefused('its key is not one of RSA');
    return key;
  }
}

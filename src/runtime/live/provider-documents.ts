/** Maximum time for an attempt. An authorizer that asks for two documents, each twice, has an answer before its function's time is up. */
const ATTEMPT_MS = 2_000;

/** Gets documents of an OpenID provider. `aws-jwt-verify` takes it instead of its own, which has no time limit for a slow body. */
export class ProviderDocuments {
  /** @param attemptMs maximum time for an attempt */
  constructor(private readonly attemptMs: number = ATTEMPT_MS) {}

  /** Returns the URL of the provider's keys, as OpenID Connect Discovery 1.0 describes. Throws if the provider is not this issuer. */
  public async keysUrl(issuer: string): Promise<string> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const configuration = parseObject(url, await this.fetch(url));
    if (configuration.issuer !== issuer) throw new Error(`${url} describes another issuer`);
    const keysUrl = String(configuration.jwks_uri);
    if (!URL.canParse(keysUrl) || new URL(keysUrl).protocol !== new URL(issuer).protocol) {
      throw new Error(`${url} has no jwks_uri with the scheme of the issuer`);
    }
    return keysUrl;
  }

  /** Returns a document. Tries a second time, because a connection from before the function was frozen can be gone. */
  public async fetch(url: string): Promise<ArrayBuffer> {
    try {
      return await this.attempt(url);
    } catch {
      return this.attempt(url);
    }
  }

  private async attempt(url: string): Promise<ArrayBuffer> {
    let response: Response;
    let body: ArrayBuffer;
    try {
      // A redirect could lead away from HTTPS.
      response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(this.attemptMs) });
      body = await response.arrayBuffer();
    } catch (error) {
      throw new Error(`${url} can't be read: ${(error as Error).cause ?? error}`);
    }
    if (response.status !== 200) throw new Error(`${url} can't be read: status ${response.status}`);
    return body;
  }
}

function parseObject(url: string, body: ArrayBuffer): Record<string, unknown> {
  try {
    return { ...JSON.parse(Buffer.from(body).toString()) };
  } catch {
    throw new Error(`${url} is not JSON`);
  }
}

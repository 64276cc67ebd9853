/** Tokens of the user. They live as long as the tab. */
interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

const REDIRECT = `${location.origin}/`;
/** A token is replaced this long before its end. */
const SPARE_MS = 60_000;

/** Signs users in at an OpenID provider: the authorization code flow with PKCE. The paths are those of Cognito. */
export class SignIn {
  private renewal?: Promise<Tokens>;

  constructor(private readonly url: string, private readonly clientId: string) {}

  /** Takes what the provider sent, if the user comes from there. Returns whether the user is signed in. */
  public async isSignedIn(): Promise<boolean> {
    const query = new URLSearchParams(location.search);
    const [code, state] = [query.get('code'), query.get('state')];
    if (code && state && state === sessionStorage.getItem('state')) {
      history.replaceState(null, '', location.pathname);
      await this.request({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: sessionStorage.getItem('verifier')! });
    }
    return stored() !== undefined;
  }

  /** Leaves the page for that of the provider. */
  public async start(): Promise<void> {
    const [state, verifier] = [random(), random()];
    sessionStorage.setItem('state', state);
    sessionStorage.setItem('verifier', verifier);
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: REDIRECT,
      scope: 'openid',
      state,
      code_challenge_method: 'S256',
      code_challenge: base64Url(new Uint8Array(hash)),
    });
    location.assign(`${this.url}/oauth2/authorize?${query}`);
  }

  public end(): void {
    sessionStorage.clear();
    location.assign(`${this.url}/logout?${new URLSearchParams({ client_id: this.clientId, logout_uri: REDIRECT })}`);
  }

  /** Returns a token that has not expired. */
  public async token(): Promise<string> {
    const tokens = stored();
    if (!tokens) throw new Error('you are signed out');
    if (Date.now() < tokens.expiresAt - SPARE_MS) return tokens.access_token;
    this.renewal ??= this.request({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token }).finally(() => this.renewal = undefined);
    return (await this.renewal).access_token;
  }

  private async request(parameters: Record<string, string>): Promise<Tokens> {
    const body = new URLSearchParams({ client_id: this.clientId, ...parameters });
    const response = await fetch(`${this.url}/oauth2/token`, { method: 'POST', body });
    if (response.status === 400) {
      // The code or the refresh token has expired: the user has to sign in again.
      sessionStorage.clear();
      location.reload();
    }
    if (!response.ok) throw new Error(`the sign-in answered ${response.status}`);
    const { expires_in: seconds, ...received } = await response.json();
    // The answer to a refresh token can lack a new one.
    const tokens: Tokens = { ...stored(), ...received, expiresAt: Date.now() + 1000 * seconds };
    sessionStorage.setItem('tokens', JSON.stringify(tokens));
    return tokens;
  }
}

function stored(): Tokens | undefined {
  return JSON.parse(sessionStorage.getItem('tokens') ?? 'null') ?? undefined;
}

function random(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

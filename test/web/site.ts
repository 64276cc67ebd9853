import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { LOOPBACK } from '../../local/engine/ports';
import { OpenIdProvider } from '../support/open-id-provider';

const TYPES: Record<string, string> = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript' };

/** Serves the page, and signs users in as Cognito does: whoever says who they are. */
export class Site {
  public static async start(provider: OpenIdProvider, folder: string): Promise<Site> {
    const site = new Site(provider, folder);
    site.server.listen(0, LOOPBACK);
    await once(site.server, 'listening');
    return site;
  }

  public readonly clientId = 'page';
  /** What `cdk deploy` writes. */
  public outputs: object = {};
  private readonly codes = new Map<string, { readonly user: string; readonly challenge: string }>();
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  private constructor(private readonly provider: OpenIdProvider, private readonly folder: string) {}

  public get origin(): string {
    return `http://${LOOPBACK}:${(this.server.address() as AddressInfo).port}`;
  }

  public token(user: string): string {
    return this.provider.token({ aud: this.clientId, sub: user });
  }

  public async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url!, this.origin);
    if (pathname === '/outputs.json') {
      response.end(JSON.stringify(this.outputs));
    } else if (pathname === '/oauth2/authorize' && request.method === 'GET') {
      response.setHeader('Content-Type', 'text/html').end('<form method="post"><label>User <input name="user"></label><button>Sign in</button></form>');
    } else if (pathname === '/oauth2/authorize') {
      const code = randomUUID();
      const user = new URLSearchParams(await text(request)).get('user')!;
      this.codes.set(code, { user, challenge: searchParams.get('code_challenge')! });
      const query = new URLSearchParams({ code, state: searchParams.get('state')! });
      response.writeHead(303, { Location: `${searchParams.get('redirect_uri')}?${query}` }).end();
    } else if (pathname === '/oauth2/token') {
      this.sendTokens(new URLSearchParams(await text(request)), response);
    } else {
      const file = pathname === '/' ? 'index.html' : pathname.slice(1);
      response.setHeader('Content-Type', TYPES[path.extname(file)] ?? 'application/octet-stream');
      try {
        response.end(readFileSync(path.join(this.folder, path.basename(file))));
      } catch {
        response.writeHead(404).end();
      }
    }
  }

  private sendTokens(parameters: URLSearchParams, response: ServerResponse): void {
    const { user, challenge } = this.codes.get(parameters.get('code')!) ?? {};
    this.codes.delete(parameters.get('code')!);
    const hash = createHash('sha256').update(parameters.get('code_verifier') ?? '').digest('base64url');
    if (!user || challenge !== hash) return void response.writeHead(400).end();
    response.end(JSON.stringify({ access_token: this.token(user), refresh_token: randomUUID(), expires_in: 300 }));
  }
}

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Connection } from '../../cli/src/connection/connection';
import { Console, ConsoleOptions, startConsole } from '../../cli/src/console/console';
import { temporaryDirectory } from '../support/temporary-directory';

/** A connection that sends its requests to `apiUrl`, with an authorization and an owner. */
export function aConnection(apiUrl: string, others: Partial<Connection> = {}): Connection {
  return {
    apiUrl,
    fetch: (url, { headers, ...init }) => {
      headers.set('Authorization', AUTHORIZATION);
      headers.set('X-Task-Owner', 'alice');
      return fetch(url, { ...init, headers, redirect: 'manual' });
    },
    client: undefined as never,
    identity: 'the header Authorization',
    owner: 'alice',
    arguments: ['--url', apiUrl, '--header', 'Authorization'],
    ...others,
  };
}

export const AUTHORIZATION = 'Bearer secret';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RequestOptions {
  readonly method?: string;
  /** Below the token. */
  readonly path?: string;
  /** Instead of the path. */
  readonly target?: string;
  /** They replace those of the page. A header that is undefined is not sent. */
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** A console, as its page and others reach it. */
export class ConsoleUnderTest {
  public static async start(connection: Connection, options: Partial<ConsoleOptions> = {}): Promise<ConsoleUnderTest> {
    return new ConsoleUnderTest(await startConsole(connection, { pageDirectory: aPage(), ...options }));
  }

  public readonly port: number;
  public readonly token: string;
  public readonly origin: string;

  private constructor(private readonly console: Console) {
    const { port, pathname, origin } = new URL(console.url);
    this.port = Number(port);
    this.token = pathname.slice(1, -1);
    this.origin = origin;
  }

  public get url(): string {
    return this.console.url;
  }

  /** The headers that browsers send with a request of the page. */
  public get pageHeaders(): OutgoingHttpHeaders {
    return { 'Host': `127.0.0.1:${this.port}`, 'Origin': this.origin, 'Sec-Fetch-Site': 'same-origin' };
  }

  /** Sends a request as the page does. */
  public async send({ method = 'GET', path: below = '', target = `/${this.token}/${below}`, headers, body }: RequestOptions = {}): Promise<Reply> {
    const all = Object.entries({ ...this.pageHeaders, ...headers }).filter(([, value]) => value !== undefined);
    const sent = request({ port: this.port, host: '127.0.0.1', method, path: target, headers: Object.fromEntries(all), setHost: false, agent: false });
    sent.end(body);
    const [response] = await once(sent, 'response') as [IncomingMessage];
    return { status: response.statusCode!, headers: response.headers, body: await text(response) };
  }

  /** Returns the status of the reply to a request. */
  public async status(options: RequestOptions): Promise<number> {
    return (await this.send(options)).status;
  }

  /** Sends bytes, and returns all that comes back. The request must ask for the end of the connection. */
  public async sendRaw(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    return text(socket);
  }

  public close(): Promise<void> {
    return this.console.close();
  }
}

/** Files of a page. */
export const PAGE = { 'index.html': '<!doctype html><title>Tasks</title>', 'main.js': 'start();', 'style.css': 'body {}' };

/** Creates the folder of a page. */
export function aPage(): string {
  const directory = temporaryDirectory('page');
  for (const [name, content] of Object.entries(PAGE)) writeFileSync(path.join(directory, name), content);
  return directory;
}

export const TASK_ID = '0e8e5d0c-5f2c-4d7c-9a3c-3f1f6f1f9d55';

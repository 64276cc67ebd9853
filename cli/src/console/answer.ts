import { ServerResponse, STATUS_CODES } from 'node:http';
import { Duplex } from 'node:stream';
import { HEADER, MEDIA_TYPE } from '../../../src/protocol/wire';

/** What the console answers a request with. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export function json(value: unknown): Answer {
  return { status: 200, headers: { [HEADER.CONTENT_TYPE]: MEDIA_TYPE.JSON }, body: JSON.stringify(value) };
}

/** Returns problem details (RFC 9457). */
export function problem(status: number, detail?: string): Answer {
  return {
    status,
    headers: { [HEADER.CONTENT_TYPE]: MEDIA_TYPE.PROBLEM },
    body: JSON.stringify({ title: STATUS_CODES[status], status, detail }),
  };
}

export const NOT_FOUND = problem(404, 'there is nothing here');

/** Sends answers of the console that listens on `port`. All of them have the same headers for security. */
export class Sender {
  private readonly headers: Readonly<Record<string, string>>;

  constructor(port: number) {
    this.headers = {
      [HEADER.CACHE_CONTROL]: 'no-store',
      'Content-Security-Policy': [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        // Safari's 'self' does not contain WebSockets.
        `connect-src 'self' ${hostsOf(port).map((host) => `ws://${host}`).join(' ')}`,
        "img-src 'self' data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    };
  }

  public send(response: ServerResponse, { status, headers, body }: Answer): void {
    response.statusCode = status;
    response.setHeaders(new Map(Object.entries({ ...this.headers, ...headers }))).end(body);
  }

  /** Sends an answer where Node.js has no `ServerResponse`, and ends the connection. */
  public sendTo(socket: Duplex, { status, headers, body }: Answer): void {
    if (!socket.writable) return void socket.destroy();
    const lines = Object.entries({ ...this.headers, ...headers, 'Content-Length': Buffer.byteLength(body), 'Connection': 'close' })
      .map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`);
    // Otherwise the socket would stay until the client closes it, too.
    socket.end(body, () => socket.destroy());
  }
}

/** Returns the values of the header Host with which a browser on this computer reaches the console. They have no port if it is 80. */
export function hostsOf(port: number): string[] {
  return ['127.0.0.1', 'localhost'].map((name) => new URL(`http://${name}:${port}`).host);
}

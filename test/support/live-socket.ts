import { AwsV4Signer } from 'aws4fetch';
import { WebSocket } from 'ws';
import { Credentials } from './target';

export { presignedUrl as presigned } from '../../local/engine/presigned-url';

/** Time until a message that does not come fails the test. */
const PATIENCE_MS = 60_000;

export interface SocketOptions {
  /** Subprotocols that the client offers. */
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
}

/** The handshake got another answer than a connection. */
export class RefusedSocketError extends Error {
  constructor(readonly status: number, readonly body: string) {
    super(`the handshake returned ${status}: ${body}`);
  }
}

/** An open connection to a WebSocket API. */
export class LiveSocket {
  /** All messages so far. JSON is parsed. */
  public readonly messages: any[] = [];

  /** Resolves when the connection has ended. */
  public readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private readonly changed = new Set<() => void>();
  private read = 0;

  constructor(public readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.messages.push(parsed(String(data)));
      this.changed.forEach((look) => look());
    });
    // 'close' follows, with the code 1006.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      this.changed.forEach((look) => look());
    }));
  }

  /** Sends a message, as JSON unless it is text. */
  public send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /**
   * Waits for the next message that matches, after the last one that this method returned. Skips those before it.
   *
   * @throws Error if the connection ends first
   */
  public async next<T = any>(matches: (message: any) => boolean = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = this.messages.findIndex((message, position) => position >= this.read && matches(message));
        if (index < 0 && this.socket.readyState !== WebSocket.CLOSED) return;
        if (index < 0) {
          fail('the connection ended');
        } else {
          this.read = index + 1;
          finish();
          resolve(this.messages[index]);
        }
      };
      const fail = (reason: string) => {
        finish();
        reject(new Error(`${reason} before the message came; messages so far: ${JSON.stringify(this.messages)}`));
      };
      const timer = setTimeout(() => fail(`${PATIENCE_MS / 1000} s passed`), PATIENCE_MS);
      const finish = () => {
        clearTimeout(timer);
        this.changed.delete(look);
      };
      this.changed.add(look);
      look();
    });
  }

  /** Closes the connection, and waits for its end. */
  public async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

/**
 * Opens a connection.
 *
 * @param url as `Deployment.apiUrl()` or `Target.apiUrl()` returns it, from the output `wss://…`
 * @throws RefusedSocketError
 */
export async function openSocket(url: string, options: SocketOptions = {}): Promise<LiveSocket> {
  const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers });
  const live = new LiveSocket(socket);
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(live));
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      const body: Buffer[] = [];
      response.on('data', (chunk) => body.push(chunk));
      response.on('end', () => reject(new RefusedSocketError(response.statusCode!, Buffer.concat(body).toString())));
    });
  });
}

/** Returns the status with which the handshake is refused. Throws if it is not. */
export async function refusal(url: string, options?: SocketOptions): Promise<number> {
  try {
    await (await openSocket(url, options)).close();
  } catch (error) {
    if (error instanceof RefusedSocketError) return error.status;
    throw error;
  }
  throw new Error(`the connection to ${url} was not refused`);
}

/** Returns the headers of a signed handshake. */
export async function signedHeaders(url: string, credentials: Credentials, region: string): Promise<Record<string, string>> {
  const signer = new AwsV4Signer({ ...credentials, url: url.replace(/^ws/, 'http'), region, service: 'execute-api' });
  return Object.fromEntries((await signer.sign()).headers as Headers);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

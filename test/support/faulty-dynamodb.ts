import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

/** How far a request's time may be from DynamoDB's own. */
export const MAX_SKEW_MS = 5 * 60_000;

/** The credentials that the server knows, by the id of their key. */
export const SECRETS: Record<string, string> = { test: 'secret', renewed: 'another secret' };

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Number of the connection, in the order in which the connections were made. */
  readonly connection: number;
}

export interface Exchange {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly server: FaultyDynamoDb;
}

/** What the server does with a request. */
export type Behaviour = (exchange: Exchange) => void | Promise<void>;

/** A server that speaks DynamoDB's protocol as its script says, and records what it receives. */
export class FaultyDynamoDb {
  /** Starts a server, on a port that was used before if one is given. */
  public static async start(port = 0): Promise<FaultyDynamoDb> {
    const server = new FaultyDynamoDb();
    server.http.listen(port, '127.0.0.1');
    await once(server.http, 'listening');
    server.port = (server.http.address() as AddressInfo).port;
    return server;
  }

  public port = 0;
  public readonly requests: ReceivedRequest[] = [];

  /** How far the clock of the server is ahead of the client's. */
  public aheadMs = 0;

  /** An error of a behaviour, which is one of the test. */
  public failure?: unknown;

  private readonly http: Server;
  private readonly connections = new Map<Socket, number>();
  private behaviours: Behaviour[] = [];

  private constructor() {
    this.http = createServer({ keepAliveTimeout: 0 }, (request, response) => {
      const behaviour = this.behaviours.length > 1 ? this.behaviours.shift()! : this.behaviours[0];
      const { method, url, headers, socket } = request;
      const connection = this.connections.get(socket)!;
      response.setHeader('date', new Date(this.time).toUTCString());
      text(request)
        .then((body) => {
          const received = { method: method!, path: url!, headers, body, connection };
          this.requests.push(received);
          return behaviour({ request: received, response, server: this });
        })
        .catch((error) => {
          this.failure = error;
          socket.destroy();
        });
    });
    this.http.on('connection', (socket) => this.connections.set(socket, this.connections.size + 1));
  }

  /** Sets what the server does with the next requests. The last behaviour is for all that follow. */
  public follow(...behaviours: Behaviour[]): void {
    this.behaviours = behaviours;
  }

  /** Closes the connections that wait for their next request. */
  public closeConnections(): void {
    this.connections.forEach((_, socket) => socket.destroy());
  }

  public get time(): number {
    return Date.now() + this.aheadMs;
  }

  public async stop(): Promise<void> {
    this.http.close();
    this.http.closeAllConnections();
    await once(this.http, 'close');
  }
}

export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** @default - the right one, as DynamoDB returns it */
  readonly crc32?: number | 'none';
  /** Pieces of the body that arrive one after the other. @default - the whole */
  readonly pieceBytes?: number;
}

/** Answers with a body. An object is returned as JSON. */
export function answers(body: object | string, options: AnswerOptions = {}): Behaviour {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { status = 200, crc32: checksum = crc32(bytes), headers, pieceBytes = bytes.length } = options;
  return async ({ response }) => {
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': bytes.length,
      'x-amzn-requestid': 'REQUEST',
      ...(checksum !== 'none' && { 'x-amz-crc32': String(checksum) }),
      ...headers,
    });
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      await new Promise((resolve) => response.write(bytes.subarray(at, at + pieceBytes), resolve));
      await turn();
    }
    response.end();
  };
}

/** Answers with an error of DynamoDB. */
export function fails(name: string, { message = `${name} happened`, ...more }: AnswerOptions & { message?: string; body?: object } = {}): Behaviour {
  const body = { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...more.body };
  return answers(body, { status: 400, ...more });
}

/** Answers with a page, as load balancers do. */
export function answersHtml(status: number): Behaviour {
  return answers('<html><body><h1>Service Unavailable</h1></body></html>', {
    status, crc32: 'none', headers: { 'content-type': 'text/html' },
  });
}

/** Ends the connection instead of an answer. */
export const closes: Behaviour = ({ response }) => void response.socket!.destroy();

/** Resets the connection instead of an answer. */
export const resets: Behaviour = ({ response }) => void response.socket!.resetAndDestroy();

/** Answers with something that is not HTTP. */
export const answersGarbage: Behaviour = ({ response }) => void response.socket!.end('a secret\r\n\r\n');

/** Begins an answer, and ends its connection in the middle of it. */
export function breaksOff(how: 'content-length' | 'chunked' | 'reset'): Behaviour {
  return async ({ response }) => {
    const { socket } = response;
    response.writeHead(200, how === 'chunked' ? {} : { 'content-length': 100 });
    await new Promise((resolve) => response.write('{"Item":{"pk":', resolve));
    if (how === 'reset') socket!.resetAndDestroy();
    else socket!.destroy();
  };
}

/** Refuses the request if its time is too far from that of the server, as AWS does. */
export function checksTime(behaviour: Behaviour, refusal = 'InvalidSignatureException'): Behaviour {
  return (exchange) => {
    const { request, server } = exchange;
    const at = Date.parse(String(request.headers['x-amz-date']).replace(/^(....)(..)(.....)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
    if (Math.abs(at - server.time) <= MAX_SKEW_MS) return behaviour(exchange);
    const message = at < server.time ? 'Signature expired: it is now later' : 'Signature not yet current: it is now earlier';
    return fails(refusal, { message })(exchange);
  };
}

/** Describes how a request is signed, and whether its signature is right. */
export function signatureOf({ method, path, headers, body }: ReceivedRequest) {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, credential, signedHeaders, signature] = pattern.exec(headers.authorization!)!;
  const [keyId, ...scope] = credential.split('/');
  const canonical = [
    method, path.split('/').map(encodeURIComponent).join('/'), '',
    ...signedHeaders.split(';').map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`), '',
    signedHeaders, sha256(body),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${SECRETS[keyId]}`);
  const isRight = hmac(key, toSign).toString('hex') === signature && [undefined, sha256(body)].includes(headers['x-amz-content-sha256'] as string);
  return { keyId, scope: scope.join('/'), signedHeaders: signedHeaders.split(';'), isRight };
}

function sha256(data: string): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

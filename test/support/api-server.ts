import { once } from 'node:events';
import { createServer, IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Task } from '../../client/src';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** Closes the connection without a response. */
  | 'drop'
  /** Closes it in the middle of the response. */
  | 'truncate'
  /** Sends no response. */
  | 'hang'
  /** Sends a part of the response, and then nothing. */
  | 'stall';

/** An HTTP server that sends the replies of a test, over real connections. */
export class ApiServer {
  public received: Received[] = [];

  private readonly server: Server;
  private arrivals: (() => void)[] = [];

  constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  /** Returns the reply to a request. */
  public answer: (request: Received) => Reply = () => UNEXPECTED;

  public async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/prod/`;
  }

  /** Sets the replies to the next requests. Clears the requests of the test before. */
  public script(...replies: Reply[]): void {
    this.received = [];
    this.answer = () => replies.shift() ?? UNEXPECTED;
  }

  /** Resolves with the next request. */
  public async nextRequest(): Promise<Received> {
    await new Promise<void>((resolve) => this.arrivals.push(resolve));
    return this.received.at(-1)!;
  }

  public get lines(): string[] {
    return this.received.map(({ method, url }) => `${method} ${url}`);
  }

  public async stop(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url, headers } = request;
    const received = { method: method!, url: url!, headers, body: await text(request) };
    this.received.push(received);
    const reply = this.answer(received);
    this.arrivals.splice(0).forEach((arrived) => arrived());
    if (reply === 'hang') return;
    if (reply === 'drop') {
      request.socket.destroy();
    } else if (reply === 'truncate' || reply === 'stall') {
      response.writeHead(200, { 'Content-Length': 1000 }).write('{"taskId":', () => reply === 'truncate' && request.socket.destroy());
    } else {
      const { status = 200, body = '' } = reply;
      response.writeHead(status, reply.headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    }
  }
}

/** The client does not retry this status, so a test with an unexpected request fails soon. */
const UNEXPECTED = { status: 418, body: 'the test did not expect this request' };

/** Returns a task as the API returns it. */
export function aTask(properties: Partial<Task> = {}): Task {
  return {
    taskId: '0e8e5d0c-5f2c-4d7c-9a3c-3f1f6f1f9d55',
    type: 'export',
    status: 'PENDING',
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    deadlineAt: '2026-01-02T00:00:00.000Z',
    history: [{ status: 'PENDING', at: '2026-01-01T00:00:00.000Z' }],
    ...properties,
  };
}

import { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { RawData, WebSocket, WebSocketServer } from 'ws';
import { NOT_FOUND, problem, Sender } from './answer';
import { LIVE_PROTOCOL } from '../../../src/protocol/live';
import type { Connection } from '../connection/connection';

const CONNECT_MS = 10_000;

/** Limit of a message, as that of API Gateway. */
const MAX_MESSAGE_BYTES = 128 * 1024;

/** Messages that may wait for a slow reader. Its page opens another connection, and reads the state of the tasks again. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Codes with which a connection is closed (RFC 6455, and the registry of IANA). */
const CLOSE = { NORMAL: 1000, GOING_AWAY: 1001, NOT_TEXT: 1003, TRY_AGAIN: 1013, BAD_GATEWAY: 1014 } as const;

/** Codes that no message has: those of a close without a code, and of a connection that was lost. */
const NOT_SENT: Record<number, number> = { 1005: CLOSE.NORMAL, 1006: CLOSE.BAD_GATEWAY };

/** Connects pages with the live updates. */
export class LiveProxy {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (protocols) => protocols.has(LIVE_PROTOCOL) && LIVE_PROTOCOL,
  });

  private readonly upstreams = new Set<WebSocket>();

  constructor(private readonly connection: Connection, private readonly sender: Sender) {
    this.server.on('wsClientError', ({ message }, socket) => sender.sendTo(socket, problem(400, message)));
  }

  /** Answers a handshake: with a connection if the live updates can be reached. */
  public async accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!this.connection.live) return this.sender.sendTo(socket, NOT_FOUND);
    const refuse = ({ message }: Error) => this.sender.sendTo(socket, problem(502, `the live updates can't be reached: ${message}`));
    try {
      const { url, protocols } = await this.connection.live();
      if (socket.destroyed) return;
      const upstream = new WebSocket(url, protocols, { handshakeTimeout: CONNECT_MS, maxPayload: MAX_MESSAGE_BYTES });
      this.upstreams.add(upstream);
      upstream.on('close', () => this.upstreams.delete(upstream));
      upstream.on('error', refuse);
      upstream.on('open', () => {
        upstream.off('error', refuse).on('error', isFollowedByClose);
        this.server.handleUpgrade(request, socket, head, (browser) => pipe(browser, upstream));
      });
      // If the connection to the page ends, in the handshake or after it.
      socket.on('close', () => upstream.close(CLOSE.GOING_AWAY));
    } catch (error) {
      refuse(error as Error);
    }
  }

  /** Ends all connections with the live updates. */
  public close(): void {
    for (const upstream of this.upstreams) upstream.terminate();
  }
}

function pipe(browser: WebSocket, upstream: WebSocket): void {
  const end = (code: number) => {
    upstream.close(CLOSE.GOING_AWAY);
    browser.close(code);
  };
  const passTo = (other: WebSocket) => (data: RawData, isBinary: boolean) => {
    if (isBinary) return end(CLOSE.NOT_TEXT);
    if (other.bufferedAmount > MAX_WAITING_BYTES) {
      end(CLOSE.TRY_AGAIN);
      // A slow reader would not answer the close.
      return other.terminate();
    }
    other.send(data, { binary: false });
  };
  upstream.on('message', passTo(browser));
  browser.on('message', passTo(upstream));
  upstream.on('close', (code, reason) => browser.close(NOT_SENT[code] ?? code, reason));
  browser.on('error', isFollowedByClose);
}

/** Without a listener, the event `error` would end the process. */
function isFollowedByClose(): void {}

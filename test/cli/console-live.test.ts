import { once } from 'node:events';
import { createServer as createHttpServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo, connect, createServer, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { aConnection, ConsoleUnderTest } from './console-fixture';
import { CommandError } from '../../cli/src/errors';
import { LiveSocket, openSocket, refusal, RefusedSocketError, SocketOptions } from '../support/live-socket';

const API = 'http://127.0.0.1:9/';

/** The live updates. */
class Upstream {
  public static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await once(upstream.server, 'listening');
    return upstream;
  }

  public readonly handshakes: { url: string; protocols?: string; cookie?: string; origin?: string }[] = [];
  private readonly server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  private readonly sockets: LiveSocket[] = [];

  private constructor() {
    this.server.on('connection', (socket, { url, headers }) => {
      this.handshakes.push({ url: url!, protocols: headers['sec-websocket-protocol'], cookie: headers.cookie, origin: headers.origin });
      this.sockets.push(new LiveSocket(socket));
    });
  }

  public get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/live?signature=abc`;
  }

  public get newest(): LiveSocket {
    return this.sockets.at(-1)!;
  }

  public async stop(): Promise<void> {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
    await once(this.server, 'close');
  }
}

const PROTOCOLS = ['cdk-task-manager', 'bearer.secret'];

let upstream: Upstream;
let tested: ConsoleUnderTest;

beforeAll(async () => {
  upstream = await Upstream.start();
  tested = await ConsoleUnderTest.start(aConnection(API, { live: async () => ({ url: upstream.url, protocols: PROTOCOLS }) }));
});
afterAll(async () => {
  await tested.close();
  await upstream.stop();
});

function optionsOf(console: ConsoleUnderTest, headers: Record<string, string> = {}): SocketOptions {
  return { protocols: ['cdk-task-manager'], headers: { Origin: console.origin, ...headers } };
}

function liveUrl({ port, token }: ConsoleUnderTest): string {
  return `ws://127.0.0.1:${port}/${token}/live`;
}

/** Opens a connection as the page does. */
function open(console: ConsoleUnderTest = tested, headers?: Record<string, string>): Promise<LiveSocket> {
  return openSocket(liveUrl(console), optionsOf(console, headers));
}

/** Returns the console whose live updates are as given. */
function consoleWith(live: () => Promise<{ url: string; protocols: string[] }>): Promise<ConsoleUnderTest> {
  return ConsoleUnderTest.start(aConnection(API, { live }));
}

async function problemOf(opening: Promise<unknown>): Promise<{ status: number; detail: string }> {
  const error = await opening.then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(RefusedSocketError);
  const { status, body } = error as RefusedSocketError;
  return { status, detail: JSON.parse(body).detail };
}

describe('an open connection', () => {
  test('passes text on in both directions', async () => {
    const page = await open();
    page.send({ action: 'watchAll' });
    expect(await upstream.newest.next()).toEqual({ action: 'watchAll' });
    upstream.newest.send({ taskId: 'Grüße 🚀' });
    expect(await page.next()).toEqual({ taskId: 'Grüße 🚀' });
    await page.close();
  });

  test('has the subprotocol of the page, and upstream the token', async () => {
    const page = await open();
    expect(page.socket.protocol).toBe('cdk-task-manager');
    expect(upstream.handshakes.at(-1)).toMatchObject({ url: '/live?signature=abc', protocols: PROTOCOLS.join(',') });
    await page.close();
  });

  test('passes no header of the page on', async () => {
    const page = await open(tested, { Cookie: 'a=b' });
    expect(upstream.handshakes.at(-1)).toMatchObject({ cookie: undefined, origin: undefined });
    await page.close();
  });

  test('has an address of its own', async () => {
    let count = 0;
    const console = await consoleWith(async () => ({ url: `${upstream.url}${++count}`, protocols: PROTOCOLS }));
    for (const url of ['/live?signature=abc1', '/live?signature=abc2']) {
      const page = await open(console);
      expect(upstream.handshakes.at(-1)!.url).toBe(url);
      await page.close();
    }
    await console.close();
  });

  test('can be opened under the name localhost', async () => {
    const host = `localhost:${tested.port}`;
    const page = await open(tested, { Host: host, Origin: `http://${host}` });
    await page.close();
  });

  test('delivers what the page has sent before its handshake was answered', async () => {
    const socket = connect(tested.port, '127.0.0.1').on('error', () => {});
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x34, 0x32]);
    socket.write([
      `GET /${tested.token}/live HTTP/1.1`, `Host: 127.0.0.1:${tested.port}`, `Origin: ${tested.origin}`, 'Connection: Upgrade', 'Upgrade: websocket',
      'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`, '', '',
    ].join('\r\n'));
    socket.write(frame);
    await once(socket, 'data');
    expect(await upstream.newest.next()).toBe(42);
    socket.destroy();
    await upstream.newest.closed;
  });
});

describe('the end of a connection', () => {
  test('by the page ends the one upstream', async () => {
    const page = await open();
    await page.close();
    expect(await upstream.newest.closed).toMatchObject({ code: 1001 });
  });

  test('by the loss of the page ends the one upstream', async () => {
    const page = await open();
    page.socket.terminate();
    expect(await upstream.newest.closed).toMatchObject({ code: 1001 });
  });

  test.each([1000, 1001, 1008, 1011, 1014, 3000, 4999])('upstream with %i has the same code and reason for the page', async (code) => {
    const page = await open();
    upstream.newest.socket.close(code, 'because');
    expect(await page.closed).toEqual({ code, reason: 'because' });
  });

  test('upstream without a code is a normal one', async () => {
    const page = await open();
    upstream.newest.socket.close();
    expect(await page.closed).toEqual({ code: 1000, reason: '' });
  });

  test('by the loss of the one upstream is a bad gateway', async () => {
    const page = await open();
    upstream.newest.socket.terminate();
    expect(await page.closed).toEqual({ code: 1014, reason: '' });
  });

  test('comes with a message of the page that is too large', async () => {
    const page = await open();
    page.socket.send('a'.repeat(128 * 1024 + 1));
    expect(await page.closed).toMatchObject({ code: 1009 });
    expect(await upstream.newest.closed).toMatchObject({ code: 1001 });
  });

  test('comes with a message from upstream that is too large', async () => {
    const page = await open();
    upstream.newest.socket.send('a'.repeat(128 * 1024 + 1));
    expect(await page.closed).toMatchObject({ code: 1014 });
    expect(await upstream.newest.closed).toMatchObject({ code: 1009 });
  });

  test('does not come with a message of 128 KiB', async () => {
    const page = await open();
    page.socket.send(`"${'a'.repeat(128 * 1024 - 2)}"`);
    expect(await upstream.newest.next()).toHaveLength(128 * 1024 - 2);
    await page.close();
  });

  test('comes with a binary message of the page', async () => {
    const page = await open();
    page.socket.send(Buffer.from('{}'));
    expect(await page.closed).toMatchObject({ code: 1003 });
    expect(await upstream.newest.closed).toMatchObject({ code: 1001 });
    expect(upstream.newest.messages).toEqual([]);
  });

  test('comes with a binary message from upstream', async () => {
    const page = await open();
    upstream.newest.socket.send(Buffer.from('{}'));
    expect(await page.closed).toMatchObject({ code: 1003 });
    expect(page.messages).toEqual([]);
  });

  test('comes with text that is not in UTF-8', async () => {
    const page = await open();
    page.socket.send(Buffer.from([0xff]), { binary: false });
    expect(await page.closed).toMatchObject({ code: 1007 });
    await upstream.newest.closed;
  });

  test.each(['page', 'upstream'] as const)('comes when the %s does not read, before much is waiting for it', async (slow) => {
    const page = await open();
    const [reader, writer] = slow === 'page' ? [page, upstream.newest] : [upstream.newest, page];
    reader.socket.pause();
    const message = 'a'.repeat(100 * 1024);
    let sent = 0;
    while (writer.socket.readyState === WebSocket.OPEN) {
      await new Promise<void>((resolve) => writer.socket.send(message, () => resolve()));
      sent += message.length;
    }
    await writer.closed;
    // What the kernel holds for three sockets comes on top of the limit.
    expect(sent).toBeLessThan(100 * 1024 * 1024);
    reader.socket.resume();
    await reader.closed;
  });
});

describe('a handshake is refused', () => {
  const noConnection = async (status: number, url: string, options: SocketOptions) => {
    const before = upstream.handshakes.length;
    expect(await refusal(url, options)).toBe(status);
    expect(upstream.handshakes).toHaveLength(before);
  };

  test.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://127.0.0.1', 'ws://127.0.0.1'])('of the Origin %s', async (origin) => {
    await noConnection(403, liveUrl(tested), optionsOf(tested, { Origin: origin }));
  });

  test('without an Origin', () => noConnection(403, liveUrl(tested), { protocols: ['cdk-task-manager'] }));

  test('with an older header of the Origin', () =>
    noConnection(403, liveUrl(tested), { headers: { 'Sec-WebSocket-Origin': tested.origin, 'Sec-WebSocket-Version': '8' } }));

  test.each(['evil.example', '127.0.0.1', '[::1]:80'])('for the Host %s', async (host) => {
    await noConnection(403, liveUrl(tested), optionsOf(tested, { Host: host, Origin: `http://${host}` }));
  });

  test.each(['cross-site', 'same-site', 'none'])('if Sec-Fetch-Site is %s', async (site) => {
    await noConnection(403, liveUrl(tested), optionsOf(tested, { 'Sec-Fetch-Site': site }));
  });

  test.each(['live', 'wrong/live', '/live'])('at /%s, without the token', async (path) => {
    await noConnection(404, `ws://127.0.0.1:${tested.port}/${path}`, optionsOf(tested));
  });

  test.each(['', 'live/', 'api/tasks', 'live/../live2', 'settings'])("at '%s' below the token", async (path) => {
    await noConnection(404, `ws://127.0.0.1:${tested.port}/${tested.token}/${path}`, optionsOf(tested));
  });

  test('if there are no live updates', async () => {
    const console = await ConsoleUnderTest.start(aConnection(API));
    expect(await refusal(liveUrl(console), optionsOf(console))).toBe(404);
    await console.close();
  });

  test.each(['GET', 'POST'])('if it is malformed (%s), and the connection upstream ends', async (method) => {
    const reply = await tested.sendRaw([
      `${method} /${tested.token}/live HTTP/1.1`, `Host: 127.0.0.1:${tested.port}`, `Origin: ${tested.origin}`, 'Connection: Upgrade', 'Upgrade: websocket',
      'Sec-WebSocket-Key: short', '', '',
    ].join('\r\n'));
    expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(.+\r\n)*Content-Type: application\/problem\+json\r\n/);
    await upstream.newest.closed;
  });
});

describe('a handshake is a bad gateway', () => {
  test('if the connection has no credentials', async () => {
    const console = await consoleWith(() => Promise.reject(new CommandError('run aws sso login')));
    expect(await problemOf(open(console))).toEqual({ status: 502, detail: "the live updates can't be reached: run aws sso login" });
    await console.close();
  });

  test('if upstream does not listen', async () => {
    const console = await consoleWith(async () => ({ url: 'ws://127.0.0.1:9/', protocols: PROTOCOLS }));
    expect(await problemOf(open(console))).toMatchObject({ status: 502 });
    await console.close();
  });

  test.each([401, 403, 302, 200])('if upstream answers with %i', async (status) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(`HTTP/1.1 ${status} X\r\nLocation: ${upstream.url}\r\nContent-Length: 0\r\n\r\n`));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const console = await consoleWith(async () => ({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, protocols: PROTOCOLS }));
    expect(await problemOf(open(console))).toEqual({ status: 502, detail: `the live updates can't be reached: Unexpected server response: ${status}` });
    await console.close();
    server.close();
  });
});

describe('while upstream has not answered the handshake', () => {
  let http: Server;
  let console: ConsoleUnderTest;

  beforeEach(async () => {
    http = createHttpServer().listen(0, '127.0.0.1');
    await once(http, 'listening');
    console = await consoleWith(async () => ({ url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`, protocols: PROTOCOLS }));
  });
  afterEach(async () => {
    await console.close();
    http.close();
  });

  const aPageThatWaits = async () => {
    const page = new WebSocket(liveUrl(console), ['cdk-task-manager'], { headers: { Origin: console.origin } });
    const failed = once(page, 'error');
    const handshake = await once(http, 'upgrade') as [IncomingMessage, Socket, Buffer];
    expect(page.readyState).toBe(WebSocket.CONNECTING);
    return { page, failed, handshake };
  };

  test('the page has no connection, and the one upstream ends if the page is gone then', async () => {
    const { page, failed, handshake } = await aPageThatWaits();
    page.terminate();
    await failed;
    const accepted = new Promise<WebSocket>((resolve) => new WebSocketServer({ noServer: true }).handleUpgrade(...handshake, resolve));
    await once(await accepted, 'close');
  });

  test('the end of the console ends both', async () => {
    const { failed, handshake: [, socket] } = await aPageThatWaits();
    const ended = once(socket.resume(), 'end');
    await console.close();
    await Promise.all([ended, failed]);
    socket.destroy();
  });
});

test('the end of the console ends the connections of both sides', async () => {
  const console = await consoleWith(async () => ({ url: upstream.url, protocols: PROTOCOLS }));
  const page = await open(console);
  await console.close();
  expect(await page.closed).toMatchObject({ code: 1006 });
  await upstream.newest.closed;
});

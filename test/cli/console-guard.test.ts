import { aConnection, ConsoleUnderTest, RequestOptions, TASK_ID } from './console-fixture';
import { ApiServer } from '../support/api-server';

const api = new ApiServer();
let tested: ConsoleUnderTest;

beforeAll(async () => {
  await api.listen();
  tested = await ConsoleUnderTest.start(aConnection(api.url));
});
beforeEach(() => {
  api.received = [];
  api.answer = () => ({ body: '{}' });
});
afterAll(() => Promise.all([tested.close(), api.stop()]));

/** One request of each kind that the page sends. */
const OF_THE_PAGE: [string, RequestOptions][] = [
  ['the page', {}],
  ['the script', { path: 'main.js' }],
  ['the settings', { path: 'settings' }],
  ['a list', { path: 'api/tasks?limit=1' }],
  ['a task', { path: `api/tasks/${TASK_ID}` }],
  ['a creation', { method: 'POST', path: 'api/tasks', body: '{}' }],
  ['a cancellation', { method: 'POST', path: `api/tasks/${TASK_ID}/cancel` }],
];

describe('the page gets an answer to', () => {
  test.each(OF_THE_PAGE)('%s', async (_, options) => {
    expect(await tested.status(options)).toBe(200);
  });

  test.each(OF_THE_PAGE)('%s under the name localhost', async (_, options) => {
    const host = `localhost:${tested.port}`;
    expect(await tested.status({ ...options, headers: { Host: host, Origin: `http://${host}` } })).toBe(200);
  });

  test('requests without the headers Origin and Sec-Fetch-Site, which older browsers do not send when they read', async () => {
    expect(await tested.status({ path: 'settings', headers: { 'Origin': undefined, 'Sec-Fetch-Site': undefined } })).toBe(200);
  });

  test('the page if its address is typed, or a link outside of the browser is followed', async () => {
    expect(await tested.status({ headers: { 'Origin': undefined, 'Sec-Fetch-Site': 'none' } })).toBe(200);
  });
});

/** Expects that a request is refused, and that the API does not see it. */
async function expectRefusal(status: number, headers: RequestOptions['headers'], requests = OF_THE_PAGE): Promise<void> {
  for (const [, options] of requests) {
    const reply = await tested.send({ ...options, headers });
    expect(reply.status).toBe(status);
    expect(reply.headers['content-type']).toBe('application/problem+json');
  }
  expect(api.received).toEqual([]);
}

describe('under another Host (DNS rebinding), nothing is answered:', () => {
  test.each<[string, (port: number) => string | string[] | undefined]>([
    ['another name', (port) => `evil.example:${port}`],
    ['a name that begins with that of the console', (port) => `127.0.0.1.evil.example:${port}`],
    ['a name that ends with that of the console', (port) => `evil.localhost:${port}`],
    ['another port', () => '127.0.0.1:1'],
    ['no port', () => '127.0.0.1'],
    ['no header', () => undefined],
    ['an empty one', () => ''],
    ['IPv6', (port) => `[::1]:${port}`],
    ['another notation of the address', (port) => `127.1:${port}`],
    ['another address of this computer', (port) => `127.0.0.2:${port}`],
    ['the address of all interfaces', (port) => `0.0.0.0:${port}`],
    ['capital letters', (port) => `LOCALHOST:${port}`],
    ['a dot at the end', (port) => `localhost.:${port}`],
    ['a user name', (port) => `user@127.0.0.1:${port}`],
    ['a list', (port) => `127.0.0.1:${port}, evil.example`],
    ['a path', (port) => `127.0.0.1:${port}/`],
  ])('%s', async (_, host) => {
    await expectRefusal(403, { Host: host(tested.port) });
  });

  test.each(['evil.example', ''])("two headers, the second one is '%s'", async (second) => {
    const hosts = [`127.0.0.1:${tested.port}`, second];
    for (const order of [hosts, [...hosts].reverse()]) {
      const lines = [`GET /${tested.token}/api/tasks HTTP/1.1`, ...order.map((host) => `Host: ${host}`), 'Connection: close', '', ''];
      expect(await tested.sendRaw(lines.join('\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(api.received).toEqual([]);
  });
});

describe('another page of the browser gets no answer:', () => {
  test.each<[string, (port: number) => string]>([
    ['null', () => 'null'],
    ['another name', () => 'http://evil.example'],
    ['another name at the same port', (port) => `http://evil.example:${port}`],
    ['another port of this computer', () => 'http://127.0.0.1:1'],
    ['no port', () => 'http://127.0.0.1'],
    ['another scheme', (port) => `https://127.0.0.1:${port}`],
    ['the other name of this computer', (port) => `http://localhost:${port}`],
    ['a path', (port) => `http://127.0.0.1:${port}/`],
    ['an empty one', () => ''],
  ])('the Origin is %s', async (_, origin) => {
    await expectRefusal(403, { Origin: origin(tested.port) });
  });

  test('the Origin is there twice', async () => {
    await expectRefusal(403, { Origin: [tested.origin, 'http://evil.example'] });
  });

  test('the Origin of a request that changes something is missing', async () => {
    await expectRefusal(403, { Origin: undefined }, OF_THE_PAGE.filter(([, { method }]) => method === 'POST'));
  });

  test.each(['cross-site', 'same-site', 'none, same-origin', 'NONE', ''])("Sec-Fetch-Site is '%s'", async (site) => {
    await expectRefusal(403, { 'Sec-Fetch-Site': site });
    await expectRefusal(403, { 'Origin': undefined, 'Sec-Fetch-Site': site });
  });

  test('Sec-Fetch-Site is none, for all but the page itself', async () => {
    await expectRefusal(403, { 'Sec-Fetch-Site': 'none' }, OF_THE_PAGE.slice(1));
  });
});

describe('nothing is there', () => {
  const notFound = async (target: string) => {
    const { status, headers, body } = await tested.send({ target });
    expect({ target, status, type: headers['content-type'] }).toEqual({ target, status: 404, type: 'application/problem+json' });
    expect(body).not.toContain(tested.token);
  };

  test.each<[string, (token: string) => string]>([
    ['another token', (token) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
    ['a part of the token', (token) => token.slice(0, -1)],
    ['more than the token', (token) => `${token}A`],
    ['a very long token', (token) => token.repeat(100)],
    ['no token', () => ''],
    ['an encoded token', (token) => `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`],
    ['a token with something after it', (token) => `${token};a=b`],
    ['a token with a NUL after it', (token) => `${token}%00`],
    ['another place with the token after it', (token) => `a/../${token}`],
    ['capital letters', (token) => token.toUpperCase()],
  ])('below %s', async (_, change) => {
    for (const path of ['', 'main.js', 'settings', 'api/tasks']) await notFound(`/${change(tested.token)}/${path}`);
    expect(api.received).toEqual([]);
  });

  test('without a slash after the token', () => notFound(`/${tested.token}`));

  test.each([
    '/', '//', 'index.html', 'main.mjs', 'main.js/', 'main.js;a', '../main.js', './main.js', '%6dain.js', 'main.js%00', 'MAIN.JS', 'main.js.map',
    '../../../../etc/passwd', '..%2f..%2fetc%2fpasswd', '..\\..\\etc\\passwd', '%2e%2e/settings', 'settings/', 'settings/..', 'api', 'api/', 'api//tasks',
    'api/tasks/', 'api/Tasks', 'api%2ftasks', 'api\\tasks', 'api/./tasks', 'api/x/../tasks', 'api/tasks;a', 'api/tasks%3Flimit', 'api/tasks%00',
    `api/tasks/${TASK_ID}/`, `api/tasks/${TASK_ID}/other`, `api/tasks/${TASK_ID}/cancel/`, `api/tasks/${TASK_ID}%2fcancel`, `api/tasks/${TASK_ID}/..`,
    'api/tasks/..', 'api/tasks/../other', 'api/tasks/%2e%2e', 'api/tasks/..%2fother', `api/tasks/${TASK_ID.toUpperCase()}`, `api/tasks/${'a'.repeat(65)}`,
    'api/tasks/short', 'api/other', 'api/openapi', 'dead-letters/', 'dead-letters/other', 'dead-letters/updater/redrive', '__proto__', 'constructor',
    'dead-letters/__proto__', 'live',
  ])('at %s', async (path) => {
    await notFound(`/${tested.token}/${path}`);
    expect(api.received).toEqual([]);
  });

  test.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('for the method %s where the page uses another one', async (method) => {
    for (const [, { method: used = 'GET', path }] of OF_THE_PAGE) {
      if (method === used || path?.startsWith('api/tasks?') || path === 'api/tasks') continue;
      expect(await tested.status({ method, path })).toBe(404);
    }
    expect(api.received).toEqual([]);
  });

  test.each(['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'])('for the method %s of the tasks', async (method) => {
    expect(await tested.sendRaw(
      `${method} /${tested.token}/api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${tested.port}\r\nOrigin: ${tested.origin}\r\nConnection: close\r\n\r\n`,
    )).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(api.received).toEqual([]);
  });
});

describe('raw requests', () => {
  const head = (line: string, ...headers: string[]) =>
    [line, `Host: 127.0.0.1:${tested.port}`, `Origin: ${tested.origin}`, 'Connection: close', ...headers, '', ''].join('\r\n');

  test.each<[string, (token: string, port: number) => string]>([
    ['another server', (token) => `http://evil.example/${token}/api/tasks`],
    ['the console', (token, port) => `http://127.0.0.1:${port}/${token}/api/tasks`],
    ['the API', () => `${api.url}tasks`],
  ])('with an absolute URL of %s reach nothing', async (_, target) => {
    expect(await tested.sendRaw(head(`GET ${target(tested.token, tested.port)} HTTP/1.1`))).toMatch(/^HTTP\/1\.1 404 /);
    expect(api.received).toEqual([]);
  });

  test.each<[string, (token: string) => string]>([
    ['a NUL', (token) => `GET /${token}/api/tasks\0 HTTP/1.1`],
    ['a space', (token) => `GET /${token}/api/tasks x HTTP/1.1`],
    ['an unknown method', (token) => `STEAL /${token}/api/tasks HTTP/1.1`],
    ['an unknown version', (token) => `GET /${token}/api/tasks HTTP/3.0`],
  ])('with %s in their line are answered with a problem, and reach nothing', async (_, line) => {
    const reply = await tested.sendRaw(head(line(tested.token)));
    expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n(.+\r\n)*Content-Type: application\/problem\+json\r\n(.+\r\n)*\r\n\{.*\}$/);
    expect(reply).toContain('Content-Security-Policy: ');
    expect(api.received).toEqual([]);
  });

  test('with CONNECT get no answer', async () => {
    expect(await tested.sendRaw(head('CONNECT 127.0.0.1:22 HTTP/1.1'))).toBe('');
  });

  test('with headers that are too large are answered with a problem', async () => {
    expect(await tested.sendRaw(head(`GET /${tested.token}/settings HTTP/1.1`, `X-Large: ${'a'.repeat(20_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
  });

  test.each(['Host: evil.example', 'Origin: http://evil.example'])('with %s after thousands of headers reach nothing', async (header) => {
    const headers = [`Host: 127.0.0.1:${tested.port}`, 'Connection: close', ...Array<string>(2500).fill('a:'), header];
    expect(await tested.sendRaw([`GET /${tested.token}/api/tasks HTTP/1.1`, ...headers, '', ''].join('\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
    expect(api.received).toEqual([]);
  });

  test.each([
    ['Transfer-Encoding and Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 5'],
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 5'],
    ['an unknown transfer encoding', 'Transfer-Encoding: chunked, identity'],
    ['a header with a space before its colon', 'Content-Length : 5'],
    ['a folded header', 'X-Folded: a\r\n b: c'],
    ['a line feed alone', 'X-Line: a\nContent-Length: 5'],
  ])('with %s do not smuggle a second request', async (_, headers) => {
    const second = `GET /${tested.token}/api/tasks?smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n`;
    const reply = await tested.sendRaw(`${head(`POST /${tested.token}/api/tasks HTTP/1.1`, headers)}0\r\n\r\n${second}`);
    expect(reply).toMatch(/^HTTP\/1\.1 (400|403) /);
    expect(api.lines).toEqual([]);
  });

  test.each(['100-continue', 'something'])('that expect %s meet the guard, too', async (expectation) => {
    expect(await tested.sendRaw(
      `GET /${tested.token}/api/tasks HTTP/1.1\r\nHost: evil.example\r\nExpect: ${expectation}\r\nConnection: close\r\n\r\n`,
    )).toMatch(/^HTTP\/1\.1 403 /);
    expect(api.received).toEqual([]);
  });

  test.each(['h2c', 'websocket', 'TLS/1.0'])('that ask for an upgrade to %s meet the guard, too', async (protocol) => {
    const upgrade = (host: string, origin: string) => tested.sendRaw(
      `GET /${tested.token}/api/tasks HTTP/1.1\r\nHost: ${host}\r\n${origin}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`,
    );
    const host = `127.0.0.1:${tested.port}`;
    expect(await upgrade('evil.example', '')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await upgrade(host, '')).toMatch(/^HTTP\/1\.1 403 /);
    expect(await upgrade(host, `Origin: http://${host}\r\n`)).toMatch(/^HTTP\/1\.1 404 /);
    expect(api.received).toEqual([]);
  });
});

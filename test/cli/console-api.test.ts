import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { aConnection, AUTHORIZATION, ConsoleUnderTest, TASK_ID } from './console-fixture';
import { CommandError } from '../../cli/src/errors';
import { ApiServer, aTask } from '../support/api-server';

const api = new ApiServer();
let tested: ConsoleUnderTest;

beforeAll(async () => {
  await api.listen();
  tested = await ConsoleUnderTest.start(aConnection(api.url));
});
beforeEach(() => api.script({ body: '{}' }));
afterAll(() => Promise.all([tested.close(), api.stop()]));

const CREATION = { method: 'POST', path: 'api/tasks', headers: { 'Content-Type': 'application/json' }, body: '{"type":"export"}' };

describe('the API gets', () => {
  test.each([
    ['GET', 'tasks'],
    ['GET', `tasks/${TASK_ID}`],
    ['GET', `tasks/${'a'.repeat(64)}`],
    ['POST', 'tasks'],
    ['POST', `tasks/${TASK_ID}/cancel`],
  ])('%s %s with the authorization of the connection', async (method, path) => {
    expect(await tested.status({ method, path: `api/${path}` })).toBe(200);
    expect(api.lines).toEqual([`${method} /prod/${path}`]);
    expect(api.received[0].headers).toMatchObject({ 'authorization': AUTHORIZATION, 'x-task-owner': 'alice' });
  });

  test.each(['?', '?limit=20&status=FAILED&status=RUNNING', '?nextToken=a%2Fb%3D&type=', '?%2e%2e/x', '?a=b?c', '?../other', '?//evil.example'])(
    'the query %s of a list as it is', async (query) => {
      await tested.send({ path: `api/tasks${query}` });
      expect(api.lines).toEqual([`GET /prod/tasks${query === '?' ? '' : query}`]);
    });

  test('the query of its own URL, too', async () => {
    const console = await ConsoleUnderTest.start(aConnection(`${api.url}?key=a`));
    api.script({ body: '{}' }, { body: '{}' });
    await console.send({ path: 'api/tasks?limit=1' });
    await console.send({ path: `api/tasks/${TASK_ID}` });
    await console.close();
    expect(api.lines).toEqual(['GET /prod/tasks?key=a&limit=1', `GET /prod/tasks/${TASK_ID}?key=a`]);
  });

  test('no query of other requests', async () => {
    await tested.send({ path: `api/tasks/${TASK_ID}?a=b` });
    expect(api.lines).toEqual([`GET /prod/tasks/${TASK_ID}`]);
  });

  test('the headers that the API knows', async () => {
    const headers = {
      'accept': 'application/json',
      'content-type': 'application/json; charset=utf-8',
      'idempotency-key': 'key',
      'if-none-match': '"7"',
      'prefer': 'wait=20',
    };
    await tested.send({ ...CREATION, headers });
    expect(api.received[0]).toMatchObject({ headers, body: CREATION.body });
  });

  test('no other headers', async () => {
    await tested.send({
      path: 'api/tasks',
      headers: {
        'Authorization': 'Bearer other',
        'Cookie': 'session=1',
        'X-Task-Owner': 'mallory',
        'X-Forwarded-For': '1.2.3.4',
        'X-Forwarded-Host': 'evil.example',
        'Forwarded': 'for=1.2.3.4',
        'Traceparent': '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        'X-Amz-Date': '20260101T000000Z',
        'X-Amz-Security-Token': 'token',
        'X-Api-Key': 'key',
        'X-HTTP-Method-Override': 'DELETE',
        'Referer': tested.url,
        'Proxy-Authorization': 'Basic a',
        'Connection': 'close, X-Task-Owner',
        'Keep-Alive': 'timeout=1',
        'TE': 'trailers',
        'Range': 'bytes=0-1',
        'Content-Encoding': 'gzip',
      },
    });
    const { headers } = api.received[0];
    expect(headers).toMatchObject({ 'authorization': AUTHORIZATION, 'x-task-owner': 'alice', 'host': new URL(api.url).host });
    // Those that `fetch` itself adds.
    expect(Object.keys(headers).sort()).toEqual([
      'accept', 'accept-encoding', 'accept-language', 'authorization', 'connection', 'host', 'sec-fetch-mode', 'user-agent', 'x-task-owner',
    ]);
    expect(JSON.stringify(headers)).not.toContain(tested.token);
  });

  test('no header that is named like a header of the list', async () => {
    await tested.sendRaw([
      `GET /${tested.token}/api/tasks HTTP/1.1`, `Host: 127.0.0.1:${tested.port}`, 'Connection: close', 'Idempotency_Key: a', 'X-Prefer: b', '', '',
    ].join('\r\n'));
    expect(api.received[0].headers).not.toHaveProperty('idempotency-key');
    expect(api.received[0].headers).not.toHaveProperty('prefer');
  });

  test('a body in UTF-8, unchanged', async () => {
    const body = JSON.stringify({ type: 'export', payload: '\ufeffGrüße 🚀 \u0000' });
    await tested.send({ ...CREATION, body });
    expect(api.received[0].body).toBe(body);
  });

  test('a body of 512 KiB', async () => {
    const body = 'a'.repeat(512 * 1024);
    expect(await tested.status({ ...CREATION, body })).toBe(200);
    expect(api.received[0].body).toBe(body);
  });

  test('no body with other requests', async () => {
    for (const options of [{ method: 'GET', path: 'api/tasks' }, { method: 'POST', path: `api/tasks/${TASK_ID}/cancel` }]) {
      await tested.send({ ...options, headers: { 'Content-Length': 3 }, body: 'abc' });
    }
    expect(api.received.map(({ body }) => body)).toEqual(['', '']);
  });
});

describe('a creation is refused if its body', () => {
  test('is larger than 512 KiB', async () => {
    const { status, body } = await tested.send({ ...CREATION, body: 'a'.repeat(512 * 1024 + 1) });
    expect(status).toBe(413);
    expect(JSON.parse(body)).toEqual({ title: 'Payload Too Large', status: 413, detail: 'the body must have at most 524288 bytes' });
    expect(api.received).toEqual([]);
  });

  test('has no end', async () => {
    const { pageHeaders: headers, token, port } = tested;
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: `/${token}/api/tasks`, headers, agent: false });
    const [response] = await Promise.all([once(sent, 'response'), (function send() {
      if (!sent.destroyed) sent.write('a'.repeat(100_000), send);
    })()]);
    expect(response[0].statusCode).toBe(413);
    sent.destroy();
  });

  test('is not in UTF-8', async () => {
    const { status, body } = await tested.send({ ...CREATION, body: Buffer.from([0x22, 0xff, 0x22]) });
    expect(status).toBe(415);
    expect(JSON.parse(body).detail).toBe('the body must be JSON in UTF-8');
    expect(api.received).toEqual([]);
  });
});

describe('the page gets', () => {
  test('the answer of the API with the headers that it uses', async () => {
    const headers = {
      'content-type': 'application/json',
      'date': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'etag': '"7.1"',
      'idempotent-replayed': 'true',
      'preference-applied': 'wait=20',
      'retry-after': '5',
    };
    api.script({ status: 202, headers, body: aTask() });
    const reply = await tested.send(CREATION);
    expect(reply).toMatchObject({ status: 202, headers });
    expect(JSON.parse(reply.body)).toEqual(aTask());
  });

  test('no other headers of the API', async () => {
    const unwanted = {
      'Set-Cookie': 'a=b',
      'Access-Control-Allow-Origin': '*',
      'Content-Security-Policy': "default-src 'self'",
      'Cache-Control': 'public',
      'X-Amzn-RequestId': '1',
      'Server': 'x',
      'Link': '</a>; rel=preload',
      'Refresh': '0; url=http://evil.example',
      'Clear-Site-Data': '"*"',
      'Content-Disposition': 'attachment',
    };
    api.script({ headers: unwanted, body: '{}' });
    const { headers } = await tested.send({ path: 'api/tasks' });
    expect(Object.keys(headers).sort()).toEqual([
      'cache-control', 'connection', 'content-length', 'content-security-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'date',
      'referrer-policy', 'x-content-type-options',
    ]);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-security-policy': expect.stringMatching(/^default-src 'none'/) });
  });

  test.each([`tasks/${TASK_ID}`, `/prod/tasks/${TASK_ID}`, `https://api.example/prod/tasks/${TASK_ID}`])('the location %s as that of the console', async (location) => {
    api.script({ status: 202, headers: { Location: location } });
    const reply = await tested.send(CREATION);
    expect(new URL(reply.headers.location!, `${tested.url}api/tasks`).href).toBe(`${tested.url}api/tasks/${TASK_ID}`);
  });

  test.each(['https://evil.example/', 'https://evil.example/login', '//evil.example', 'javascript:alert(1)', ''])("no location '%s'", async (location) => {
    api.script({ status: 202, headers: { Location: location } });
    expect((await tested.send(CREATION)).headers).not.toHaveProperty('location');
  });

  test.each([400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503, 504])('the problem %i of the API byte by byte', async (status) => {
    const body = `{ "title":"T",  "status":${status}, "detail":"Grüße" }\n`;
    api.script({ status, headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '3' }, body });
    const reply = await tested.send({ path: `api/tasks/${TASK_ID}` });
    expect(reply).toMatchObject({ status, body, headers: { 'content-type': 'application/problem+json', 'retry-after': '3' } });
  });

  test('a body that is no text, unchanged', async () => {
    api.script({ headers: { 'Content-Encoding': 'identity', 'Content-Type': 'application/octet-stream' }, body: '"\u0000\ufeff"' });
    expect((await tested.send({ path: 'api/tasks' })).body).toBe('"\u0000\ufeff"');
  });

  test('a compressed body as it was before', async () => {
    const compressing = createServer((_, response) => response.setHeader('Content-Encoding', 'gzip').end(gzipSync('{"a":"Grüße"}')));
    await once(compressing.listen(0, '127.0.0.1'), 'listening');
    const { port } = compressing.address() as AddressInfo;
    const console = await ConsoleUnderTest.start(aConnection(`http://127.0.0.1:${port}/`));
    const { headers, body } = await console.send({ path: 'api/tasks' });
    expect(body).toBe('{"a":"Grüße"}');
    expect(headers).toMatchObject({ 'content-length': '15' });
    expect(headers).not.toHaveProperty('content-encoding');
    await console.close();
    compressing.close().closeAllConnections();
  });

  test('304 without a body', async () => {
    api.script({ status: 304, headers: { ETag: '"7"' } });
    const reply = await tested.send({ path: `api/tasks/${TASK_ID}`, headers: { 'If-None-Match': '"7"' } });
    expect(reply).toMatchObject({ status: 304, body: '', headers: { etag: '"7"' } });
  });

  test.each([301, 302, 303, 307, 308])('502 instead of the redirect %i, which is not followed', async (status) => {
    api.script({ status, headers: { Location: `${api.url}tasks` } });
    const reply = await tested.send({ path: 'api/tasks' });
    expect(reply.status).toBe(502);
    expect(JSON.parse(reply.body).detail).toBe(`the API did not answer: ${api.url} redirects; use the URL that it redirects to`);
    expect(reply.headers).not.toHaveProperty('location');
    expect(api.lines).toHaveLength(1);
  });

  test.each(['drop', 'truncate'] as const)('502 if the API closes the connection (%s)', async (reply) => {
    api.script(reply);
    const { status, body } = await tested.send({ path: 'api/tasks' });
    expect(status).toBe(502);
    expect(JSON.parse(body)).toEqual({ title: 'Bad Gateway', status: 502, detail: expect.stringMatching(/^the API did not answer: .+/) });
  });
});

test('a browser that goes away ends its request to the API', async () => {
  const connection = aConnection(api.url);
  const signals: AbortSignal[] = [];
  const hanging = await ConsoleUnderTest.start({
    ...connection,
    fetch: (url, init) => {
      signals.push(init.signal);
      return connection.fetch(url, init);
    },
  });
  api.script('hang');
  const arrived = api.nextRequest();
  const { token, port } = hanging;
  const sent = request({ port, host: '127.0.0.1', path: `/${token}/api/tasks`, agent: false }).on('error', () => {}).end();
  await arrived;
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  sent.destroy();
  await once(signals[0], 'abort');
  await hanging.close();
});

describe('an error of the connection', () => {
  const replyAfter = async (error: unknown) => {
    const failing = await ConsoleUnderTest.start(aConnection(api.url, { fetch: () => Promise.reject(error) }));
    const reply = await failing.send({ path: 'api/tasks' });
    await failing.close();
    return { status: reply.status, problem: JSON.parse(reply.body) };
  };

  test('that the user can mend is a problem that says how', async () => {
    const message = 'there are no usable AWS credentials: the SSO session has expired; run aws sso login';
    expect(await replyAfter(new CommandError(message))).toEqual({
      status: 502, problem: { title: 'Bad Gateway', status: 502, detail: `the API did not answer: ${message}` },
    });
  });

  test.each([
    ['of the network', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'connect ECONNREFUSED'],
    ['without a message', new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ENOTFOUND' }) }), 'ENOTFOUND'],
    ['of AWS', Object.assign(new Error('not allowed'), { $metadata: {} }), 'not allowed'],
  ])('%s is a problem with its reason', async (_, error, reason) => {
    expect(await replyAfter(error)).toMatchObject({ status: 502, problem: { detail: `the API did not answer: ${reason}` } });
  });

  test.each([new Error('secret'), 'secret', undefined])('that nobody expects is a problem without details: %s', async (error) => {
    expect(await replyAfter(error)).toEqual({ status: 500, problem: { title: 'Internal Server Error', status: 500 } });
  });
});

// `fetch` refuses the port 9 itself.
test.each(['http://127.0.0.1:9/', 'http://127.0.0.1:65535/', 'http://name.invalid/'])('an API that can not be reached at %s is a problem with the reason', async (url) => {
  const unreachable = await ConsoleUnderTest.start(aConnection(url));
  const { status, body } = await unreachable.send({ path: 'api/tasks' });
  await unreachable.close();
  expect({ status, ...JSON.parse(body) }).toMatchObject({ status: 502, detail: expect.stringMatching(/^the API did not answer: ./) });
});

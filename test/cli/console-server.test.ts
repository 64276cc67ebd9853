import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { aConnection, aPage, ConsoleUnderTest, TASK_ID } from './console-fixture';
import { startConsole } from '../../cli/src/console/console';
import { Guard } from '../../cli/src/console/guard';
import { CommandError } from '../../cli/src/errors';
import { ApiServer } from '../support/api-server';

const api = new ApiServer();

beforeAll(() => api.listen());
beforeEach(() => api.script());
afterAll(() => api.stop());

test('the URL has a token of 256 bits, and each console has another one', async () => {
  const consoles = await Promise.all([1, 2].map(() => startConsole(aConnection(api.url), { pageDirectory: aPage() })));
  const tokens = consoles.map(({ url }) => /^http:\/\/127\.0\.0\.1:\d+\/([A-Za-z0-9_-]{43})\/$/.exec(url)![1]);
  expect(tokens[0]).not.toBe(tokens[1]);
  await Promise.all(consoles.map((console) => console.close()));
});

test('the console listens on the port of its options', async () => {
  const first = await ConsoleUnderTest.start(aConnection(api.url));
  await first.close();
  const second = await ConsoleUnderTest.start(aConnection(api.url), { port: first.port });
  expect(second.port).toBe(first.port);
  expect(await second.status({})).toBe(200);
  await second.close();
});

test('a port in use is an error that says so', async () => {
  const first = await ConsoleUnderTest.start(aConnection(api.url));
  const second = ConsoleUnderTest.start(aConnection(api.url), { port: first.port });
  await expect(second).rejects.toThrow(new CommandError(`the port ${first.port} is in use: choose another one with --port`));
  await first.close();
});

test('a port that is none is an error that says so', async () => {
  const started = ConsoleUnderTest.start(aConnection(api.url), { port: 70_000 });
  await expect(started).rejects.toThrow(CommandError);
  await expect(started).rejects.toThrow("the console can't listen: options.port should be >= 0 and < 65536. Received type number (70000).");
});

test('the console at port 80 is reached without a port, as browsers write it', () => {
  const check = (host: string, origin: string) =>
    new Guard(80, 'token').check({ method: 'GET', url: '/token/settings', headersDistinct: { host: [host], origin: [origin] } } as never);
  expect(check('127.0.0.1', 'http://127.0.0.1')).toEqual({ path: 'settings', query: '' });
  expect(check('127.0.0.1:80', 'http://127.0.0.1:80')).toMatchObject({ status: 403 });
});

test('the console does not listen on other addresses of this computer', async () => {
  const tested = await ConsoleUnderTest.start(aConnection(api.url));
  const others = Object.values(networkInterfaces()).flat().map(({ address, scopeid }: any) => scopeid ? undefined : address as string);
  for (const host of [...others.filter((address) => address && address !== '127.0.0.1'), '127.0.0.2']) {
    const [error] = await once(connect(tested.port, host), 'error');
    expect(error.code).toMatch(/^E(CONNREFUSED|ADDRNOTAVAIL|NETUNREACH)$/);
  }
  await tested.close();
});

test('each answer has the headers for security', async () => {
  const tested = await ConsoleUnderTest.start(aConnection(api.url));
  api.script({ body: '{}' }, { status: 404 }, 'drop');
  const replies = [
    await tested.send({}),
    await tested.send({ path: 'main.js' }),
    await tested.send({ path: 'settings' }),
    await tested.send({ path: 'api/tasks' }),
    await tested.send({ path: `api/tasks/${TASK_ID}` }),
    await tested.send({ path: 'api/tasks' }),
    await tested.send({ path: 'dead-letters' }),
    await tested.send({ path: 'other' }),
    await tested.send({ target: '/' }),
    await tested.send({ headers: { Host: 'evil.example' } }),
    await tested.send({ headers: { Upgrade: 'websocket', Connection: 'Upgrade' }, path: 'live' }),
    await tested.send({ headers: { 'X-Large': 'a'.repeat(20_000) } }),
  ];
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404, 502, 404, 404, 404, 403, 404, 431]);
  const { port } = tested;
  for (const { headers } of replies) {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; "
        + `connect-src 'self' ws://127.0.0.1:${port} ws://localhost:${port}; `
        + "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(Object.keys(headers).filter((name) => /^(access-control|set-cookie|server|x-powered)/.test(name))).toEqual([]);
  }
  await tested.close();
});

describe('the end of the console', () => {
  test('ends requests that wait for the API, and connections without a request', async () => {
    const { token, port, close } = await started();
    api.script('hang');
    const arrived = api.nextRequest();
    const waiting = request({ port, host: '127.0.0.1', path: `/${token}/api/tasks`, agent: false }).end();
    const idle = connect(port, '127.0.0.1');
    await Promise.all([arrived, once(idle, 'connect')]);
    const ends = [once(waiting, 'error'), once(idle.resume().on('error', () => {}), 'close')];
    await close();
    await Promise.all(ends);
  });

  test('can be asked for twice', async () => {
    const { close } = await started();
    await Promise.all([close(), close()]);
    await close();
  });

  async function started() {
    const tested = await ConsoleUnderTest.start(aConnection(api.url));
    return { token: tested.token, port: tested.port, close: () => tested.close() };
  }
});

test('the console writes nothing to the terminal', async () => {
  const writes = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write'));
  const tested = await ConsoleUnderTest.start(aConnection(api.url, { fetch: () => Promise.reject(new Error('secret')) }));
  await tested.send({});
  await tested.send({ path: 'api/tasks' });
  await tested.sendRaw('nonsense\r\n\r\n');
  await tested.close();
  for (const write of writes) expect(write).not.toHaveBeenCalled();
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { aConnection, ConsoleUnderTest, TASK_ID } from './console-fixture';

// A failure names its seed and path. To repeat it: FAST_CHECK_SEED=<seed> FAST_CHECK_PATH=<path> npx jest <this file>
const { FAST_CHECK_SEED, FAST_CHECK_PATH, FAST_CHECK_RUNS } = process.env;
const PARAMETERS = {
  numRuns: Number(FAST_CHECK_RUNS ?? 500),
  ...(FAST_CHECK_SEED && { seed: Number(FAST_CHECK_SEED) }),
  ...(FAST_CHECK_PATH && { path: FAST_CHECK_PATH }),
};

let received: string[] = [];
const api = createServer(({ method, url }, response) => {
  received.push(`${method} ${url}`);
  response.end('{}');
});
let tested: ConsoleUnderTest;

beforeAll(async () => {
  await once(api.listen(0, '127.0.0.1'), 'listening');
  tested = await ConsoleUnderTest.start(aConnection(`http://127.0.0.1:${(api.address() as AddressInfo).port}/prod/`));
});
afterAll(async () => {
  await tested.close();
  api.close().closeAllConnections();
});

/** Generates a value that is most often right, and otherwise one that is nearly right or any. */
function mostly(right: string, ...nearly: string[]): fc.Arbitrary<string> {
  const any = fc.string({ unit: 'binary-ascii', maxLength: 20 });
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(right) },
    { weight: 3, arbitrary: fc.constantFrom(...nearly) },
    { weight: 1, arbitrary: any },
    { weight: 1, arbitrary: any.map((text) => right + text) },
  );
}

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
}

function aRequest(): fc.Arbitrary<Sent> {
  const { token, port } = tested;
  const host = `127.0.0.1:${port}`;
  const below = fc.oneof(
    fc.constantFrom('api/tasks', 'api/tasks?limit=1', `api/tasks/${TASK_ID}`, `api/tasks/${TASK_ID}/cancel`),
    fc.constantFrom(
      `api/tasks/${TASK_ID}/other`, 'api/tasks/', 'api//tasks',
      'api/../api/tasks', 'api%2ftasks', `api/tasks/${TASK_ID}/../../other`, `api/tasks/${TASK_ID}%2fcancel`, 'api/tasks;a', 'settings', 'live',
    ),
    fc.array(fc.oneof(fc.constantFrom('api', 'tasks', TASK_ID, 'cancel', '..', '.', '%2e%2e', '', '?', ';', '\\'), fc.webSegment()), { maxLength: 6 })
      .map((segments) => segments.join('/')),
  );
  const target = fc.tuple(
    mostly('', `http://${host}`, 'http://evil.example', '//evil.example', '/.', '/a/..', '*'),
    mostly(token, '', token.slice(1), `${token}A`, token.toLowerCase(), `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`),
    below,
  ).map(([start, middle, end]) => `${start}/${middle}/${end}`);
  const header = (name: string, value: fc.Arbitrary<string>) => fc.oneof(
    { weight: 8, arbitrary: value.map((one) => [`${name}: ${one}`]) },
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(value, value).map((values) => values.map((one) => `${name}: ${one}`)) },
  );
  const headers = fc.tuple(
    header('Host', mostly(host, `localhost:${port}`, 'evil.example', '127.0.0.1', `[::1]:${port}`, `127.0.0.1.:${port}`)),
    header('Origin', mostly(`http://${host}`, `http://localhost:${port}`, 'null', 'http://evil.example', 'http://127.0.0.1:1')),
    header('Sec-Fetch-Site', mostly('same-origin', 'none', 'same-site', 'cross-site')),
    fc.constantFrom(
      [], ['Content-Length: 0'], ['Content-Length: 2'], ['Transfer-Encoding: chunked'], ['Expect: 100-continue'],
      ['Upgrade: websocket', 'Connection: Upgrade'],
    ),
  ).map((groups) => groups.flat());
  const others = fc.constantFrom('HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'get', 'TRACE');
  return fc.record({ method: fc.oneof(fc.constant('GET'), fc.constant('POST'), others), target, headers });
}

/** Returns what the API must get: nothing, unless all is right. Says it in another way than the console. */
function expected({ method, target, headers }: Sent): string | undefined {
  const valuesOf = (name: string) => headers.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2).trim());
  const [hosts, origins, sites] = [valuesOf('Host'), valuesOf('Origin'), valuesOf('Sec-Fetch-Site')];
  const ours = ['127.0.0.1', 'localhost'].map((name) => `${name}:${tested.port}`);
  if (hosts.length !== 1 || !ours.includes(hosts[0])) return undefined;
  if (origins.length > 1 || origins.some((origin) => origin !== `http://${hosts[0]}`)) return undefined;
  if (method === 'POST' && origins.length === 0) return undefined;
  if (sites.some((site) => site !== 'same-origin')) return undefined;
  const start = `/${tested.token}/api/`;
  if (!target.startsWith(start)) return undefined;
  const rest = target.slice(start.length);
  const [path] = rest.split('?');
  switch (`${method} ${path}`) {
    case 'GET tasks': return `GET /prod/${rest.replace(/\?$/, '')}`;
    case 'POST tasks': return 'POST /prod/tasks';
    case `GET tasks/${TASK_ID}`: return `GET /prod/tasks/${TASK_ID}`;
    case `POST tasks/${TASK_ID}/cancel`: return `POST /prod/tasks/${TASK_ID}/cancel`;
    default: return undefined;
  }
}

/** Sends a request as it is. What is not a request of HTTP is answered with 400. */
async function statusOf({ method, target, headers }: Sent): Promise<number> {
  const body = headers.includes('Content-Length: 2') ? '{}' : '0\r\n\r\n';
  const reply = await tested.sendRaw([`${method} ${target} HTTP/1.1`, 'Connection: close', ...headers, '', body].join('\r\n'));
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(reply)?.[1]);
}

test('the API gets no request but those of the page', async () => {
  let passed = 0;
  await fc.assert(fc.asyncProperty(fc.constant(undefined).chain(aRequest), async (sent) => {
    received = [];
    const status = await statusOf(sent);
    const wanted = expected(sent);
    // Node.js can refuse even what would be right, such as an unknown Transfer-Encoding.
    if (received.length > 0 || status === 200) expect({ sent, received }).toEqual({ sent, received: wanted === undefined ? [] : [wanted] });
    passed += received.length;
  }), PARAMETERS);
  // Otherwise the property would say nothing.
  expect(passed).toBeGreaterThan(PARAMETERS.numRuns / 100);
}, 120_000);

/** Unusual requests: the replies are the same with each kind of endpoint. */
import { once } from 'node:events';
import { IncomingMessage, OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskApiAuth, TaskManager } from '../../src';
import { BELOW_RESOURCE, HTTP_API, REST_API } from '../support/endpoint-kinds';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const KINDS = { Rest: REST_API, Http: HTTP_API, Below: BELOW_RESOURCE };

const QUERIES = [
  '', '?', 'limit=', 'limit=%31', 'limit=+1', 'limit=1,2', 'type=a%2Bb', 'type=a+b', 'type=a,b', 'type=a&type=b', 'type=%C3%A9', 'type=%FF', 'type=a%00',
  'status', 'status=PENDING,RUNNING', 'status=PENDING&status=RUNNING&status=PENDING', 'status=PENDING&status=PENDING,RUNNING', '=1', 'a=b;c=d', 'nextToken=a%2Cb',
];
const TASK_IDS = ['%2e%2e', '%C3%A9', 'a%20b', 'a+b', '%FF', '%00', '%25', '%zz', 'a'.repeat(300)];
const TASK = '{"type":"a"}';
const BODIES = [
  TASK, '', 'null', '[]', '{', '{"type":"a","payload":"é😀"}', '{"type":"a","payload":"\\ud800"}', `{"type":"a","payload":"${'x'.repeat(70_000)}"}`,
];
const JSON_TYPE = { 'Content-Type': 'application/json' };
const HEADERS: OutgoingHttpHeaders[] = [
  {}, ...[
    'application/json;charset=UTF-8', 'Application/JSON', 'application/vnd.x+json', 'application/octet-stream', 'image/png', 'text/plain',
    'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ['application/json', 'text/plain'],
  ].map((type) => ({ 'Content-Type': type })),
  ...['gzip', 'identity'].map((encoding) => ({ ...JSON_TYPE, 'Content-Encoding': encoding })),
  ...['é', '', 'a b', 'a,b', 'x'.repeat(256), ['a', 'b'], ['a', 'a']].map((key) => ({ ...JSON_TYPE, 'Idempotency-Key': key })),
  { ...JSON_TYPE, 'IDEMPOTENCY-KEY': 'key' }, { ...JSON_TYPE, 'idempotency-key': ' key ' },
  { ...JSON_TYPE, Prefer: ['respond-async', 'wait=1'] }, { ...JSON_TYPE, Origin: 'null' }, { ...JSON_TYPE, Authorization: 'Bearer x' },
];

type Sent = [method: string, path: string, body?: string, headers?: OutgoingHttpHeaders];
const REQUESTS: Sent[] = [
  ...QUERIES.map((query): Sent => ['GET', `tasks?${query}`]),
  ...TASK_IDS.flatMap((id): Sent[] => [['GET', `tasks/${id}`], ['POST', `tasks/${id}/cancel`]]),
  ...BODIES.map((body): Sent => ['POST', 'tasks', body, JSON_TYPE]),
  ...HEADERS.map((headers): Sent => ['POST', 'tasks', TASK, headers]),
  ['POST', 'tasks?x=1', TASK, JSON_TYPE],
  ['GET', 'tasks', TASK, JSON_TYPE],
  ['GET', 'tasks/x', undefined, { 'If-None-Match': ['"1"', '"2"'], 'Prefer': ['wait=1', 'x'] }],
  ['POST', 'tasks/x/cancel', 'garbage', { 'Content-Type': 'image/png', 'Content-Encoding': 'gzip' }],
];

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const app = new App({ outdir: temporaryDirectory('same-replies') });
  for (const [name, kind] of Object.entries(KINDS)) {
    const stack = new Stack(app, name);
    const { apiUrl } = new TaskManager(stack, 'Tasks', {
      auth: TaskApiAuth.none(), endpoint: kind.endpoint(stack, 1), maxPollWait: Duration.seconds(2), removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnOutput(stack, 'Url', { value: apiUrl });
  }
  app.synth();
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, app.outdir);
});

afterAll(() => engine?.stop());

const COMPARED = ['content-type', 'location', 'retry-after', 'etag', 'cache-control', 'idempotent-replayed', 'accept-encoding', 'preference-applied'];

/** Returns a reply without what differs from task to task. */
async function replyOf(stack: string, [method, path, body, headers]: Sent): Promise<object> {
  // `fetch` changes paths, and does not repeat headers.
  const url = new URL(deployment.apiUrl(stack, 'Url'));
  const sent = request({ host: url.hostname, port: url.port, method, path: `${url.pathname}${path}`, headers, agent: false });
  if (body !== undefined) sent.setHeader('Content-Length', Buffer.byteLength(body));
  sent.end(body);
  const [response] = await once(sent, 'response') as [IncomingMessage];
  const withoutIds = (value: string) => value.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}/g, 'id').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
  const content = withoutIds(await text(response));
  return {
    status: response.statusCode,
    headers: Object.fromEntries(COMPARED.map((name) => [name, response.headers[name] && withoutIds(response.headers[name] as string)])),
    body: content.startsWith('{"tasks":') ? 'tasks' : content,
  };
}

/** The longest name of a test. */
const MAX_NAME = 120;

test.each(REQUESTS.map((sent): [string, Sent] => [JSON.stringify(sent).slice(0, MAX_NAME), sent]))('%s', async (_, sent) => {
  const expected = await replyOf('Rest', sent);
  for (const stack of ['Http', 'Below']) expect([stack, await replyOf(stack, sent)]).toEqual([stack, expected]);
});

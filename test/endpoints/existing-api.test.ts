/** What the REST API of an app passes on to the routes of a TaskManager, and what it keeps; API keys also of a REST API of its own. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskApiAuth, TaskEndpoint, TaskManager } from '../../src';
import { Caller } from '../support/callers';
import { shopApiOf } from '../support/endpoint-kinds';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const ORIGINS = ['https://shop.example.com', 'https://admin.example.com'];
const CORS: apigateway.CorsOptions = { allowOrigins: ORIGINS, allowHeaders: ['X-Basket'], allowCredentials: true };
/** Values of keys are unique in an account. */
const apiKeyOf = (stack: string) => `a-key-of-twenty-characters-${stack}`;

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const shopOf = (name: string, props: apigateway.RestApiProps) => shopApiOf(new Stack(app, `${name}Shop`), props);
  for (const [name, props] of Object.entries<apigateway.RestApiProps>({
    Cors: { defaultCorsPreflightOptions: CORS }, Keys: { defaultMethodOptions: { apiKeyRequired: true } },
  })) {
    // Below the API of the same stack, and of another one.
    const [api, apiOfOther] = [shopOf(name, props), shopOf(`${name}Other`, props)];
    addTaskManager(Stack.of(api), TaskEndpoint.onResource(api.root.addResource('v1')));
    addTaskManager(new Stack(app, `${name}Other`), TaskEndpoint.onResource(apiOfOther.root.addResource('v1')));
    for (const { deploymentStage } of [api, apiOfOther]) addKey(deploymentStage);
  }
  addTaskManager(new Stack(app, 'Root'), TaskEndpoint.onResource(shopOf('Root', {}).root));
  const tenant = shopOf('Parameter', {}).root.resourceForPath('tenants/{tenant}');
  addTaskManager(new Stack(app, 'Parameter'), TaskEndpoint.onResource(tenant));
  const own = new Stack(app, 'KeysOwn');
  addKey(addTaskManager(own, TaskEndpoint.restApi({ apiKeyRequired: true })).restApi!.deploymentStage);
  app.synth();
}

function addTaskManager(stack: Stack, endpoint: TaskEndpoint): TaskManager {
  const tasks = new TaskManager(stack, 'Tasks', { auth: TaskApiAuth.none(), endpoint, removalPolicy: RemovalPolicy.DESTROY });
  new CfnOutput(stack, 'Url', { value: tasks.apiUrl });
  return tasks;
}

function addKey(stage: apigateway.Stage): void {
  const plan = new apigateway.UsagePlan(stage, 'Plan', { apiStages: [{ stage }] });
  plan.addApiKey(new apigateway.ApiKey(stage, 'Key', { value: apiKeyOf(Stack.of(stage).stackName) }));
}

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const assembly = temporaryDirectory('existing-api');
  synthesize(assembly);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(() => engine?.stop());

const caller = (stack: string, headers?: Record<string, string>) => new Caller(deployment.apiUrl(stack, 'Url'), headers);
const allowOrigin = ({ headers }: Response) => headers.get('Access-Control-Allow-Origin');
const allowCredentials = ({ headers }: Response) => headers.get('Access-Control-Allow-Credentials');
const listOf = (value: string | null) => value?.toLowerCase().split(/, ?/) ?? [];

describe.each(['CorsShop', 'CorsOther'])('the defaultCorsPreflightOptions of an API, to %s', (stack) => {
  test.each(ORIGINS)('let a page of %s send requests with credentials, and read the replies', async (origin) => {
    const asked = { 'Origin': origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'idempotency-key,x-basket' };
    const preflight = await caller(stack).request('OPTIONS', 'tasks', undefined, asked);
    expect([preflight.status, allowOrigin(preflight), allowCredentials(preflight)]).toEqual([204, origin, 'true']);
    expect(listOf(preflight.headers.get('Access-Control-Allow-Headers'))).toEqual(expect.arrayContaining(['idempotency-key', 'x-basket', 'authorization']));
    expect(listOf(preflight.headers.get('Access-Control-Allow-Methods'))).toEqual(['get', 'post']);

    const created = await caller(stack).request('POST', 'tasks', { type: 'export' }, { Origin: origin });
    expect([created.status, allowOrigin(created), allowCredentials(created), created.headers.get('Vary')]).toEqual([202, origin, 'true', 'Origin']);
    expect(listOf(created.headers.get('Access-Control-Expose-Headers'))).toEqual(expect.arrayContaining(['location', 'retry-after']));
  });

  test('let no page of another origin read the replies', async () => {
    const reply = await caller(stack).request('GET', 'tasks', undefined, { Origin: 'https://evil.example.com' });
    expect([reply.status, allowOrigin(reply), allowCredentials(reply)]).toEqual([200, null, null]);
  });
});

describe.each([
  ['KeysShop', 'KeysShop', 'application/vnd.shop+json', { oops: 'Forbidden' }],
  ['KeysOther', 'KeysOtherShop', 'application/vnd.shop+json', { oops: 'Forbidden' }],
  ['KeysOwn', 'KeysOwn', 'application/problem+json', { detail: expect.any(String) }],
])('an API key that is required of %s', (stack, stackOfKey, contentType, body) => {
  test.each([['missing', {}], ['unknown', { 'X-Api-Key': 'another-key-of-twenty-characters' }]])('refuses callers whose key is %s', async (_, headers) => {
    const refused = await caller(stack, headers).request('POST', 'tasks', { type: 'export' });
    expect([refused.status, refused.headers.get('Content-Type')]).toEqual([403, contentType]);
    expect(await refused.json()).toEqual(body);
  });

  test('lets callers in', async () => {
    const withKey = caller(stack, { 'X-Api-Key': apiKeyOf(stackOfKey) });
    const taskId = await withKey.create();
    expect((await withKey.request('GET', `tasks/${taskId}`)).status).toBe(200);
  });
});

test.each(['CorsShop', 'CorsOther'])('the errors of the function are problem details, and those of API Gateway are those of the app: %s', async (stack) => {
  const problem = await caller(stack).request('GET', 'tasks/nothing');
  expect([problem.status, problem.headers.get('Content-Type')]).toEqual([404, 'application/problem+json']);
  const error = await caller(stack).request('DELETE', 'tasks');
  expect([error.status, error.headers.get('Content-Type')]).toEqual([403, 'application/vnd.shop+json']);
  expect(await error.json()).toEqual({ oops: 'Missing Authentication Token' });
});

test.each(['CorsShop', 'CorsOther'])('other methods of the API still work: %s', async (stack) => {
  expect((await caller(stack).request('GET', '../orders')).status).toBe(200);
});

test.each([['Root', ''], ['Parameter', 'tenants/t-1/']])('a task can be found where its location says: %s', async (stack, path) => {
  const url = deployment.apiUrl(stack, 'Url').replace('{tenant}', 't-1');
  expect(url).toBe(deployment.apiUrl(stack, 'Url').replace(/(_user_request_\/).*/, `$1${path}`));
  const created = await new Caller(url).request('POST', 'tasks', { type: 'export' });
  const location = new URL(created.headers.get('Location')!, created.url);
  const { taskId } = await created.json() as { taskId: string };
  expect(location.href).toBe(`${url}tasks/${taskId}`);
  expect(await (await fetch(location)).json()).toMatchObject({ taskId, status: 'PENDING' });
  expect((await fetch(`${location}/cancel`, { method: 'POST' })).status).toBe(200);
});

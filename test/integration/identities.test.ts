/** Owners from API Gateway's authorizers. Only on the local engine, which creates the users. */
import { randomUUID } from 'node:crypto';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskApiAuth, TaskManager } from '../../src';
import { signInToCognito } from '../support/cognito';
import { eventually } from '../support/eventually';
import { temporaryDirectory } from '../support/temporary-directory';

const STACK = 'Identities';

/** Accepts the tokens of two tenants, and one without a tenant. */
const AUTHORIZER = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: 'somebody',
  policyDocument: { Version: '2012-10-17', Statement: [{
    Action: 'execute-api:Invoke',
    Effect: ['ada', 'eve', 'nobody'].includes(authorizationToken) ? 'Allow' : 'Deny',
    Resource: methodArn.split('/').slice(0, 2).join('/') + '/*',
  }] },
  context: authorizationToken === 'nobody' ? {} : { tenant: 'tenant-' + authorizationToken },
});`;

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const userPool = new cognito.UserPool(stack, 'Users', { removalPolicy: RemovalPolicy.DESTROY });
  const client = userPool.addClient('Client', { authFlows: { userPassword: true } });
  const handler = new lambda.Function(stack, 'AuthorizerFunction', {
    code: lambda.Code.fromInline(AUTHORIZER), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
  const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler });
  const auths = { Users: TaskApiAuth.cognito(userPool), Tenants: TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'tenant' }) };
  for (const [name, auth] of Object.entries(auths)) {
    const { apiUrl } = new TaskManager(stack, `${name}Tasks`, { auth, removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, `${name}Url`, { value: apiUrl });
  }
  new CfnOutput(stack, 'UserPool', { value: userPool.userPoolId });
  new CfnOutput(stack, 'Client', { value: client.userPoolClientId });
  app.synth();
}

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const assembly = temporaryDirectory('identities');
  synthesize(assembly);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(() => engine?.stop());

/** A caller of one of the APIs, with a token. */
class Caller {
  constructor(private readonly api: string, private readonly token: string) {}

  public async request(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${deployment.apiUrl(STACK, `${this.api}Url`)}${path}`, {
      method, body: body && JSON.stringify(body), headers: { Authorization: this.token, ...(body && { 'Content-Type': 'application/json' }), ...headers },
    });
  }

  public async listed(): Promise<string[]> {
    const { tasks } = await (await this.request('GET', 'tasks')).json() as { tasks: { taskId: string }[] };
    return tasks.map(({ taskId }) => taskId);
  }
}

async function someUser(): Promise<Caller> {
  const { UserPool, Client } = deployment.outputs(STACK);
  return new Caller('Users', (await signInToCognito(engine, UserPool, Client)).IdToken);
}

const PAIRS: [string, () => Promise<[Caller, Caller]>][] = [
  ['users of a pool', async () => [await someUser(), await someUser()]],
  ['tenants of an authorizer', async () => [new Caller('Tenants', 'ada'), new Caller('Tenants', 'eve')]],
];

test.each(PAIRS)('two %s can only see their own tasks', async (_, pair) => {
  const [ada, eve] = await pair();
  const key = { 'Idempotency-Key': randomUUID() };
  const created = await ada.request('POST', 'tasks', { type: 'export', payload: 'of ada' }, key);
  expect(created.status).toBe(202);
  const { taskId } = await created.json() as { taskId: string };
  const missing = await (await eve.request('GET', `tasks/${randomUUID()}`)).json();

  for (const [method, path] of [['GET', `tasks/${taskId}`], ['POST', `tasks/${taskId}/cancel`]]) {
    const response = await eve.request(method, path, undefined, { 'X-Task-Owner': 'ada' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(missing);
  }
  const other = await (await eve.request('POST', 'tasks', { type: 'export', payload: 'of ada' }, key)).json() as { taskId: string };
  expect(other.taskId).not.toBe(taskId);
  await eventually('the task in the list of its owner', async () => (await ada.listed()).includes(taskId) || undefined);
  expect(await eve.listed()).toEqual([other.taskId]);
  expect(await (await ada.request('GET', `tasks/${taskId}`)).json()).toMatchObject({ status: 'PENDING', payload: 'of ada' });
  expect((await ada.request('POST', `tasks/${taskId}/cancel`)).status).toBe(200);
});

test.each([
  ['Users', 'of another issuer', 401],
  ['Tenants', 'mallory', 403],
  ['Tenants', 'nobody', 403],
])('a caller of %s with token %s gets problem details', async (api, token, status) => {
  const response = await new Caller(api, token).request('GET', 'tasks');
  expect(response.status).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await response.json()).toHaveProperty('detail');
});

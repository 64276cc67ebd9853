/** Owners from API Gateway's authorizers. Only on the local engine, which creates the users. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskApiAuth, TaskManager } from '../../src';
import { AUTHORIZE_BY_POLICY } from '../support/authorizers';
import { Caller, expectOwnTasksOnly } from '../support/callers';
import { signInToCognito } from '../support/cognito';
import { temporaryDirectory } from '../support/temporary-directory';

const STACK = 'Identities';

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const userPool = new cognito.UserPool(stack, 'Users', { removalPolicy: RemovalPolicy.DESTROY });
  const client = userPool.addClient('Client', { authFlows: { userPassword: true } });
  const handler = new lambda.Function(stack, 'AuthorizerFunction', {
    code: lambda.Code.fromInline(AUTHORIZE_BY_POLICY), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
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

/** Returns a caller of one of the APIs, with a token. */
function caller(api: string, token: string): Caller {
  return new Caller(deployment.apiUrl(STACK, `${api}Url`), { Authorization: token });
}

async function someUser(): Promise<Caller> {
  const { UserPool, Client } = deployment.outputs(STACK);
  return caller('Users', (await signInToCognito(engine, UserPool, Client)).IdToken);
}

const PAIRS: [string, () => Promise<[Caller, Caller]>][] = [
  ['users of a pool', async () => [await someUser(), await someUser()]],
  ['tenants of an authorizer', async () => [caller('Tenants', 'ada'), caller('Tenants', 'eve')]],
];

test.each(PAIRS)('two %s can only see their own tasks', async (_, pair) => expectOwnTasksOnly(...await pair()));

test.each([
  ['Users', 'of another issuer', 401],
  ['Tenants', 'mallory', 403],
  ['Tenants', 'nobody', 403],
])('a caller of %s with token %s gets problem details', async (api, token, status) => {
  const response = await caller(api, token).request('GET', 'tasks');
  expect(response.status).toBe(status);
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await response.json()).toHaveProperty('detail');
});

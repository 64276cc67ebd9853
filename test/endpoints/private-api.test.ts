/** A private REST API. On the local engine, a header says through which VPC endpoint a request comes. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskApiAuth, TaskEndpoint, TaskManager } from '../../src';
import { assumeRole } from '../support/assume-role';
import { Caller, expectOwnTasksOnly } from '../support/callers';
import { signInToCognito } from '../support/cognito';
import { temporaryDirectory } from '../support/temporary-directory';
import { signedBy } from '../support/users';

jest.setTimeout(120_000);

const STACK = 'Private';
const ORIGIN = 'https://intranet.example.com';

const AUTHORIZER = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: authorizationToken,
  policyDocument: { Version: '2012-10-17', Statement: [{
    Action: 'execute-api:Invoke',
    Effect: authorizationToken === 'mallory' ? 'Deny' : 'Allow',
    Resource: methodArn.split('/').slice(0, 2).join('/') + '/*',
  }] },
});`;

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const vpc = new ec2.Vpc(stack, 'Vpc', {
    natGateways: 0, subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  const vpcEndpoint = vpc.addInterfaceEndpoint('ExecuteApi', { service: ec2.InterfaceVpcEndpointAwsService.APIGATEWAY });
  const endpoint = TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [vpcEndpoint] });
  const users = new cognito.UserPool(stack, 'Users', { removalPolicy: RemovalPolicy.DESTROY });
  const client = users.addClient('Client', { authFlows: { userPassword: true } });
  const handler = new lambda.Function(stack, 'Authorizer', {
    code: lambda.Code.fromInline(AUTHORIZER), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
  const authorizer = new apigateway.TokenAuthorizer(stack, 'TokenAuthorizer', { handler });
  const auths = {
    Iam: TaskApiAuth.iam(),
    Users: TaskApiAuth.cognito(users),
    Tenants: TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'principalId' }),
    None: TaskApiAuth.none(),
  };
  for (const [name, auth] of Object.entries(auths)) {
    const tasks = new TaskManager(stack, `${name}Tasks`, { auth, endpoint, corsAllowOrigins: [ORIGIN], removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, `${name}Url`, { value: tasks.apiUrl });
    if (name === 'Iam') addRoles(stack, tasks);
  }
  new CfnOutput(stack, 'VpcEndpoint', { value: vpcEndpoint.vpcEndpointId });
  new CfnOutput(stack, 'UserPool', { value: users.userPoolId });
  new CfnOutput(stack, 'Client', { value: client.userPoolClientId });
  app.synth();
}

function addRoles(stack: Stack, tasks: TaskManager): void {
  const [granted, other] = ['Granted', 'Other'].map((id) => new iam.Role(stack, id, { assumedBy: new iam.AccountRootPrincipal() }));
  tasks.grantCreate(granted);
  tasks.grantRead(granted);
  for (const role of [granted, other]) new CfnOutput(stack, `${role.node.id}Role`, { value: role.roleArn });
}

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const assembly = temporaryDirectory('private-api');
  synthesize(assembly);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(() => engine?.stop());

/** Where a request comes from. */
const PLACES = {
  'its VPC endpoint': () => deployment.outputs(STACK).VpcEndpoint,
  'another VPC endpoint': () => 'vpce-00000000000000000',
  'the internet': () => undefined,
};
type Place = keyof typeof PLACES;

function caller(api: string, place: Place, headers: Record<string, string> = {}, send?: typeof fetch): Caller {
  const vpcEndpoint = PLACES[place]();
  return new Caller(deployment.apiUrl(STACK, `${api}Url`), { ...headers, ...(vpcEndpoint && { 'X-Local-Engine-Vpc-Endpoint': vpcEndpoint }) }, send);
}

async function inRole(role: 'Granted' | 'Other', place: Place): Promise<Caller> {
  return caller('Iam', place, {}, signedBy(engine, await assumeRole(engine, deployment.outputs(STACK)[`${role}Role`])));
}

async function user(place: Place): Promise<Caller> {
  const { UserPool, Client } = deployment.outputs(STACK);
  return caller('Users', place, { Authorization: (await signInToCognito(engine, UserPool, Client)).IdToken });
}

const CALLERS: Record<string, (place: Place) => Caller | Promise<Caller>> = {
  'a role with a grant': (place) => inRole('Granted', place),
  'a user of the pool': user,
  'a tenant of the authorizer': (place) => caller('Tenants', place, { Authorization: 'ada' }),
  'anybody, without authorization': (place) => caller('None', place),
};

describe.each(Object.entries(CALLERS))('%s', (_, callerAt) => {
  test('gets in through the VPC endpoint of the API', async () => {
    const insider = await callerAt('its VPC endpoint');
    const taskId = await insider.create();
    expect((await insider.request('GET', `tasks/${taskId}`)).status).toBe(200);
  });

  test.each<Place>(['another VPC endpoint', 'the internet'])('is denied from %s', async (place) => {
    const outsider = await callerAt(place);
    for (const response of [await outsider.request('GET', 'tasks'), await outsider.request('POST', 'tasks', { type: 'export' })]) {
      expect([response.status, response.headers.get('Content-Type')]).toEqual([403, 'application/problem+json']);
    }
  });
});

test.each<[string, () => Caller | Promise<Caller>, number]>([
  ['a role without a grant', () => inRole('Other', 'its VPC endpoint'), 403],
  ['an unsigned request', () => caller('Iam', 'its VPC endpoint'), 403],
  ['a request without a token of the pool', () => caller('Users', 'its VPC endpoint'), 401],
  ['a caller that the authorizer denies', () => caller('Tenants', 'its VPC endpoint', { Authorization: 'mallory' }), 403],
])('the VPC endpoint does not let in %s', async (_, outsider, status) => {
  for (const [method, path] of [['GET', 'tasks'], ['POST', 'tasks'], ['GET', 'tasks/x'], ['POST', 'tasks/x/cancel']]) {
    expect((await (await outsider()).request(method, path)).status).toBe(status);
  }
});

test('a role has only what it was granted', async () => {
  const granted = await inRole('Granted', 'its VPC endpoint');
  expect((await granted.request('POST', `tasks/${await granted.create()}/cancel`)).status).toBe(403);
});

test('two users can only see their own tasks', async () => {
  await expectOwnTasksOnly(await user('its VPC endpoint'), await user('its VPC endpoint'));
});

test.each(['Iam', 'Users', 'Tenants', 'None'])('a browser gets preflights through the VPC endpoint only: %s', async (api) => {
  const asked = { 'Origin': ORIGIN, 'Access-Control-Request-Method': 'POST' };
  const [inside, outside] = await Promise.all((['its VPC endpoint', 'the internet'] as const).map(
    (place) => caller(api, place).request('OPTIONS', 'tasks', undefined, asked),
  ));
  expect([inside.status, inside.headers.get('Access-Control-Allow-Origin')]).toEqual([204, ORIGIN]);
  expect(outside.status).toBe(403);
});

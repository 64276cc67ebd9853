import { CfnOutput, Stack } from 'aws-cdk-lib';
import { AuthorizationType, CognitoUserPoolsAuthorizer, LambdaIntegration, MethodOptions, ResponseType, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { OAuthScope, ResourceServerScope, UserPool } from 'aws-cdk-lib/aws-cognito';
import { getWithHeaders } from './fixtures/raw-requests';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { clientToken, signInToCognito } from '../support/cognito';
import { aUser, signedBy } from '../support/users';

// Tests our fixes of the engine, and behavior that the tests of the API rely on. It proves nothing about AWS.

jest.setTimeout(120_000);

const ECHO = 'exports.handler = async event => ({ statusCode: 200, body: JSON.stringify(event) })';
const FAIL = `exports.handler = async ({ queryStringParameters: { how } }) => {
  if (how === 'throw') throw new Error('secret');
  if (how === 'exit') process.exit(1);
  return JSON.parse(how);
}`;
const SCOPES = { read: 'tasks/read', write: 'tasks/write' };

let engine: Engine;
let deployment: Deployment;
let url: string;
let userWithoutRights: Engine['credentials'];

beforeAll(async () => {
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, synthesizeStack(defineApi));
  url = deployment.apiUrl('Tiny', 'Url');
  userWithoutRights = await aUser(engine, 'user');
});

afterAll(() => engine?.stop());

test.each([
  'throw', 'exit', 'null', '"text"', '[]', '{"answer":42}', '{"statusCode":"ok"}', '{"statusCode":200,"body":{}}', '{"statusCode":200,"headers":[]}',
])('answers 502 by a gateway response, without details of the error, when the outcome of a function is: %s', async (how) => {
  const response = await fetch(`${url}fail?${new URLSearchParams({ how })}`);

  expect(response.status).toBe(502);
  await expectGatewayResponse(response, 'DEFAULT_5XX', 'Internal server error');
});

test.each([
  ['{}', 200, ''],
  ['{"statusCode":"201","body":null}', 201, ''],
  ['{"statusCode":202,"headers":{"X-Number":1},"body":"text","isBase64Encoded":false}', 202, 'text'],
])('accepts as a response: %s', async (how, status, body) => {
  const response = await fetch(`${url}fail?${new URLSearchParams({ how })}`);

  expect([response.status, await response.text()]).toEqual([status, body]);
});

test('passes the path on as it was sent, and does not split it at an encoded slash', async () => {
  const response = await fetch(`${url}echo/a%2Fb%20%C3%A9`);

  expect(await response.json()).toMatchObject({ path: '/echo/a%2Fb%20%C3%A9', pathParameters: { id: 'a%2Fb%20%C3%A9' } });
});

test('passes on all values of repeated headers and parameters, the last one alone, and the case of names', async () => {
  const event = JSON.parse(await getWithHeaders(`${url}echo/1?a=1&a=2&b=%C3%A9`, { 'x-Multi': ['one', 'two'], 'Single': 'one' }));

  expect(event.multiValueHeaders).toMatchObject({ 'x-Multi': ['one', 'two'], 'Single': ['one'] });
  expect(event.headers).toMatchObject({ 'x-Multi': 'two', 'Single': 'one' });
  expect(event.multiValueQueryStringParameters).toEqual({ a: ['1', '2'], b: ['é'] });
  expect(event.queryStringParameters).toEqual({ a: '2', b: 'é' });
});

test.each([['GET', 'nothing'], ['DELETE', 'echo/1'], ['HEAD', 'echo/1'], ['GET', '']])(
  'answers the unknown route %s /%s as unauthenticated, also if the caller has no permissions', async (method, path) => {
    for (const client of [fetch, signedBy(engine, userWithoutRights)]) {
      const response = await client(`${url}${path}`, { method });

      expect(response.status).toBe(403);
      expect(response.headers.get('x-gateway-response')).toBe('yes');
      expect(response.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    }
  });

test('answers a caller that IAM denies with a gateway response', async () => {
  const [denied, allowed] = await Promise.all([userWithoutRights, engine.credentials].map((user) => signedBy(engine, user)(`${url}iam`)));

  expect([denied.status, allowed.status]).toEqual([403, 200]);
  await expectGatewayResponse(denied, 'ACCESS_DENIED', expect.stringContaining('is not authorized to perform: execute-api:Invoke'));
});

test('refuses a body of more than 10 MB', async () => {
  const sizes = [10 * 1024 * 1024, 10 * 1024 * 1024 + 1];
  const [largest, tooLarge] = await Promise.all(sizes.map((size) => fetch(`${url}cors`, { method: 'POST', body: 'x'.repeat(size) })));

  expect([largest.status, tooLarge.status]).toEqual([200, 413]);
  await expectGatewayResponse(tooLarge, 'REQUEST_TOO_LARGE', 'Request Too Long');
});

test.each([
  ['https://a.example', 'https://a.example'],
  ['https://b.example', 'https://b.example'],
  ['https://c.example', 'https://c.example'],
  ['https://evil.example', 'https://a.example'],
])('a preflight from %s allows the origin %s', async (origin, allowed) => {
  const response = await fetch(`${url}cors`, { method: 'OPTIONS', headers: { 'Origin': origin, 'Access-Control-Request-Method': 'POST' } });

  expect([response.status, response.headers.get('access-control-allow-origin'), await response.text()]).toEqual([204, allowed, '']);
});

test('accepts tokens of a user of the user pool, and passes their claims on', async () => {
  const { UserPoolId, AppClientId } = deployment.outputs('Tiny');
  const { IdToken, AccessToken } = await signInToCognito(engine, UserPoolId, AppClientId);

  const statuses = await Promise.all([IdToken, `${IdToken}x`, undefined].map(async (token) => (await bearing(token, 'cognito')).status));
  const { requestContext } = await (await bearing(AccessToken, 'cognito')).json() as { requestContext: unknown };

  expect(statuses).toEqual([200, 401, 401]);
  expect(requestContext).toMatchObject({ authorizer: { claims: { token_use: 'access', sub: expect.any(String) } } });
  await expectGatewayResponse(await bearing('nonsense', 'cognito'), 'UNAUTHORIZED', 'Unauthorized');
});

test('accepts only access tokens with a scope if the method requires one', async () => {
  const { UserPoolId, AppClientId, ServiceClientId } = deployment.outputs('Tiny');
  const { IdToken } = await signInToCognito(engine, UserPoolId, AppClientId);
  const token = await clientToken(engine, UserPoolId, ServiceClientId, SCOPES.read);

  const responses = await Promise.all([bearing(token, 'read'), bearing(token, 'write'), bearing(IdToken, 'read')]);

  expect(responses.map(({ status }) => status)).toEqual([200, 401, 401]);
});

function defineApi(stack: Stack): void {
  const api = new RestApi(stack, 'Api', { cloudWatchRole: false });
  for (const type of [ResponseType.DEFAULT_4XX, ResponseType.DEFAULT_5XX]) {
    api.addGatewayResponse(type.responseType, {
      type,
      templates: { 'application/json': '{"type":"$context.error.responseType","detail":$context.error.messageString}' },
      responseHeaders: { 'Content-Type': "'application/problem+json'", 'X-Gateway-Response': "'yes'" },
    });
  }
  const echo = new LambdaIntegration(aNodeFunction(stack, 'Echo', ECHO));
  const addGet = (path: string, options?: MethodOptions) => api.root.resourceForPath(path).addMethod('GET', echo, options);
  addGet('echo/{id}');
  addGet('iam', { authorizationType: AuthorizationType.IAM });
  api.root.addResource('fail').addMethod('GET', new LambdaIntegration(aNodeFunction(stack, 'Fail', FAIL)));
  const cors = api.root.addResource('cors');
  cors.addMethod('POST', new LambdaIntegration(aNodeFunction(stack, 'Small', 'exports.handler = async () => ({ statusCode: 200 })')));
  cors.addCorsPreflight({ allowOrigins: ['https://a.example', 'https://b.example', 'https://c.example'] });

  const userPool = new UserPool(stack, 'UserPool');
  const [read, write] = Object.keys(SCOPES).map((scopeName) => new ResourceServerScope({ scopeName, scopeDescription: scopeName }));
  const resourceServer = userPool.addResourceServer('Tasks', { identifier: 'tasks', scopes: [read, write] });
  userPool.addDomain('Domain', { cognitoDomain: { domainPrefix: 'tiny' } });
  const app = userPool.addClient('App', { authFlows: { userPassword: true } });
  const service = userPool.addClient('Service', {
    generateSecret: true, oAuth: { flows: { clientCredentials: true }, scopes: [OAuthScope.resourceServer(resourceServer, read)] },
  });
  const authorizer = new CognitoUserPoolsAuthorizer(stack, 'Authorizer', { cognitoUserPools: [userPool] });
  addGet('cognito', { authorizer });
  addGet('read', { authorizer, authorizationScopes: [SCOPES.read] });
  addGet('write', { authorizer, authorizationScopes: [SCOPES.write] });

  const outputs = {
    Url: api.url,
    UserPoolId: userPool.userPoolId,
    AppClientId: app.userPoolClientId,
    ServiceClientId: service.userPoolClientId,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}

async function bearing(token: string | undefined, path: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } });
}

async function expectGatewayResponse(response: Response, type: string, detail: unknown): Promise<void> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-gateway-response')).toBe('yes');
  expect(await response.json()).toEqual({ type, detail });
}

import { generateKeyPairSync } from 'node:crypto';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import {
  CorsHttpMethod, HttpApi, HttpMethod, IHttpRouteAuthorizer, PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import {
  HttpIamAuthorizer, HttpJwtAuthorizer, HttpLambdaAuthorizer, HttpLambdaResponseType, HttpUserPoolAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { OpenIdProvider } from '../support/open-id-provider';
import { getWithHeaders } from './fixtures/raw-requests';
import { aNodeFunction, synthesizeStack } from './fixtures/tiny-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { signInToCognito } from '../support/cognito';
import { aUser, signedBy } from '../support/users';

// Tests our fixes of the engine, and behavior that the tests of the API rely on. It proves nothing about AWS.

jest.setTimeout(120_000);

const ECHO = 'exports.handler = async event => ({ statusCode: 200, body: JSON.stringify(event) })';
const REPLY = 'exports.handler = async ({ queryStringParameters: { reply } }) => JSON.parse(reply)';
const FAIL = `exports.handler = async ({ queryStringParameters: { how } }) => {
  if (how === 'throw') throw new Error('secret');
  if (how === 'exit') process.exit(1);
  return JSON.parse(how);
}`;
const CORS_REPLY = `exports.handler = async () => ({
  statusCode: 200, headers: { 'access-control-allow-origin': 'https://evil.example', 'ACCESS-CONTROL-MAX-AGE': '1', ETag: '1' },
})`;
const AUTHORIZE_SIMPLY = `exports.handler = async ({ version, headers, identitySource }) => {
  if (headers.authorization === 'throw') throw new Error('secret');
  return { isAuthorized: headers.authorization === 'yes', context: { tenant: 'a', number: 1, version, identitySource } };
}`;
const AUTHORIZE_BY_POLICY = `exports.handler = async ({ version, methodArn, identitySource, authorizationToken, headers }) => {
  const words = headers.authorization.split(' ');
  return {
    principalId: 'someone',
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: words[0], Resource: words[1] || methodArn }] },
    context: { tenant: 'a', version, identitySource, authorizationToken },
  };
}`;
const SHOP = 'https://shop.example';
const SCOPES = ['tasks/read', 'tasks/write'];

let provider: OpenIdProvider;
let engine: Engine;
let deployment: Deployment;
let url: string;
let corsUrl: string;

beforeAll(async () => {
  provider = await OpenIdProvider.start();
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, synthesizeStack(defineApis));
  [url, corsUrl] = ['Url', 'CorsUrl'].map((output) => deployment.apiUrl('Tiny', output));
});

afterAll(async () => {
  await engine?.stop();
  await provider?.stop();
});

describe('the event of payload format 1.0', () => {
  test('has the fields that AWS documents', async () => {
    const response = await fetch(`${url}echo`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a":1}' });

    expect(await response.json()).toEqual({
      version: '1.0',
      resource: '/echo',
      path: '/echo',
      httpMethod: 'POST',
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      multiValueHeaders: expect.objectContaining({ 'content-type': ['application/json'] }),
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      pathParameters: null,
      stageVariables: null,
      body: '{"a":1}',
      isBase64Encoded: false,
      requestContext: expect.objectContaining({
        accountId: '000000000000',
        apiId: deployment.outputs('Tiny').ApiId,
        authorizer: { claims: null, scopes: null },
        httpMethod: 'POST',
        path: '/echo',
        protocol: 'HTTP/1.1',
        resourceId: null,
        resourcePath: '/echo',
        stage: '$default',
        requestId: expect.any(String),
        requestTimeEpoch: expect.any(Number),
        identity: expect.objectContaining({ sourceIp: '127.0.0.1', userArn: null, accessKey: null }),
      }),
    });
  });

  test('has decoded paths and path parameters, and the path of the route', async () => {
    const event = await (await fetch(`${url}echo/a%20%C3%A9%3A%2525`)).json();

    expect(event).toMatchObject({ resource: '/echo/{id}', path: '/echo/a é:%2525', pathParameters: { id: 'a é:%25' } });
  });

  test('has all values of repeated headers and parameters, and names of headers in lower case', async () => {
    const event = JSON.parse(await getWithHeaders(`${url}echo/1?a=1&a=2&b=%C3%A9`, { 'x-Multi': ['one', 'two'], 'Single': 'one' }));

    expect(event.multiValueHeaders).toMatchObject({ 'x-multi': ['one', 'two'], 'single': ['one'] });
    expect(event.headers).toMatchObject({ 'x-multi': 'two', 'single': 'one' });
    expect(event.multiValueQueryStringParameters).toEqual({ a: ['1', '2'], b: ['é'] });
    expect(event.queryStringParameters).toEqual({ a: '1', b: 'é' });
  });

  test('has a body in Base64 unless its content type is text', async () => {
    const response = await fetch(`${url}echo`, { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: 'binary' });

    expect(await response.json()).toMatchObject({ body: Buffer.from('binary').toString('base64'), isBase64Encoded: true });
  });
});

describe('the response of payload format 1.0', () => {
  test('becomes that of the API, with all values of its headers', async () => {
    const response = await reply({
      statusCode: 202, headers: { 'X-One': '1', 'X-Two': '0' }, multiValueHeaders: { 'x-two': ['2', '3'] }, body: 'accepted',
    });

    expect([response.status, await response.text()]).toEqual([202, 'accepted']);
    expect([response.headers.get('x-one'), response.headers.get('x-two')]).toEqual(['1', '2, 3']);
  });

  test.each([
    [{ statusCode: 204 }, 204, ''],
    [{ statusCode: '201', body: null }, 201, ''],
    [{ statusCode: 200, body: 'aGVsbG8=', isBase64Encoded: true }, 200, 'hello'],
  ])('may be %j', async (sent, status, body) => {
    const response = await reply(sent);

    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test.each([
    'throw', 'exit', 'null', '"text"', '[]', '{}', '{"answer":42}', '{"statusCode":"ok"}', '{"statusCode":200,"body":{}}',
  ])('is a 500 without details of the error when the outcome of the function is: %s', async (how) => {
    await expectError(await fetch(`${url}fail?${new URLSearchParams({ how })}`), 500, 'Internal Server Error');
  });
});

describe('errors of the API', () => {
  test.each([
    ['GET', ''], ['GET', 'nothing'], ['DELETE', 'echo/1'], ['HEAD', 'echo/1'], ['GET', 'echo/1/'], ['GET', 'echo/a%2Fb'], ['OPTIONS', 'echo/1'],
  ])('a 404 for the unknown route %s /%s, signed or not', async (method, path) => {
    for (const client of [fetch, signedBy(engine, engine.credentials)]) {
      const response = await client(`${url}${path}`, { method });

      expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
      if (method !== 'HEAD') expect(await response.json()).toEqual({ message: 'Not Found' });
    }
  });

  test('a 413 for a body of more than 10 MB', async () => {
    const sizes = [10 * 1024 * 1024, 10 * 1024 * 1024 + 1];
    const [largest, tooLarge] = await Promise.all(sizes.map((size) => fetch(`${corsUrl}shop`, { method: 'POST', body: 'x'.repeat(size) })));

    expect(largest.status).toBe(200);
    await expectError(tooLarge, 413, 'Request Entity Too Large');
  });
});

describe('CORS', () => {
  const preflight = (origin: string, path = 'shop') => fetch(`${corsUrl}${path}`, {
    method: 'OPTIONS', headers: { 'Origin': origin, 'Access-Control-Request-Method': 'POST' },
  });

  test.each([SHOP, 'https://other.example'])('the API answers preflights from %s, of all paths', async (origin) => {
    for (const path of ['shop', 'iam', 'nothing']) {
      const response = await preflight(origin, path);

      expect([response.status, await response.text()]).toEqual([204, '']);
      expect(corsHeaders(response)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '600',
        'access-control-expose-headers': 'location',
      });
    }
  });

  test('a preflight from another origin is not allowed', async () => {
    const response = await preflight('https://evil.example');

    expect([response.status, corsHeaders(response)]).toEqual([204, {}]);
  });

  test('the API adds its headers to replies, and ignores those of the function', async () => {
    const post = async (headers: Record<string, string>) => fetch(`${corsUrl}shop`, { method: 'POST', headers });
    const [fromShop, fromElsewhere, fromNowhere] = await Promise.all([post({ Origin: SHOP }), post({ Origin: 'https://evil.example' }), post({})]);

    expect(corsHeaders(fromShop)).toEqual({ 'access-control-allow-origin': SHOP, 'access-control-expose-headers': 'location' });
    expect(fromShop.headers.get('etag')).toBe('1');
    expect([corsHeaders(fromElsewhere), corsHeaders(fromNowhere)]).toEqual([{}, {}]);
  });

  test.each([['iam', 403], ['nothing', 404]])('the API adds its headers to its errors: /%s', async (path, status) => {
    const response = await fetch(`${corsUrl}${path}`, { headers: { Origin: SHOP } });

    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, SHOP]);
  });

  test('an update of the stack changes the configuration', async () => {
    const assembly = (origin: string) => synthesizeStack((stack) => {
      const api = new HttpApi(stack, 'Api', { corsPreflight: { allowOrigins: [origin] } });
      new CfnOutput(stack, 'Url', { value: api.url! });
    }, 'Changing');
    const allowedOrigins: (string | null)[] = [];
    for (const origin of [SHOP, 'https://*', '*']) {
      const changed = await deploy(engine, assembly(origin));
      const response = await fetch(changed.apiUrl('Changing', 'Url'), { method: 'OPTIONS', headers: { Origin: 'https://b.example' } });
      allowedOrigins.push(response.headers.get('access-control-allow-origin'));
    }

    expect(allowedOrigins).toEqual([null, 'https://b.example', '*']);
  });
});

describe('IAM', () => {
  test('allows exactly the routes that a policy allows', async () => {
    const arn = `arn:aws:execute-api:us-east-1:000000000000:${deployment.outputs('Tiny').ApiId}`;
    const users = await Promise.all([[], [`${arn}/$default/GET/iam`], [`${arn}/*/GET/iam/*`], [`${arn}/$default/POST/iam`], [`${arn}/*`]].map(
      (arns, index) => aUser(engine, `iam-${index}`, arns),
    ));

    const statuses = await Promise.all(users.map(async (user) => Promise.all(['iam', 'iam/1'].map(
      async (path) => (await signedBy(engine, user)(`${url}${path}`)).status,
    ))));

    expect(statuses).toEqual([[403, 403], [200, 403], [403, 200], [403, 403], [200, 200]]);
  });

  test('tells the function who called', async () => {
    const arn = `arn:aws:execute-api:us-east-1:000000000000:${deployment.outputs('Tiny').ApiId}/*/GET/iam`;
    const user = await aUser(engine, 'caller', [arn]);

    const { requestContext } = await (await signedBy(engine, user)(`${url}iam`)).json() as any;

    expect(requestContext.identity).toMatchObject({
      accessKey: user.accessKeyId, accountId: '000000000000', userArn: 'arn:aws:iam::000000000000:user/caller',
    });
  });

  test.each([undefined, 'Bearer token'])('answers with a 403 when the authorization is %s', async (authorization) => {
    await expectError(await fetch(`${url}iam`, { headers: authorization ? { authorization } : {} }), 403, 'Forbidden');
  });

  test('answers with a 403 when a signature is wrong, or the caller has no permission', async () => {
    const user = await aUser(engine, 'nobody');
    const wrong = { ...engine.credentials, accessKeyId: user.accessKeyId };

    await expectError(await signedBy(engine, wrong)(`${url}iam`), 403, 'Forbidden');
    await expectError(await signedBy(engine, user)(`${url}iam`), 403, 'Forbidden');
  });
});

describe('a JWT authorizer', () => {
  const bearing = (token: string, path = 'jwt') => fetch(`${url}${path}`, { headers: { Authorization: token } });
  const valid = { aud: 'app', sub: 'someone' };

  test('passes the claims on as text, for tokens with and without "Bearer"', async () => {
    const token = provider.token({ ...valid, groups: ['a', 'b'], level: 1, admin: true, scope: 'tasks/read' });

    for (const header of [`Bearer ${token}`, token]) {
      const { requestContext } = await (await bearing(header)).json() as any;
      expect(requestContext.authorizer).toEqual({
        claims: expect.objectContaining({ iss: provider.issuer, aud: 'app', sub: 'someone', groups: '[a b]', level: '1', admin: 'true' }),
        scopes: null,
      });
    }
  });

  test.each([
    [{ aud: ['other', 'app'] }],
    [{ aud: 'second-app' }],
    [{ client_id: 'app' }],
  ])('accepts the audience %j', async (claims) => {
    expect((await bearing(provider.token(claims))).status).toBe(200);
  });

  test.each([
    ['another audience', () => provider.token({ aud: 'other' })],
    ['another audience and a client ID', () => provider.token({ aud: 'other', client_id: 'app' })],
    ['no audience', () => provider.token({})],
    ['another issuer', () => provider.token({ ...valid, iss: `${provider.issuer}/` })],
    ['an expired token', () => provider.token({ ...valid, exp: 1_000_000_000 })],
    ['a token of the future', () => provider.token({ ...valid, nbf: 4_000_000_000 })],
    ['the signature of another key', () => provider.token(valid, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
    ['no token', () => ''],
    ['nonsense', () => 'Bearer nonsense'],
  ])('answers with a 401 when there is: %s', async (_, token) => {
    await expectError(await bearing(token()), 401, 'Unauthorized');
  });

  test('requires one of the scopes of the route', async () => {
    const scopes = ['tasks/read', 'other tasks/write', 'other'];
    const responses = await Promise.all(scopes.map((scope) => bearing(provider.token({ ...valid, scope }), 'scopes')));

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 403]);
    expect(await responses[0].json()).toMatchObject({ requestContext: { authorizer: { scopes: ['tasks/read'] } } });
    await expectError(responses[2], 403, 'Forbidden');
  });

  test('accepts tokens of a user pool', async () => {
    const { UserPoolId, AppClientId, OtherClientId } = deployment.outputs('Tiny');
    const tokens = await signInToCognito(engine, UserPoolId, AppClientId);
    const others = await signInToCognito(engine, UserPoolId, OtherClientId);

    const [byId, byAccess, byOther] = await Promise.all([tokens.IdToken, tokens.AccessToken, others.IdToken].map((token) => bearing(token, 'cognito')));

    for (const accepted of [byId, byAccess]) {
      const { requestContext } = await accepted.json() as any;
      expect(requestContext.authorizer.claims).toMatchObject({
        iss: `https://cognito-idp.us-east-1.amazonaws.com/${UserPoolId}`, sub: expect.any(String),
      });
    }
    await expectError(byOther, 401, 'Unauthorized');
  });
});

describe('a Lambda authorizer', () => {
  const calling = (path: string, authorization?: string) => fetch(`${url}${path}`, { headers: authorization ? { authorization } : {} });

  test('with simple responses allows, denies, and passes its context on', async () => {
    const allowed = await calling('simple', 'yes');

    expect(((await allowed.json()) as any).requestContext.authorizer).toEqual({ tenant: 'a', number: 1, version: '2.0', identitySource: ['yes'] });
    await expectError(await calling('simple', 'no'), 403, 'Forbidden');
  });

  test('with policies allows, denies, and passes its context on', async () => {
    const allowed = await calling('policy', 'Allow');

    expect(((await allowed.json()) as any).requestContext.authorizer).toEqual({
      tenant: 'a', version: '1.0', principalId: 'someone', identitySource: 'Allow', authorizationToken: 'Allow',
    });
    await expectError(await calling('policy', 'Deny'), 403, 'Forbidden');
  });

  test.each([['*', 200], ['arn:aws:execute-api:*:*:*/$default/GET/policy', 200], ['arn:aws:execute-api:*:*:*/$default/POST/*', 403]])(
    'with a policy for %s: %i', async (resource, status) => {
      expect((await calling('policy', `Allow ${resource}`)).status).toBe(status);
    });

  test('is not called without its identity source, which is a 401', async () => {
    await expectError(await calling('simple'), 401, 'Unauthorized');
  });

  test('that fails is a 500', async () => {
    await expectError(await calling('simple', 'throw'), 500, 'Internal Server Error');
  });
});

function defineApis(stack: Stack): void {
  const api = new HttpApi(stack, 'Api');
  const echo = inFormat1('Echo', ECHO, stack);
  const addGet = (path: string, authorizer?: IHttpRouteAuthorizer, integration = echo, authorizationScopes?: string[]) =>
    api.addRoutes({ path, methods: [HttpMethod.GET], integration, authorizer, authorizationScopes });
  api.addRoutes({ path: '/echo', methods: [HttpMethod.POST], integration: echo });
  addGet('/echo/{id}');
  addGet('/reply', undefined, inFormat1('Reply', REPLY, stack));
  addGet('/fail', undefined, inFormat1('Fail', FAIL, stack));
  addGet('/iam', new HttpIamAuthorizer());
  addGet('/iam/{id}', new HttpIamAuthorizer());
  const jwt = new HttpJwtAuthorizer('Jwt', provider.issuer, { jwtAudience: ['app', 'second-app'] });
  addGet('/jwt', jwt);
  addGet('/scopes', jwt, echo, SCOPES);
  addGet('/simple', new HttpLambdaAuthorizer('Simple', aNodeFunction(stack, 'AuthorizeSimply', AUTHORIZE_SIMPLY), {
    responseTypes: [HttpLambdaResponseType.SIMPLE],
  }));
  addGet('/policy', new HttpLambdaAuthorizer('Policy', aNodeFunction(stack, 'AuthorizeByPolicy', AUTHORIZE_BY_POLICY)));

  const userPool = new UserPool(stack, 'UserPool');
  const [app, other] = ['App', 'Other'].map((id) => userPool.addClient(id, { authFlows: { userPassword: true } }));
  addGet('/cognito', new HttpUserPoolAuthorizer('Cognito', userPool, { userPoolClients: [app] }));

  const corsApi = new HttpApi(stack, 'CorsApi', {
    corsPreflight: {
      allowOrigins: [SHOP, 'https://other.example'],
      allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST],
      allowHeaders: ['authorization', 'content-type'],
      exposeHeaders: ['location'],
      maxAge: Duration.minutes(10),
    },
  });
  const corsReply = inFormat1('CorsReply', CORS_REPLY, stack);
  corsApi.addRoutes({ path: '/shop', methods: [HttpMethod.POST], integration: corsReply });
  corsApi.addRoutes({ path: '/iam', methods: [HttpMethod.GET], integration: corsReply, authorizer: new HttpIamAuthorizer() });

  const outputs = {
    Url: api.url!,
    ApiId: api.apiId,
    CorsUrl: corsApi.url!,
    UserPoolId: userPool.userPoolId,
    AppClientId: app.userPoolClientId,
    OtherClientId: other.userPoolClientId,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
}

function inFormat1(id: string, code: string, stack: Stack): HttpLambdaIntegration {
  return new HttpLambdaIntegration(id, aNodeFunction(stack, id, code), { payloadFormatVersion: PayloadFormatVersion.VERSION_1_0 });
}

async function reply(response: object): Promise<Response> {
  return fetch(`${url}reply?${new URLSearchParams({ reply: JSON.stringify(response) })}`);
}

function corsHeaders(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('access-control-')));
}

async function expectError(response: Response, status: number, message: string): Promise<void> {
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json']);
  expect(await response.json()).toEqual({ message });
}

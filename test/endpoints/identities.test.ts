/** Owners from authorizers of HTTP APIs, and of a REST API that the app has. Only on the local engine, which creates the users. */
import { randomUUID } from 'node:crypto';
import { AUDIENCE, ORIGIN, OWNER_HEADER, SCOPE, STACK, synthesizeIdentities, synthesizeIssuer } from './identities-app';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { Caller, expectOwnTasksOnly, expectSharedTasks } from '../support/callers';
import { signInToCognito, Tokens } from '../support/cognito';
import { OpenIdProvider } from '../support/open-id-provider';
import { temporaryDirectory } from '../support/temporary-directory';
import { signedBy } from '../support/users';

jest.setTimeout(120_000);

let providers: OpenIdProvider[];
let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  providers = await Promise.all([OpenIdProvider.start(), OpenIdProvider.start()]);
  const assembly = temporaryDirectory('identities');
  synthesizeIdentities(assembly, providers[0].issuer);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(async () => {
  await engine?.stop();
  await Promise.all((providers ?? []).map((provider) => provider.stop()));
});

function urlOf(api: string): string {
  const stack = ['Shop', 'Other'].find((prefix) => api.startsWith(prefix)) ?? STACK;
  return deployment.apiUrl(stack, `${api}Url`);
}

/** Returns a caller of one of the APIs. */
function caller(api: string, headers: Record<string, string> = {}): Caller {
  const signs = ['Iam', 'Header'].includes(api);
  return new Caller(urlOf(api), headers, signs ? signedBy(engine, engine.credentials) : fetch);
}

const bearing = (api: string, token: string) => caller(api, { Authorization: token });
const named = (api: string, owner: string) => caller(api, { [OWNER_HEADER]: owner });

async function signIn(client = 'Client'): Promise<Tokens> {
  const outputs = deployment.outputs(STACK);
  return signInToCognito(engine, outputs.UserPool, outputs[client]);
}

/** Returns a token of a user, who is somebody else each time by default. */
function tokenOf(provider: OpenIdProvider, claims: object = {}): string {
  return `Bearer ${provider.token({ aud: AUDIENCE, sub: randomUUID(), ...claims })}`;
}

const PAIRS: [string, () => Promise<[Caller, Caller]>][] = [
  ['owners that a trusted caller names, on an HTTP API', async () => [named('Header', 'ada'), named('Header', 'eve')]],
  ['users of an OpenID provider', async () => [bearing('Jwt', tokenOf(providers[0])), bearing('Jwt', tokenOf(providers[0]))]],
  ['users of an OpenID provider with a scope', async () => [
    bearing('Scoped', tokenOf(providers[0], { scope: SCOPE })), bearing('Scoped', tokenOf(providers[0], { scope: `openid ${SCOPE}` })),
  ]],
  ['users of a pool, on an HTTP API', async () => [bearing('Users', (await signIn()).IdToken), bearing('Users', (await signIn()).AccessToken)]],
  ['tenants of an authorizer with simple responses', async () => [bearing('Simple', 'ada'), bearing('Simple', 'eve')]],
  ['tenants of an authorizer with policies, on an HTTP API', async () => [bearing('Policy', 'ada'), bearing('Policy', 'eve')]],
  ["users of a pool, with the shop's authorizer", async () => [bearing('ShopUsers', (await signIn()).IdToken), bearing('ShopUsers', (await signIn()).IdToken)]],
  ['users of a pool, below a resource of another stack', async () => [bearing('OtherUsers', (await signIn()).IdToken), bearing('OtherUsers', (await signIn()).IdToken)]],
  ['tenants of an authorizer of another stack', async () => [bearing('OtherTenants', 'ada'), bearing('OtherTenants', 'eve')]],
];

test.each(PAIRS)('two %s can only see their own tasks', async (_, pair) => expectOwnTasksOnly(...await pair()));

test.each(['Iam', 'None'])('all callers share their tasks, with authorization %s on an HTTP API', async (api) => {
  await expectSharedTasks(caller(api), named(api, 'eve'));
});

test('a user of a pool is the same owner with an ID token and an access token', async () => {
  const { IdToken, AccessToken } = await signIn();
  await expectSharedTasks(bearing('Users', IdToken), bearing('Users', AccessToken));
});

const UNAUTHORIZED = { message: 'Unauthorized' };
const FORBIDDEN = { message: 'Forbidden' };
const NO_OWNER = (key: string) => expect.objectContaining({
  status: 403, detail: `the caller's identity has no usable '${key}', which identifies the owner of the tasks`,
});

test.each<[string, string, () => Promise<string> | string, number, object]>([
  ['Jwt', 'of another issuer', () => tokenOf(providers[1]), 401, UNAUTHORIZED],
  ['Jwt', 'of another issuer that says it is this one', () => tokenOf(providers[1], { iss: providers[0].issuer }), 401, UNAUTHORIZED],
  ['Jwt', 'for another audience', () => tokenOf(providers[0], { aud: 'other' }), 401, UNAUTHORIZED],
  ['Jwt', 'that has expired', () => tokenOf(providers[0], { exp: 1_000_000_000 }), 401, UNAUTHORIZED],
  ['Jwt', 'without a subject', () => tokenOf(providers[0], { sub: undefined }), 403, NO_OWNER('sub')],
  ['Scoped', 'without a scope', () => tokenOf(providers[0]), 403, FORBIDDEN],
  ['Scoped', 'with another scope', () => tokenOf(providers[0], { scope: 'tasks/read' }), 403, FORBIDDEN],
  ['Users', 'of another app client', async () => (await signIn('OtherClient')).IdToken, 401, UNAUTHORIZED],
  ['Users', 'of an OpenID provider', () => tokenOf(providers[0]), 401, UNAUTHORIZED],
  ['Simple', 'that the authorizer refuses', () => 'mallory', 403, FORBIDDEN],
  ['Simple', 'without a tenant', () => 'nobody', 403, NO_OWNER('tenant')],
  ['Policy', 'that the authorizer refuses', () => 'mallory', 403, FORBIDDEN],
  ['Policy', 'without a tenant', () => 'nobody', 403, NO_OWNER('tenant')],
  ['OtherTenants', 'without a tenant', () => 'nobody', 403, NO_OWNER('tenant')],
  ['OtherTenants', 'that the authorizer refuses', () => 'mallory', 403, { oops: expect.any(String) }],
  ['ShopUsers', 'of an OpenID provider', () => tokenOf(providers[0]), 401, { oops: 'Unauthorized' }],
  ['OtherUsers', 'of an OpenID provider', () => tokenOf(providers[0]), 401, { oops: 'Unauthorized' }],
])('%s refuses a token %s', async (api, _, token, status, body) => {
  const response = await bearing(api, await token()).request('GET', 'tasks');
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual(body);
});

test.each(['Jwt', 'Users', 'Simple', 'Policy'])('%s refuses a request without a token', async (api) => {
  const response = await caller(api).request('GET', 'tasks');
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual(UNAUTHORIZED);
});

test.each(['Iam', 'Header', 'Jwt', 'Users', 'Simple', 'Policy', 'None', 'ShopUsers', 'OtherUsers', 'OtherTenants'])('%s answers preflights, which have no token', async (api) => {
  const preflight = await new Caller(urlOf(api)).request('OPTIONS', 'tasks', undefined, {
    'Origin': ORIGIN, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization',
  });
  expect([preflight.status, preflight.headers.get('Access-Control-Allow-Origin')]).toEqual([204, ORIGIN]);
  const allowed = preflight.headers.get('Access-Control-Allow-Headers')!.toLowerCase().split(',');
  expect(allowed).toEqual(expect.arrayContaining(['authorization', ...(api === 'Header' ? [OWNER_HEADER.toLowerCase()] : [])]));
});

test('with ownerIncludesIssuer, a user of a new provider is another owner than the one with the same subject before', async () => {
  const sub = randomUUID();
  const taskIds: Record<string, string> = {};
  const seen: Record<string, number> = {};
  for (const [index, provider] of providers.entries()) {
    const assembly = temporaryDirectory(`issuer-${index}`);
    synthesizeIssuer(assembly, provider.issuer);
    const deployed = await deploy(engine, assembly);
    for (const api of ['Distinct', 'Mixed']) {
      const user = new Caller(deployed.apiUrl('Issuers', `${api}Url`), { Authorization: tokenOf(provider, { sub }) });
      if (index === 0) taskIds[api] = await user.create();
      else seen[api] = (await user.request('GET', `tasks/${taskIds[api]}`)).status;
    }
  }
  expect(seen).toEqual({ Distinct: 404, Mixed: 200 });
});

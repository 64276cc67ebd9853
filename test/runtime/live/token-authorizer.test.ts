import { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { TokenAuthorizer } from '../../../src/runtime/live/token-authorizer';
import { TokenVerifier } from '../../../src/runtime/live/token-verifier';
import { aConnectRequest, METHOD_ARN } from '../../support/connect-request';
import { OpenIdProvider } from '../../support/open-id-provider';

let provider: OpenIdProvider;
let logged: jest.SpyInstance[];

beforeAll(async () => { provider = await OpenIdProvider.start(); });
afterAll(() => provider.stop());

beforeEach(() => {
  provider.reset();
  logged = (['debug', 'info', 'log', 'warn', 'error'] as const).map((level) => jest.spyOn(console, level).mockReset().mockImplementation());
});

function authorize(event: APIGatewayRequestAuthorizerEvent, ownerPlace = 'claim:sub') {
  return new TokenAuthorizer(new TokenVerifier({ issuer: provider.issuer, audience: ['app'], scopes: [] }), ownerPlace).authorize(event);
}

const lines = () => logged.flatMap(({ mock }) => mock.calls).flat();
const policy = (Effect: string) => ({
  principalId: 'token',
  policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource: METHOD_ARN }] },
});

/** Expects that a request is denied, and that its log is one line which says why in fixed words. */
async function expectDenied(event: APIGatewayRequestAuthorizerEvent, reason: string, ownerPlace?: string): Promise<void> {
  expect(await authorize(event, ownerPlace)).toEqual(policy('Deny'));
  expect(lines()).toEqual([{ message: 'token refused', reason }]);
}

describe('a valid token allows its request alone, with its owner and its end', () => {
  const exp = Math.floor(Date.now() / 1000) + 200;

  test.each<[string, (token: string) => APIGatewayRequestAuthorizerEvent]>([
    ['in the list of subprotocols', (token) => aConnectRequest({ headers: { 'Sec-WebSocket-Protocol': `cdk-task-manager, bearer.${token}` } })],
    ['in the query string', (token) => aConnectRequest({ query: { token } })],
  ])('%s', async (_, requestWith) => {
    const request = requestWith(provider.token({ aud: 'app', sub: 'ada', exp }));
    expect(await authorize(request)).toEqual({ ...policy('Allow'), context: { owner: 'ada', expiresAt: exp } });
    expect(lines()).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['claim:tenant', { tenant: 'acme' }, 'acme'], ['claim:custom:tenant', { 'custom:tenant': 'ünïcödé' }, 'ünïcödé'],
    ['claim:tenant', { tenant: 7 }, '7'], ['claim:tenant', { tenant: 'x'.repeat(256) }, 'x'.repeat(256)],
  ])('from %s of %j', async (place, claims, owner) => {
    const { context } = await authorize(aConnectRequest({ query: { token: provider.token({ aud: 'app', exp, ...claims }) } }), place);
    expect(context).toEqual({ owner, expiresAt: exp });
  });

  test('from the issuer and a claim', async () => {
    const { context } = await authorize(aConnectRequest({ query: { token: provider.token({ aud: 'app', sub: 'ada' }) } }), 'issuer-and-claim:sub');
    expect(context!.owner).toBe(`${provider.issuer}#ada`);
  });

  test('before the end of the second in which it ends', async () => {
    const { context } = await authorize(aConnectRequest({ query: { token: provider.token({ aud: 'app', sub: 'ada', exp: exp + 0.9 }) } }));
    expect(context!.expiresAt).toBe(exp);
  });
});

describe('a request is denied, and its log says why in fixed words,', () => {
  test('without a token', async () => expectDenied(aConnectRequest(), 'the request has none'));

  test('with two tokens', async () => {
    const [ada, eve] = ['ada', 'eve'].map((sub) => provider.token({ aud: 'app', sub }));
    await expectDenied(aConnectRequest({ headers: { 'sec-websocket-protocol': `bearer.${ada}` }, query: { token: eve } }), 'the request has two different ones');
  });

  test.each(['secret', '', 'x'.repeat(8_000)])('with a token that is none: %.10s', async (token) => {
    await expectDenied(aConnectRequest({ query: { token } }), 'it is malformed');
  });

  test('with a token that has expired', async () => {
    await expectDenied(aConnectRequest({ query: { token: provider.token({ aud: 'app', sub: 'ada', exp: 1_000_000_000 }) } }), 'it has expired');
  });

  test.each([undefined, null, '', true, ['ada'], { id: 'ada' }, 'x'.repeat(257), '\ud800', 2 ** 53])('with the owner %j', async (tenant) => {
    await expectDenied(aConnectRequest({ query: { token: provider.token({ aud: 'app', tenant }) } }), 'it has no usable owner', 'claim:tenant');
  });
});

test('the authorizer fails without a log line of its own if the issuer is down, so that the client can try again', async () => {
  provider.answer('/keys', (response) => response.writeHead(503).end());
  await expect(authorize(aConnectRequest({ query: { token: provider.token({ aud: 'app', sub: 'ada' }) } })))
    .rejects.toThrow(`${provider.issuer}/keys can't be read: status 503`);
  expect(lines()).toEqual([]);
});

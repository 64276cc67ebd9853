import type { handler as Handler } from '../../src/runtime/live-authorizer.lambda';
import { aConnectRequest } from '../support/connect-request';
import { OpenIdProvider } from '../support/open-id-provider';

let provider: OpenIdProvider;

beforeAll(async () => { provider = await OpenIdProvider.start(); });
afterAll(() => provider.stop());

/** Loads the handler, which reads its configuration when it is loaded. */
function configured(variables: Record<string, string>): typeof Handler {
  Object.assign(process.env, { TOKEN_ISSUER: provider.issuer, TOKEN_AUDIENCE: 'app web', OWNER: 'claim:tenant', ...variables });
  jest.resetModules();
  return jest.requireActual<{ handler: typeof Handler }>('../../src/runtime/live-authorizer.lambda').handler;
}

const request = (claims: object) => aConnectRequest({ query: { token: provider.token({ tenant: 'acme', ...claims }) } });
const effectOf = async (asked: ReturnType<typeof Handler>) => (await asked).policyDocument.Statement[0].Effect;

test.each(['app', 'web'])('the handler allows tokens for the configured audience %s', async (aud) => {
  const handler = configured({ TOKEN_SCOPES: '' });
  expect(await handler(request({ aud }))).toMatchObject({
    policyDocument: { Statement: [{ Effect: 'Allow' }] }, context: { owner: 'acme', expiresAt: expect.any(Number) },
  });
});

test('the handler requires one of the configured scopes', async () => {
  jest.spyOn(console, 'info').mockImplementation();
  const handler = configured({ TOKEN_SCOPES: 'tasks/read tasks/write' });
  expect(await effectOf(handler(request({ aud: 'app', scope: 'tasks/write' })))).toBe('Allow');
  expect(await effectOf(handler(request({ aud: 'app' })))).toBe('Deny');
});

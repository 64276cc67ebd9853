import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { ServerResponse } from 'node:http';
import { ProviderDocuments } from '../../../src/runtime/live/provider-documents';
import { TokenRefused } from '../../../src/runtime/live/token-refused';
import { TokenRules, TokenVerifier } from '../../../src/runtime/live/token-verifier';
import { CONFIGURATION_PATH, KEYS_PATH, OpenIdProvider } from '../../support/open-id-provider';

const AUDIENCE = 'app';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let provider: OpenIdProvider;
/** How far the clock of the verifier is ahead. */
let aheadMs: number;

beforeAll(async () => { provider = await OpenIdProvider.start(); });
afterAll(() => provider.stop());

beforeEach(() => {
  provider.reset();
  aheadMs = 0;
});

afterEach(() => { jest.useRealTimers(); });

const aVerifier = (rules: Partial<TokenRules> = {}, documents = new ProviderDocuments()) =>
  new TokenVerifier({ issuer: provider.issuer, audience: [AUDIENCE], scopes: [], ...rules }, documents, () => Date.now() + aheadMs);
const verify = (token: string, rules?: Partial<TokenRules>) => aVerifier(rules).verify(token);
const aToken = (claims: object = {}, header?: object) => provider.token({ aud: AUDIENCE, sub: 'ada', ...claims }, undefined, header);
const seconds = () => Math.floor(Date.now() / 1000);
const base64Url = (value: object | string) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Expects that a token is refused, for this reason and with no word about the token. */
async function expectRefused(verified: Promise<unknown>, reason: string): Promise<void> {
  const error = await verified.then(() => undefined, (thrown) => thrown);
  expect([error?.constructor, error?.message]).toEqual([TokenRefused, reason]);
}

/** Expects an error that is not about the token. */
async function expectFailure(verified: Promise<unknown>, message: string): Promise<void> {
  const error = await verified.then(() => undefined, (thrown) => thrown);
  expect(error).not.toBeInstanceOf(TokenRefused);
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toContain(message);
}

test('the claims of a valid token are returned, with the keys that the discovery document names', async () => {
  expect(await verify(aToken({ tenant: 'a' }))).toMatchObject({ iss: provider.issuer, aud: AUDIENCE, sub: 'ada', tenant: 'a', exp: expect.any(Number) });
  expect(provider.requests).toEqual([CONFIGURATION_PATH, KEYS_PATH]);
});

describe('a token is refused', () => {
  test.each([
    ['if it is empty', ''], ['if it is no JWT', 'secret'], ['if it has two parts', 'a.b'], ['if it has four parts', 'a.b.c.d'],
    ['if its parts are no JSON', 'YQ.YQ.YQ'], ['if its header is a list', `${base64Url([])}.${base64Url({})}.YQ`],
    ['if its claims are a list', `${base64Url({ alg: 'RS256' })}.${base64Url([])}.YQ`],
    ['if it has a character of Base64 that is not in URLs', 'ab+/.YQ.YQ'],
    ['if it is very long', 'x'.repeat(1_000_000)],
    ['if it has very many parts', 'x.'.repeat(500_000)],
  ])('%s', async (_, token) => {
    await expectRefused(verify(token), 'it is malformed');
  });

  test.each([{ exp: '9999999999' }, { exp: null }, { nbf: 'now' }, { iat: true }, { aud: 7 }, { aud: [AUDIENCE, 7] }, { scope: ['a'] }])('if a claim has a wrong type: %j', async (claims) => {
    await expectRefused(verify(aToken(claims)), 'it is malformed');
  });

  test('if somebody else signed it with the name of the key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await expectRefused(verify(provider.token({ aud: AUDIENCE }, privateKey)), 'its signature is wrong');
  });

  test('if its claims are other than those that were signed', async () => {
    const [header, , signature] = aToken().split('.');
    const claims = { iss: provider.issuer, aud: AUDIENCE, sub: 'eve', exp: seconds() + 300 };
    await expectRefused(verify(`${header}.${base64Url(claims)}.${signature}`), 'its signature is wrong');
  });

  test('if its signature is too short', async () => {
    await expectRefused(verify(aToken().replace(/[^.]+$/, 'YQ')), 'its signature is wrong');
  });

  test.each(['none', 'None', 'HS256', 'ES256', 'PS256', 'EdDSA', '', undefined])('with the algorithm %s', async (alg) => {
    await expectRefused(verify(aToken({}, { alg })), 'its algorithm is not one of RSA');
  });

  test('without a signature', async () => {
    const [header, claims] = aToken({}, { alg: 'none' }).split('.');
    await expectRefused(verify(`${header}.${claims}.`), 'it is malformed');
  });

  test('if it is signed with the public key as a shared secret', async () => {
    const [header, claims] = aToken({}, { alg: 'HS256' }).split('.');
    const signature = createHmac('sha256', JSON.stringify(provider.publicKey)).update(`${header}.${claims}`).digest('base64url');
    await expectRefused(verify(`${header}.${claims}.${signature}`), 'its algorithm is not one of RSA');
  });

  test('with another algorithm than that of its key', async () => {
    await expectRefused(verify(aToken({}, { alg: 'RS512' })), 'its algorithm is not the one of its key');
  });

  test.each([undefined, ''])('with %j as its key', async (kid) => {
    await expectRefused(verify(aToken({}, { kid })), kid === undefined ? 'it names no key' : 'its issuer has no such key');
  });

  test('with a key for encryption', async () => {
    provider.publish({ ...provider.publicKey, kid: 'encryption', use: 'enc' });
    await expectRefused(verify(aToken({}, { kid: 'encryption' })), 'its key is not one for signatures');
  });

  test('with a key of an unknown type', async () => {
    provider.publish({ kty: 'oct', kid: 'secret', k: 'AAAA' });
    await expectRefused(verify(aToken({}, { kid: 'secret' })), 'its key is not one of RSA');
  });

  test('with a key of another type than its algorithm', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    provider.publish({ ...publicKey.export({ format: 'jwk' }), kid: 'curve' });
    await expectRefused(verify(aToken({}, { kid: 'curve' })), 'its key is not one of RSA');
    await expectRefused(verify(provider.token({ aud: AUDIENCE }, privateKey, { kid: 'curve', alg: 'ES256' })), 'its algorithm is not one of RSA');
  });

  test('after its end', async () => {
    await expectRefused(verify(aToken({ exp: seconds() - 1 })), 'it has expired');
    expect(await verify(aToken({ exp: seconds() + 30 }))).toBeDefined();
  });

  test('without an end', async () => {
    await expectRefused(verify(aToken({ exp: undefined })), 'it has no end');
  });

  test('before it is valid', async () => {
    await expectRefused(verify(aToken({ nbf: seconds() + 60 })), 'it is not valid yet');
    expect(await verify(aToken({ nbf: seconds() - 1 }))).toBeDefined();
  });

  test('if it was issued in the future', async () => {
    await expectRefused(verify(aToken({ iat: seconds() + 60 })), 'it was issued in the future');
    expect(await verify(aToken({ iat: undefined }))).toBeDefined();
  });

  test.each(['https://other.example', undefined, ''])('of the issuer %j', async (iss) => {
    await expectRefused(verify(aToken({ iss })), 'it is of another issuer');
  });

  test('of the same issuer with a slash', async () => {
    await expectRefused(verify(aToken({ iss: `${provider.issuer}/` })), 'it is of another issuer');
  });
});

describe('the audience', () => {
  const ofTwo = { audience: [AUDIENCE, 'other'] };

  test.each<object>([
    { aud: 'other' }, { aud: ['third', 'other'] }, { aud: undefined, client_id: AUDIENCE }, { aud: AUDIENCE, client_id: 'third' },
  ])('is one of those allowed: %j', async (claims) => {
    expect(await verify(aToken(claims), ofTwo)).toBeDefined();
  });

  test.each<object>([
    { aud: 'third' }, { aud: [] }, { aud: ['third'] }, { aud: `${AUDIENCE} other` }, { aud: undefined }, { aud: '' },
    { aud: undefined, client_id: 'third' }, { aud: undefined, client_id: 7 }, { aud: undefined, client_id: null },
    // As API Gateway does: client_id counts only if there is no aud.
    { aud: 'third', client_id: AUDIENCE }, { aud: [], client_id: AUDIENCE },
  ])('is none of those allowed: %j', async (claims) => {
    await expectRefused(verify(aToken(claims), ofTwo), 'it is for another audience');
  });
});

describe('with scopes', () => {
  const rules = { scopes: ['tasks/read', 'tasks/write'] };

  test.each([
    { scope: 'tasks/read' }, { scope: 'openid tasks/write' }, { scp: 'tasks/read' }, { scp: ['openid', 'tasks/write'] },
    { scope: 'openid', scp: ['tasks/read'] },
  ])('a token needs one of them: %j', async (claims) => {
    expect(await verify(aToken(claims), rules)).toBeDefined();
  });

  test.each([{}, { scope: '' }, { scope: 'openid' }, { scope: 'tasks' }, { scope: 'tasks/read,tasks/write' }, { scp: [] }, { scp: { 'tasks/read': true } }, { scp: null }])('a token without one is refused: %j', async (claims) => {
    await expectRefused(verify(aToken(claims), rules), 'it has none of the scopes');
  });
});

describe('the keys of the issuer', () => {
  test('are asked for once for many tokens', async () => {
    const verifier = aVerifier();
    for (const sub of ['ada', 'eve', 'bob']) expect(await verifier.verify(aToken({ sub }))).toMatchObject({ sub });
    expect(provider.requests).toEqual([CONFIGURATION_PATH, KEYS_PATH]);
  });

  test('are not asked for because of tokens that could not be accepted anyway', async () => {
    const verifier = aVerifier({ scopes: ['tasks/read'] });
    for (const claims of [{}, { aud: 'other' }, { iss: 'https://other.example' }, { exp: undefined }]) {
      await expect(verifier.verify(aToken(claims))).rejects.toThrow(TokenRefused);
    }
    expect(provider.requests).toEqual([]);
  });

  test('are asked for again if a token has a new key', async () => {
    const verifier = aVerifier();
    const before = aToken();
    await verifier.verify(before);
    provider.rotateKey();
    expect(await verifier.verify(aToken())).toMatchObject({ sub: 'ada' });
    expect(provider.requests).toEqual([CONFIGURATION_PATH, KEYS_PATH, KEYS_PATH]);
    await expectRefused(verifier.verify(before), 'its issuer has no such key');
  });

  test('are asked for once in ten seconds because of unknown keys', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    const verifier = aVerifier();
    await expectRefused(verifier.verify(aToken({}, { kid: 'unknown' })), 'its issuer has no such key');
    for (const kid of ['unknown', 'other']) await expectRefused(verifier.verify(aToken({}, { kid })), 'its issuer had no such key a moment ago');
    expect(await verifier.verify(aToken())).toMatchObject({ sub: 'ada' });
    expect(provider.requests).toEqual([CONFIGURATION_PATH, KEYS_PATH]);

    provider.rotateKey();
    jest.advanceTimersByTime(10_000);
    expect(await verifier.verify(aToken())).toMatchObject({ sub: 'ada' });
    expect(provider.requests).toEqual([CONFIGURATION_PATH, KEYS_PATH, KEYS_PATH]);
  });

  test('are no longer used an hour later if they were withdrawn', async () => {
    const verifier = aVerifier();
    const withdrawn = aToken();
    await verifier.verify(withdrawn);
    provider.rotateKey();
    aheadMs = HOUR_MS - MINUTE_MS;
    expect(await verifier.verify(withdrawn)).toBeDefined();
    aheadMs = HOUR_MS;
    await expectRefused(verifier.verify(withdrawn), 'its issuer has no such key');
    expect(await verifier.verify(aToken())).toBeDefined();
  });

  test('can be those of an issuer with a path and a slash', async () => {
    const issuer = `${provider.issuer}/tenant/`;
    const configuration = (response: ServerResponse) => response.end(JSON.stringify({ issuer, jwks_uri: `${provider.issuer}/keys` }));
    provider.answer('/tenant/.well-known/openid-configuration', configuration);
    expect(await verify(aToken({ iss: issuer }), { issuer })).toMatchObject({ iss: issuer });
  });
});

describe('the verifier fails, instead of refusing the token,', () => {
  const configuration = (document: unknown) => provider.answer(CONFIGURATION_PATH, (response) => response.end(JSON.stringify(document)));

  test('if the issuer is down, and works when it is back', async () => {
    const verifier = aVerifier();
    provider.answer(CONFIGURATION_PATH, (response) => response.destroy());
    await expectFailure(verifier.verify(aToken()), `${provider.issuer}${CONFIGURATION_PATH} can't be read: SocketError`);
    provider.answer(CONFIGURATION_PATH);
    expect(await verifier.verify(aToken())).toBeDefined();
  });

  test('if nobody listens at its address', async () => {
    const gone = await OpenIdProvider.start();
    const { issuer } = gone;
    const token = gone.token({ aud: AUDIENCE });
    await gone.stop();
    await expectFailure(verify(token, { issuer }), 'ECONNREFUSED');
  });

  test.each([CONFIGURATION_PATH, KEYS_PATH])('if %s does not end in time, after two attempts', async (path) => {
    provider.answer(path, (response) => response.writeHead(200).write('{'));
    await expectFailure(aVerifier({}, new ProviderDocuments(1_000)).verify(aToken()), `${provider.issuer}${path} can't be read: TimeoutError`);
    expect(provider.requests.filter((request) => request === path)).toHaveLength(2);
  });

  test.each([CONFIGURATION_PATH, KEYS_PATH])('but not if the second attempt to get %s succeeds', async (path) => {
    provider.answer(path, (response) => {
      provider.answer(path);
      response.destroy();
    });
    expect(await verify(aToken())).toBeDefined();
  });

  test.each([301, 302, 307, 308])('if the issuer redirects with status %d', async (status) => {
    provider.answer(CONFIGURATION_PATH, (response) => response.writeHead(status, { Location: KEYS_PATH }).end());
    await expectFailure(verify(aToken()), 'unexpected redirect');
    expect(provider.requests).not.toContain(KEYS_PATH);
  });

  test.each([404, 500, 204])('if the issuer answers with status %d', async (status) => {
    provider.answer(CONFIGURATION_PATH, (response) => response.writeHead(status).end());
    await expectFailure(verify(aToken()), `can't be read: status ${status}`);
  });

  test('if the issuer answers with HTML', async () => {
    provider.answer(CONFIGURATION_PATH, (response) => response.end('<html>'));
    await expectFailure(verify(aToken()), `${CONFIGURATION_PATH} is not JSON`);
  });

  test('if the keys are HTML', async () => {
    provider.answer(KEYS_PATH, (response) => response.end('<html>'));
    await expectFailure(verify(aToken()), 'JWKS could not be parsed as JSON');
  });

  test.each<[object, string]>([
    [{ keys: [{ kid: 'key', kty: 'RSA' }] }, 'Missing modulus'],
    [{ keys: [{ kid: 'key', kty: 'RSA', n: '', e: 'AQAB' }] }, 'Missing modulus'],
    [{ keys: [{ kid: 'key' }] }, 'JWK kty should be a string'], [{}, 'JWKS does not include keys'], [[], 'JWKS should be an object'],
  ])('if the keys are unusable: %j', async (keys, message) => {
    provider.answer(KEYS_PATH, (response) => response.end(JSON.stringify(keys)));
    await expectFailure(verify(aToken({}, { kid: 'key' })), message);
  });

  test.each([null, {}, [], { issuer: 'https://other.example' }])('if the document is of another issuer: %j', async (document) => {
    configuration(document);
    await expectFailure(verify(aToken()), `${CONFIGURATION_PATH} describes another issuer`);
  });

  test('if the document is that of the issuer with a slash', async () => {
    configuration({ issuer: `${provider.issuer}/`, jwks_uri: `${provider.issuer}${KEYS_PATH}` });
    await expectFailure(verify(aToken()), `${CONFIGURATION_PATH} describes another issuer`);
  });

  test.each([undefined, 7, 'keys', 'file:///etc/passwd'])('if the document says that the keys are at %j', async (jwksUri) => {
    configuration({ issuer: provider.issuer, jwks_uri: jwksUri });
    await expectFailure(verify(aToken()), `${CONFIGURATION_PATH} has no jwks_uri with the scheme of the issuer`);
  });
});

test('a token that RS512 signed is accepted if its key says so', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  provider.publish({ ...publicKey.export({ format: 'jwk' }), kid: 'long', alg: 'RS512' });
  const parts = [{ alg: 'RS512', kid: 'long' }, { iss: provider.issuer, aud: AUDIENCE, exp: seconds() + 300 }].map(base64Url).join('.');
  expect(await verify(`${parts}.${sign('RSA-SHA512', Buffer.from(parts), privateKey).toString('base64url')}`)).toBeDefined();
});

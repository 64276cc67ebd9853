import { ownerFrom } from '../../../src/runtime/http/owner';
import { Problem } from '../../../src/runtime/http/problem';
import { aRequest } from '../../support/builders';

const withHeaders = (headers: Record<string, string>) => aRequest('GET /tasks', { headers });
const withAuthorizer = (authorizer?: object | null) => aRequest('GET /tasks', { requestContext: { authorizer } as any });

function problemOf(find: () => unknown) {
  try {
    find();
  } catch (error) {
    if (error instanceof Problem) return { status: error.status, detail: error.message, errors: error.errors };
    throw error;
  }
  throw new Error('there was an owner');
}

test('a request has no owner if all callers share their tasks', () => {
  const request = { ...withHeaders({ 'X-Owner': 'ann' }), ...withAuthorizer({ principalId: 'ann', claims: { sub: 'ann' } }) };
  expect(ownerFrom(undefined)(request)).toBeUndefined();
});

test('an owner that UTF-8 cannot encode is refused, because another one could have the same bytes', () => {
  expect(problemOf(() => ownerFrom('claim:sub')(withAuthorizer({ claims: { sub: '\ud800' } }))).status).toBe(403);
});

describe('an owner that is issuer and claim', () => {
  const ownerOf = ownerFrom('issuer-and-claim:sub');
  const ofClaims = (claims: object) => ownerOf(withAuthorizer({ claims }));

  test('is another one for each issuer', () => {
    expect(ofClaims({ iss: 'https://a.example/', sub: '1' })).toBe('https://a.example/#1');
    expect(ofClaims({ iss: 'https://b.example/', sub: '1' })).toBe('https://b.example/#1');
  });

  test.each([{ sub: '1' }, { iss: 'https://a.example/' }, { iss: '', sub: '1' }, { iss: 'https://a.example/', sub: '1'.repeat(240) }])('is refused with the claims %j', (claims) => {
    expect(problemOf(() => ofClaims(claims)).status).toBe(403);
  });
});

describe('an owner in a header', () => {
  const ownerOf = ownerFrom('header:X-Owner');

  test.each(['X-Owner', 'x-owner', 'X-OWNER'])('is found in %s, in upper or lower case', (name) => {
    expect(ownerOf(withHeaders({ Accept: '*/*', [name]: 'ann' }))).toBe('ann');
  });

  test.each(['a', '0', 'urn:tenant:1/ann@example.org', '~'.repeat(255)])('can be %s', (owner) => {
    expect(ownerOf(withHeaders({ 'X-Owner': owner }))).toBe(owner);
  });

  test('can be in a header whose name has a colon', () => {
    expect(ownerFrom('header:X:Owner')(withHeaders({ 'X:Owner': 'ann' }))).toBe('ann');
  });

  test('is required', () => {
    expect(problemOf(() => ownerOf(withHeaders({ 'X-Owner2': 'ann' })))).toEqual({
      status: 400,
      detail: 'the header X-Owner is missing: it identifies the owner of the tasks',
      errors: [{ header: 'X-Owner', detail: 'is missing: it identifies the owner of the tasks' }],
    });
  });

  test.each(['', ' ', 'a b', 'ann, bob', 'ü', 'a\n', '~'.repeat(256)])('cannot be %j', (owner) => {
    expect(problemOf(() => ownerOf(withHeaders({ 'X-Owner': owner })))).toMatchObject({
      status: 400, errors: [{ header: 'X-Owner', detail: 'must be 1 to 255 visible ASCII characters' }],
    });
  });

  test.each<Record<string, string[]>>([
    { 'X-Owner': ['bob', 'ann'] },
    { 'X-Owner': ['ann', 'ann'] },
    { 'X-Owner': ['bob'], 'x-owner': ['ann'] },
  ])('cannot be sent twice: %j', (multiValueHeaders) => {
    const request = aRequest('GET /tasks', { headers: { 'X-Owner': 'ann' }, multiValueHeaders });
    expect(problemOf(() => ownerOf(request))).toMatchObject({ status: 400, errors: [{ header: 'X-Owner', detail: 'must be sent only once' }] });
  });

  test('is not taken from a token or an authorizer', () => {
    expect(problemOf(() => ownerOf(withAuthorizer({ 'X-Owner': 'ann', 'claims': { 'X-Owner': 'ann' } })))).toMatchObject({ status: 400 });
  });
});

describe.each([
  ['claim:custom:tenant', 'custom:tenant', (owner: unknown) => ({ claims: { 'custom:tenant': owner } })],
  ['context:principalId', 'principalId', (owner: unknown) => ({ principalId: owner })],
])('an owner in %s', (source, name, authorizerWith) => {
  const ownerOf = ownerFrom(source);

  test.each(['a', 'a b', 'ünïcödé', '§'.repeat(256), ' '])('can be %s', (owner) => {
    expect(ownerOf(withAuthorizer(authorizerWith(owner)))).toBe(owner);
  });

  test.each([[7, '7'], [0, '0']])('can be the number %d, which is converted to text', (owner, text) => {
    expect(ownerOf(withAuthorizer(authorizerWith(owner)))).toBe(text);
  });

  test.each([undefined, null, '', true, {}, ['ann'], 'x'.repeat(257), 2 ** 53, 1.5])('cannot be %j', (owner) => {
    expect(problemOf(() => ownerOf(withAuthorizer(authorizerWith(owner))))).toEqual({
      status: 403, detail: `the caller's identity has no usable '${name}', which identifies the owner of the tasks`, errors: undefined,
    });
  });

  test.each([undefined, null, {}])('is missing if the authorizer returned %j', (authorizer) => {
    expect(problemOf(() => ownerOf(withAuthorizer(authorizer)))).toMatchObject({ status: 403 });
  });

  test('is not taken from a header', () => {
    expect(problemOf(() => ownerOf(withHeaders({ [name]: 'ann' })))).toMatchObject({ status: 403 });
  });
});

test('a claim is not taken from the context of an authorizer, or the other way round', () => {
  expect(problemOf(() => ownerFrom('claim:sub')(withAuthorizer({ sub: 'ann' })))).toMatchObject({ status: 403 });
  expect(problemOf(() => ownerFrom('context:sub')(withAuthorizer({ claims: { sub: 'ann' } })))).toMatchObject({ status: 403 });
});

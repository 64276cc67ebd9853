import { withCors } from '../../../src/runtime/http/cors';
import { aRequest } from '../../support/builders';

const REPLY = { statusCode: 200, headers: { ETag: '"1"' }, body: '{}' };
const EXPOSED = { 'Access-Control-Expose-Headers': 'ETag, Idempotent-Replayed, Location, Preference-Applied, Retry-After' };

const headersFor = (headers: Record<string, string>, allowOrigins: string[], allowCredentials?: boolean) =>
  withCors(aRequest('GET /tasks', { headers }), REPLY, { allowOrigins, allowCredentials }).headers;

test('allows an accepted origin to read replies to requests with credentials, if that is configured', () => {
  const [app, other] = ['https://app.example', 'https://other.example'];
  expect(headersFor({ Origin: app }, [app], true)).toMatchObject({ 'Access-Control-Allow-Origin': app, 'Access-Control-Allow-Credentials': 'true' });
  expect(headersFor({ Origin: other }, [app], true)).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

test.each(['Origin', 'origin', 'ORIGIN'])('allows an accepted origin, sent as %s, to read the reply and some headers', (name) => {
  expect(headersFor({ [name]: 'https://app.example' }, ['https://other.example', 'https://app.example'])).toEqual({
    'ETag': '"1"', 'Vary': 'Origin', 'Access-Control-Allow-Origin': 'https://app.example', ...EXPOSED,
  });
});

test.each([
  'https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'https://app.example:8080', 'https://APP.example', 'null', '',
])('does not allow the origin %j, which is not accepted, and still sets Vary', (origin) => {
  expect(headersFor({ Origin: origin }, ['https://app.example'])).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

test('sets Vary in the reply to a request without an origin', () => {
  expect(headersFor({}, ['https://app.example'])).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

test.each<Record<string, string>>([{ Origin: 'https://app.example' }, { Origin: 'null' }, {}])('allows any origin to read the reply if all are accepted: %j', (headers) => {
  expect(headersFor(headers, ['*'])).toMatchObject({ 'Access-Control-Allow-Origin': '*', ...EXPOSED });
});

test('leaves status and body unchanged', () => {
  expect(withCors(aRequest('GET /tasks', { headers: {} }), REPLY, { allowOrigins: ['*'] })).toMatchObject({ statusCode: 200, body: '{}' });
});

test('accepts a request without any headers, as the console of API Gateway sends it', () => {
  expect(withCors(aRequest('GET /tasks', { headers: null! }), REPLY, { allowOrigins: ['https://app.example'] }).headers).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

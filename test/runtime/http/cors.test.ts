import { withCors } from '../../../src/runtime/http/cors';
import { aRequest } from '../../support/builders';

const REPLY = { statusCode: 200, headers: { ETag: '"1"' }, body: '{}' };
const EXPOSED = { 'Access-Control-Expose-Headers': 'ETag, Idempotent-Replayed, Location, Preference-Applied, Retry-After' };

const headersFor = (headers: Record<string, string>, allowOrigins: string[]) => withCors(aRequest('GET /tasks', { headers }), REPLY, allowOrigins).headers;

test('without origins a reply stays as it is', () => {
  expect(withCors(aRequest('GET /tasks', { headers: { Origin: 'https://app.example' } }), REPLY, [])).toBe(REPLY);
});

test.each(['Origin', 'origin', 'ORIGIN'])('an origin that is allowed may read the reply, and some headers: %s', (name) => {
  expect(headersFor({ [name]: 'https://app.example' }, ['https://other.example', 'https://app.example'])).toEqual({
    'ETag': '"1"', 'Vary': 'Origin', 'Access-Control-Allow-Origin': 'https://app.example', ...EXPOSED,
  });
});

test.each([
  'https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'https://app.example:8080', 'https://APP.example', 'null', '',
])('the origin %j, which is another one, may not, and no cache may give it to it', (origin) => {
  expect(headersFor({ Origin: origin }, ['https://app.example'])).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

test('a request without an origin gets no leave, and no cache may give its reply to one', () => {
  expect(headersFor({}, ['https://app.example'])).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

test.each<Record<string, string>>([{ Origin: 'https://app.example' }, { Origin: 'null' }, {}])('every origin may read the reply when all are allowed: %j', (headers) => {
  expect(headersFor(headers, ['*'])).toMatchObject({ 'Access-Control-Allow-Origin': '*', ...EXPOSED });
});

test('status and body stay as they are', () => {
  expect(withCors(aRequest('GET /tasks', { headers: {} }), REPLY, ['*'])).toMatchObject({ statusCode: 200, body: '{}' });
});

test('a request without any headers, as the console sends it to try the API, is answered too', () => {
  expect(withCors(aRequest('GET /tasks', { headers: null! }), REPLY, ['https://app.example']).headers).toEqual({ ETag: '"1"', Vary: 'Origin' });
});

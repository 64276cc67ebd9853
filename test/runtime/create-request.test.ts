import { MAX_BODY_BYTES, parseCreateRequest } from '../../src/runtime/create-request';
import { Problem } from '../../src/runtime/problem';
import { aRequest } from '../builders';

const parse = (request: Parameters<typeof aRequest>[1]) => parseCreateRequest(aRequest('POST /tasks', request), 3600);

function problemOf(request: Parameters<typeof aRequest>[1]) {
  try {
    parse(request);
  } catch (error) {
    if (error instanceof Problem) return JSON.parse(error.toResponse().body);
    throw error;
  }
  throw new Error('the request was accepted');
}

test.each(['application/json', 'Application/JSON; charset=utf-8'])('accepts content type %s', (contentType) => {
  expect(parse({ headers: { 'content-type': contentType }, body: '{"type":"export"}' })).toEqual({ type: 'export' });
});

test.each([null!, {}, { 'Content-Type': undefined }, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'application/jsonp' }, { 'Content-Type': 'x-application/json' }, { Accept: 'application/json' }])('refuses content type %j', (headers) => {
  expect(problemOf({ headers, body: '{"type":"export"}' })).toEqual({
    title: 'Unsupported Media Type', status: 415, detail: 'the body must be JSON, sent with Content-Type: application/json',
  });
});

test('reads a body that API Gateway encoded', () => {
  const body = Buffer.from('{"type":"export","payload":"ü"}').toString('base64');
  expect(parse({ body, isBase64Encoded: true })).toEqual({ type: 'export', payload: 'ü' });
});

test('accepts a body of the greatest length', () => {
  const body = JSON.stringify({ type: 'export', payload: '' });
  const padded = body.replace('""', `"${'x'.repeat(MAX_BODY_BYTES - body.length)}"`);
  expect(parse({ body: padded }).type).toBe('export');
});

test('refuses a body of a byte more', () => {
  expect(problemOf({ body: 'x'.repeat(MAX_BODY_BYTES + 1) })).toMatchObject({
    status: 413, detail: 'the body has 65537 bytes, and at most 65536 are allowed',
  });
});

test.each([null, '', '{', '{"type":'])('refuses %j, which is no JSON', (body) => {
  expect(problemOf({ body })).toEqual({ title: 'Bad Request', status: 400, detail: 'the body is not valid JSON' });
});

test.each([
  ['[]', [{ pointer: '#/type', detail: 'is missing' }]],
  ['null', [{ pointer: '#', detail: 'must be a JSON object' }]],
  ['"export"', [{ pointer: '#', detail: 'must be a JSON object' }]],
  ['{}', [{ pointer: '#/type', detail: 'is missing' }]],
  ['{"type":1}', [{ pointer: '#/type', detail: 'must be a string' }]],
  ['{"type":""}', [{ pointer: '#/type', detail: 'must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$' }]],
  ['{"type":"a b"}', [{ pointer: '#/type', detail: 'must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$' }]],
  [`{"type":"${'a'.repeat(65)}"}`, [{ pointer: '#/type', detail: 'must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$' }]],
  ['{"type":"export","a/b~":1}', [{ pointer: '#/a~1b~0', detail: 'is not a known member' }]],
  ['{"type":"export","__proto__":1}', [{ pointer: '#/__proto__', detail: 'is not a known member' }]],
  ['{"typ":"export"}', [{ pointer: '#/type', detail: 'is missing' }, { pointer: '#/typ', detail: 'is not a known member' }]],
])('says what is wrong with %s, and where', (body, errors) => {
  expect(problemOf({ body })).toEqual({ title: 'Bad Request', status: 400, detail: 'the body is not a valid task', errors });
});

test.each([1, 60, 3600])('accepts a task that asks for %d seconds', (timeoutSeconds) => {
  expect(parse({ body: JSON.stringify({ type: 'export', timeoutSeconds }) })).toEqual({ type: 'export', timeoutSeconds });
});

test.each([0, -1, 0.5, '60', null, Number.MAX_SAFE_INTEGER + 1])('refuses a task that asks for %j seconds', (timeoutSeconds) => {
  expect(problemOf({ body: JSON.stringify({ type: 'export', timeoutSeconds }) })).toEqual({
    title: 'Bad Request',
    status: 400,
    detail: 'the body is not a valid task',
    errors: [{ pointer: '#/timeoutSeconds', detail: 'must be a whole number of seconds, at least 1' }],
  });
});

test('refuses a task that asks for more time than there is', () => {
  expect(problemOf({ body: '{"type":"export","timeoutSeconds":3601}' })).toEqual({
    title: 'Unprocessable Entity',
    status: 422,
    detail: 'the task can not be given that much time',
    errors: [{ pointer: '#/timeoutSeconds', detail: 'must be at most 3600' }],
  });
});

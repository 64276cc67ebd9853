import { STATUS_CODES } from 'node:http';
import { parseCreateRequest } from '../../../src/runtime/http/create-request';
import { Problem } from '../../../src/runtime/http/problem';
import { TaskTypes } from '../../../src/runtime/http/task-types';
import { aRequest } from '../../support/builders';

const MAX_BYTES = 1000;

const parse = (request: Parameters<typeof aRequest>[1], taskTypes?: TaskTypes) => (
  parseCreateRequest(aRequest('POST /tasks', request), { maxRequestBytes: MAX_BYTES, taskTimeoutSeconds: 3600, taskTypes })
);

function responseTo(...request: Parameters<typeof parse>) {
  try {
    parse(...request);
  } catch (error) {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  }
  throw new Error('the request was accepted');
}

function problemOf(...request: Parameters<typeof parse>) {
  return JSON.parse(responseTo(...request).body);
}

test.each([
  'application/json', 'Application/JSON; charset=utf-8', 'application/json;charset=utf-8', 'application/json ; charset=utf-8', 'application/json; Charset="UTF-8"',
  'application/json; charset=utf8', 'application/json; odata=verbose; charset=utf-8', 'application/json; version=1', 'application/json;', 'application/json;charset=',
])('accepts Content-Type %s', (contentType) => {
  expect(parse({ headers: { 'content-type': contentType }, body: '{"type":"export"}' })).toEqual({ type: 'export' });
});

test.each([null!, {}, { 'Content-Type': undefined }, { 'Content-Type': 'text/plain' }, { 'Content-Type': 'application/jsonp' }, { 'Content-Type': 'x-application/json' }, { 'Content-Type': 'application/json-patch+json' }, { 'Content-Type': 'application/problem+json' }, { 'Content-Type': 'text/plain, application/json' }, { Accept: 'application/json' }])('refuses the headers %j, whose Content-Type is not JSON', (headers) => {
  expect(problemOf({ headers, body: '{"type":"export"}' })).toEqual({
    title: 'Unsupported Media Type', status: 415, detail: 'the body must be JSON, with Content-Type: application/json',
  });
});

test.each([
  'iso-8859-1', 'latin1', 'utf-16', 'UTF-16LE', 'us-ascii', 'windows-1252', '"utf-16"', '"utf-8, iso-8859-1"', 'shift_jis', 'none', "'utf-8'",
])('refuses the charset %s, which is not UTF-8', (charset) => {
  expect(problemOf({ headers: { 'Content-Type': `application/json; Charset=${charset}` }, body: '{"type":"export"}' })).toEqual({
    title: 'Unsupported Media Type', status: 415, detail: 'the body must be UTF-8, but its Content-Type declares another charset',
  });
});

describe('a request with Content-Encoding', () => {
  const encoded = (...encodings: string[]) => ({
    multiValueHeaders: { 'content-type': ['application/json'], 'content-encoding': encodings }, body: '{"type":"export"}',
  });

  test.each([[['identity']], [['Identity']], [['']], [['identity', 'identity']]])('%j is accepted, because the body is not encoded', (encodings) => {
    expect(parse(encoded(...encodings))).toEqual({ type: 'export' });
  });

  test.each([[['gzip']], [['GZIP']], [['br']], [['identity, gzip']], [['identity', 'deflate']], [['zstd']], [['aws-chunked']], [['unknown']]])('%j is refused', (encodings) => {
    expect(problemOf(encoded(...encodings))).toEqual({
      title: 'Unsupported Media Type', status: 415, detail: 'the body must not have a Content-Encoding: send it uncompressed',
    });
  });

  test('is refused with an Accept-Encoding', () => {
    expect(responseTo(encoded('gzip')).headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Accept-Encoding': 'identity' });
  });
});

test.each(['{"type":"export","payload":"ü"}', '\ufeff{"type":"export","payload":"ü"}'])('parses a body in UTF-8, with or without a byte order mark: %j', (body) => {
  expect(parse({ body })).toEqual({ type: 'export', payload: 'ü' });
  expect(parse({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true })).toEqual({ type: 'export', payload: 'ü' });
});

test('skips only one byte order mark, at the start of the body', () => {
  expect(problemOf({ body: '\ufeff\ufeff{"type":"export"}' })).toMatchObject({ status: 400, detail: 'the body is not valid JSON' });
  expect(parse({ body: '{"type":"export","payload":"\ufeff"}' })).toEqual({ type: 'export', payload: '\ufeff' });
});

test('counts the byte order mark in the size of the body', () => {
  expect(problemOf({ body: `\ufeff${aBodyOf(MAX_BYTES - 2)}` })).toMatchObject({ status: 413 });
});

test('parses a body that API Gateway encoded in base64', () => {
  const body = Buffer.from('{"type":"export","payload":"ü"}').toString('base64');
  expect(parse({ body, isBase64Encoded: true })).toEqual({ type: 'export', payload: 'ü' });
});

/** Returns a body of a length in bytes. */
const aBodyOf = (bytes: number, character = 'x') => {
  const rest = bytes - '{"type":"export","payload":""}'.length;
  return JSON.stringify({ type: 'export', payload: character.repeat(rest / Buffer.byteLength(character)) });
};

test('accepts a body of the maximum length', () => {
  expect(parse({ body: aBodyOf(MAX_BYTES) }).type).toBe('export');
});

test('refuses a body that is one byte longer than the maximum', () => {
  expect(problemOf({ body: aBodyOf(MAX_BYTES + 1) })).toEqual({
    title: STATUS_CODES[413], status: 413, detail: 'the body has 1001 bytes; the maximum is 1000',
  });
});

test('measures a body in bytes instead of characters', () => {
  expect(parse({ body: aBodyOf(MAX_BYTES, 'ü') }).type).toBe('export');
  expect(problemOf({ body: aBodyOf(MAX_BYTES + 2, 'ü') })).toMatchObject({ status: 413, detail: 'the body has 1002 bytes; the maximum is 1000' });
});

test('measures a body that API Gateway encoded in base64 by its decoded length', () => {
  const encoded = (bytes: number) => ({ body: Buffer.from(aBodyOf(bytes)).toString('base64'), isBase64Encoded: true });
  expect(parse(encoded(MAX_BYTES)).type).toBe('export');
  expect(problemOf(encoded(MAX_BYTES + 1))).toMatchObject({ status: 413 });
});

test('does not parse a body that is too long', () => {
  expect(problemOf({ body: 'x'.repeat(MAX_BYTES + 1) })).toMatchObject({ status: 413 });
});

test('refuses a payload that is too long when it is serialized again, such as many numbers with exponents', () => {
  // Serialized again, each has 21 digits and a comma.
  const payload = Array(46).fill('1e20').join(',');
  expect(problemOf({ body: `{"type":"export","payload":[${payload}]}` })).toEqual({
    title: STATUS_CODES[413], status: 413, detail: 'the payload has 1013 bytes; the maximum is 1000',
  });
});

test('accepts a payload that has the maximum length when it is serialized again', () => {
  const payload = `[${Array(45).fill('1e20').join(',')},"${'x'.repeat(6)}"]`;
  expect(JSON.stringify(parse({ body: `{"type":"export","payload":${payload}}` }).payload)).toHaveLength(MAX_BYTES);
  expect(problemOf({ body: `{"type":"export","payload":${payload.replace('"x', '"xx')}}` })).toMatchObject({ status: 413 });
});

test.each([null, '', '{', '{"type":'])('refuses the body %j, which is not JSON', (body) => {
  expect(problemOf({ body })).toEqual({ title: 'Bad Request', status: 400, detail: 'the body is not valid JSON' });
});

test.each([
  ['{"type":"export","payload":"\\ud800"}', 'contains a string that is not valid Unicode'],
  ['{"type":"export","\\udfff":1}', 'contains a string that is not valid Unicode'],
  ['{"type":"export","payload":1e400}', 'contains a number that is too large'],
  [`{"type":"export","payload":${'['.repeat(128)}${']'.repeat(128)}}`, 'is nested deeper than 128 levels'],
])('refuses the body %s, which some JSON parsers cannot read', (body, detail) => {
  expect(problemOf({ body })).toEqual({ title: 'Bad Request', status: 400, detail: `the body ${detail}` });
});

test('accepts a payload with 127 levels of nesting', () => {
  const payload = '['.repeat(127) + ']'.repeat(127);
  expect(JSON.stringify(parse({ body: `{"type":"export","payload":${payload}}` }).payload)).toBe(payload);
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
  ['{"type":"export","a/b~":1}', [{ pointer: '#/a~1b~0', detail: 'is not a known property' }]],
  ['{"type":"export","ü%":1}', [{ pointer: '#/%C3%BC%25', detail: 'is not a known property' }]],
  ['{"type":"export","toString":1}', [{ pointer: '#/toString', detail: 'is not a known property' }]],
  ['{"type":"export","__proto__":1}', [{ pointer: '#/__proto__', detail: 'is not a known property' }]],
  ['{"typ":"export"}', [{ pointer: '#/type', detail: 'is missing' }, { pointer: '#/typ', detail: 'is not a known property' }]],
])('returns each error in %s with its place', (body, errors) => {
  expect(problemOf({ body })).toEqual({ title: 'Bad Request', status: 400, detail: 'the body is not a valid task', errors });
});

test.each([1, 60, 3600])('accepts a timeout of %d seconds', (timeoutSeconds) => {
  expect(parse({ body: JSON.stringify({ type: 'export', timeoutSeconds }) })).toEqual({ type: 'export', timeoutSeconds });
});

test.each([0, -1, 0.5, '60', null, [60]])('refuses a timeout of %j seconds', (timeoutSeconds) => {
  expect(problemOf({ body: JSON.stringify({ type: 'export', timeoutSeconds }) })).toEqual({
    title: 'Bad Request',
    status: 400,
    detail: 'the body is not a valid task',
    errors: [{ pointer: '#/timeoutSeconds', detail: 'must be a whole number of seconds, at least 1' }],
  });
});

test.each([3601, Number.MAX_SAFE_INTEGER + 1, 1e300])('refuses a timeout of %d seconds, which exceeds the maximum', (timeoutSeconds) => {
  expect(problemOf({ body: JSON.stringify({ type: 'export', timeoutSeconds }) })).toEqual({
    title: 'Unprocessable Entity',
    status: 422,
    detail: 'timeoutSeconds exceeds the limit of this API',
    errors: [{ pointer: '#/timeoutSeconds', detail: 'must be at most 3600' }],
  });
});

describe('with a list of accepted task types', () => {
  const taskTypes = new TaskTypes([{ taskType: 'export', payloadSchema: { properties: { rows: { type: 'integer' } } } }, { taskType: 'report' }]);

  test('accepts a task of a listed type', () => {
    expect(parse({ body: '{"type":"export","payload":{"rows":1}}' }, taskTypes)).toEqual({ type: 'export', payload: { rows: 1 } });
  });

  test.each([
    ['{"type":"other"}', [{ pointer: '#/type', detail: 'must be one of export, report' }]],
    ['{"type":"export"}', [{ pointer: '#/payload', detail: 'is missing' }]],
    ['{"type":"export","payload":{"rows":"1"}}', [{ pointer: '#/payload/rows', detail: expect.any(String) }]],
  ])('refuses %s, and returns the place of the error', (body, errors) => {
    expect(problemOf({ body }, taskTypes)).toMatchObject({ title: 'Unprocessable Entity', status: 422, errors });
  });

  test('checks the form of the body before the task type', () => {
    expect(problemOf({ body: '{"type":"other","timeoutSeconds":0}' }, taskTypes)).toMatchObject({ status: 400 });
  });
});

test('refuses a body that is not valid UTF-8', () => {
  const body = Buffer.concat([Buffer.from('{"type":"export","payload":"'), Buffer.from([0xff]), Buffer.from('"}')]).toString('base64');
  expect(problemOf({ body, isBase64Encoded: true })).toEqual({ title: 'Bad Request', status: 400, detail: 'the body is not valid UTF-8' });
});

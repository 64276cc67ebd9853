import { tokenOf } from '../../../src/runtime/live/connect-token';

const NOTHING = { headers: null, multiValueHeaders: null, queryStringParameters: null, multiValueQueryStringParameters: null };

interface Sent {
  readonly headers?: Record<string, string[]>;
  readonly query?: Record<string, string[]>;
}

/** Returns the token of a request with these headers and parameters, of which API Gateway sends all values, and the last ones besides. */
function tokenIn({ headers = {}, query = {} }: Sent): string {
  const last = (values: Record<string, string[]>) => Object.fromEntries(Object.entries(values).map(([name, all]) => [name, all.at(-1)!]));
  return tokenOf({
    headers: last(headers), multiValueHeaders: headers, queryStringParameters: last(query), multiValueQueryStringParameters: query,
  });
}

describe('the token', () => {
  test.each(['Sec-WebSocket-Protocol', 'sec-websocket-protocol', 'SEC-WEBSOCKET-PROTOCOL'])('is found in the header %s', (name) => {
    expect(tokenIn({ headers: { Host: ['a'], [name]: ['cdk-task-manager, bearer.a.b.c'] } })).toBe('a.b.c');
  });

  test.each<string[]>([
    ['bearer.a.b.c,cdk-task-manager'], ['cdk-task-manager,bearer.a.b.c'], [' cdk-task-manager ,  bearer.a.b.c '], ['bearer.a.b.c'],
    ['cdk-task-manager', 'bearer.a.b.c'], ['bearer.a.b.c', 'bearer.a.b.c, other'],
  ])('is found in the subprotocols %j %j', (...lines) => {
    expect(tokenIn({ headers: { 'Sec-WebSocket-Protocol': lines } })).toBe('a.b.c');
  });

  test('is found in the query parameter token', () => {
    expect(tokenIn({ query: { owner: ['eve'], token: ['a.b.c'] } })).toBe('a.b.c');
  });

  test('is found where requests have single values only', () => {
    expect(tokenOf({ ...NOTHING, headers: { 'sec-websocket-protocol': 'cdk-task-manager, bearer.a.b.c' } })).toBe('a.b.c');
    expect(tokenOf({ ...NOTHING, queryStringParameters: { token: 'a.b.c' } })).toBe('a.b.c');
  });

  test('can be in both places if it is the same', () => {
    expect(tokenIn({ headers: { 'Sec-WebSocket-Protocol': ['bearer.a.b.c'] }, query: { token: ['a.b.c'] } })).toBe('a.b.c');
  });
});

test.each<Sent>([
  { headers: { 'Sec-WebSocket-Protocol': ['bearer.a.b.c'] }, query: { token: ['d.e.f'] } },
  { headers: { 'Sec-WebSocket-Protocol': ['bearer.a.b.c, bearer.d.e.f'] } },
  { headers: { 'Sec-WebSocket-Protocol': ['bearer.a.b.c', 'bearer.d.e.f'] } },
  { headers: { 'Sec-WebSocket-Protocol': ['bearer.a.b.c'], 'sec-websocket-protocol': ['bearer.d.e.f'] } },
  { query: { token: ['a.b.c', 'd.e.f'] } },
  { query: { token: ['', 'd.e.f'] } },
])('two different tokens are refused: %j', (request) => {
  expect(() => tokenIn(request)).toThrow('the request has two different ones');
});

test.each<Sent>([
  {},
  { headers: { 'Sec-WebSocket-Protocol': ['cdk-task-manager'] } },
  { headers: { 'Sec-WebSocket-Protocol': ['Bearer.a.b.c, xbearer.a.b.c'] } },
  { headers: { 'Sec-WebSocket-Protocol': [] } },
  { headers: { Authorization: ['Bearer a.b.c'] } },
  { query: { Token: ['a.b.c'] } },
])('a request without a token is refused: %j', (request) => {
  expect(() => tokenIn(request)).toThrow('the request has none');
});

test.each([NOTHING, { ...NOTHING, multiValueHeaders: { 'Sec-WebSocket-Protocol': undefined } }])('a request without anything is refused: %j', (request) => {
  expect(() => tokenOf(request)).toThrow('the request has none');
});

import { Template } from 'aws-cdk-lib/assertions';
import { templateOf } from '../../support/constructs';

/** Returns the gateway responses of a template, by type. */
function responsesOf(template: Template): Record<string, any> {
  const responses = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse')).map(({ Properties }) => Properties);
  return Object.fromEntries(responses.map((response) => [response.ResponseType, response]));
}

/** Returns the headers of a gateway response, without the prefix of their names and the quotes of their values. */
function headersOf(response: any): Record<string, string> {
  const headers = Object.entries<string>(response.ResponseParameters);
  return Object.fromEntries(headers.map(([name, value]) => [name.replace(/^gatewayresponse\.header\./, ''), value.replace(/^'(.*)'$/, '$1')]));
}

const responses = responsesOf(templateOf());
const TYPES = ['DEFAULT_4XX', 'DEFAULT_5XX', 'MISSING_AUTHENTICATION_TOKEN', 'THROTTLED', 'UNAUTHORIZED'];

test('all errors that API Gateway itself can return have a gateway response', () => {
  expect(Object.keys(responses).sort()).toEqual(TYPES);
});

describe.each(TYPES)('the response %s', (type) => {
  const response = responses[type];

  test('is problem details for any Accept header, and is not cached', () => {
    expect(Object.keys(response.ResponseTemplates)).toEqual(['application/json']);
    expect(headersOf(response)).toMatchObject({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  });

  test('keeps the status', () => {
    expect(response).not.toHaveProperty('StatusCode');
  });

  test('has all headers in the quotes of a static value', () => {
    for (const [name, value] of Object.entries(response.ResponseParameters)) {
      expect(name).toMatch(/^gatewayresponse\.header\.[A-Za-z-]+$/);
      expect(value).toMatch(/^'[^']+'$/);
    }
  });

  // $context.error.messageString includes the quotes.
  test.each(['"Forbidden"', '"a \\"quoted\\" word"'])('is valid JSON with the message %s', (messageString) => {
    const body: string = response.ResponseTemplates['application/json'].replace('$context.error.messageString', () => messageString);
    expect(body).not.toContain('$');
    expect(JSON.parse(body)).toEqual(expect.objectContaining({ detail: expect.any(String) }));
  });
});

test.each([
  ['MISSING_AUTHENTICATION_TOKEN', { title: 'Forbidden', status: 403, detail: 'the request is not authenticated, or there is no such resource or method' }],
  ['UNAUTHORIZED', { title: 'Unauthorized', status: 401, detail: 'the request has no valid credentials' }],
  ['THROTTLED', { title: 'Too Many Requests', status: 429, detail: 'there are too many requests at present' }],
])('the response %s describes the error', (type, problem) => {
  expect(JSON.parse(responses[type].ResponseTemplates['application/json'])).toEqual(problem);
});

test('an internal error does not reveal its cause', () => {
  expect(responses.DEFAULT_5XX.ResponseTemplates['application/json']).not.toContain('$context');
});

test('only a throttled client gets Retry-After', () => {
  expect(TYPES.filter((type) => 'Retry-After' in headersOf(responses[type]))).toEqual(['THROTTLED']);
  expect(headersOf(responses.THROTTLED)['Retry-After']).toBe('1');
});

test('only a client without valid credentials gets WWW-Authenticate', () => {
  expect(TYPES.filter((type) => 'WWW-Authenticate' in headersOf(responses[type]))).toEqual(['UNAUTHORIZED']);
  expect(headersOf(responses.UNAUTHORIZED)['WWW-Authenticate']).toBe('Bearer');
});

test('the API is deployed after its gateway responses', () => {
  const template = templateOf();
  const [{ DependsOn }] = Object.values(template.findResources('AWS::ApiGateway::Deployment'));
  expect(DependsOn).toEqual(expect.arrayContaining(Object.keys(template.findResources('AWS::ApiGateway::GatewayResponse'))));
});

test('the API is deployed again if its gateway responses change', () => {
  const [one, two] = [undefined, ['*']].map((corsAllowOrigins) => Object.keys(templateOf({ corsAllowOrigins }).findResources('AWS::ApiGateway::Deployment'))[0]);
  expect(two).not.toBe(one);
});

describe('CORS', () => {
  const corsHeaders = (response: any) => Object.fromEntries(Object.entries(headersOf(response)).filter(([name]) => name.startsWith('Access-Control-')));

  test('is off by default', () => {
    for (const type of TYPES) expect(corsHeaders(responses[type])).toEqual({});
  });

  test.each([
    ['one origin', ['https://app.example.com'], 'https://app.example.com'],
    ['all origins', ['*'], '*'],
    ['several origins, which a static header can\'t list', ['https://a.example.com', 'https://b.example.com'], '*'],
  ])('allows scripts of %s to read all errors', (_, corsAllowOrigins, allowed) => {
    const withCors = responsesOf(templateOf({ corsAllowOrigins }));
    for (const type of TYPES) {
      expect(corsHeaders(withCors[type])).toEqual({ 'Access-Control-Allow-Origin': allowed, 'Access-Control-Expose-Headers': 'Retry-After' });
    }
  });
});

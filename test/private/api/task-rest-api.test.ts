import { Lazy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskApiAuth, TaskManagerProps } from '../../../src';
import { apiVariablesOf, methodsOf, templateOf } from '../../support/constructs';

const ORIGIN = 'https://app.example.com';

/** Returns the integrations that answer preflights, by path. */
function preflights(props: TaskManagerProps): Record<string, any> {
  return Object.fromEntries(Object.entries(methodsOf(templateOf(props))).filter(([method]) => method.startsWith('OPTIONS ')).map(([method, { Integration }]) => [method.slice(8), Integration]));
}

/** Returns the headers of a preflight of `/tasks`, without API Gateway's quotes. */
function preflightHeaders(props: TaskManagerProps): Record<string, string> {
  const [{ ResponseParameters }] = preflights(props)['/tasks'].IntegrationResponses;
  return Object.fromEntries(Object.entries<string>(ResponseParameters).map(([name, value]) => [name.replace('method.response.header.', ''), value.slice(1, -1)]));
}

describe('without corsAllowOrigins', () => {
  const template = templateOf();

  test('the API has no preflights', () => {
    expect(Object.keys(methodsOf(template)).filter((method) => method.startsWith('OPTIONS'))).toEqual([]);
  });

  test('the function gets no origins', () => {
    expect(apiVariablesOf(template)).not.toHaveProperty('ALLOW_ORIGINS');
  });
});

describe('corsAllowOrigins', () => {
  test('adds a preflight to each resource, without credentials and without the function', () => {
    const methods = methodsOf(templateOf({ corsAllowOrigins: [ORIGIN] }));
    const options = Object.keys(methods).filter((method) => method.startsWith('OPTIONS '));
    expect(options.sort()).toEqual(['OPTIONS /tasks', 'OPTIONS /tasks/{taskId}', 'OPTIONS /tasks/{taskId}/cancel']);
    for (const method of options) expect(methods[method]).toMatchObject({ AuthorizationType: 'NONE', Integration: { Type: 'MOCK' } });
  });

  test('does not change the authorization of the other methods', () => {
    const methods = methodsOf(templateOf({ corsAllowOrigins: [ORIGIN] }));
    for (const method of ['GET /tasks', 'GET /tasks/{taskId}', 'POST /tasks', 'POST /tasks/{taskId}/cancel']) expect(methods[method].AuthorizationType).toBe('AWS_IAM');
  });

  test('allows the request headers of the API, and exposes its response headers', () => {
    expect(preflightHeaders({ corsAllowOrigins: [ORIGIN] })).toEqual({
      'Access-Control-Allow-Origin': ORIGIN,
      'Access-Control-Allow-Methods': 'GET,POST',
      'Access-Control-Allow-Headers': 'Authorization,Content-Type,Idempotency-Key,If-None-Match,Prefer,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,baggage,traceparent,tracestate,X-Amzn-Trace-Id,X-Request-Id',
      'Access-Control-Expose-Headers': 'ETag,Idempotent-Replayed,Location,Preference-Applied,Retry-After',
      'Access-Control-Max-Age': '7200',
      'Vary': 'Origin',
    });
  });

  test('allows the header of the owner, too', () => {
    const headers = preflightHeaders({ corsAllowOrigins: [ORIGIN], auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }) });
    expect(headers['Access-Control-Allow-Headers']).toMatch(/,X-Task-Owner$/);
  });

  test('does not allow cookies or other credentials of the browser', () => {
    expect(preflightHeaders({ corsAllowOrigins: ['*'] })).not.toHaveProperty('Access-Control-Allow-Credentials');
  });

  test('can be all origins', () => {
    expect(preflightHeaders({ corsAllowOrigins: ['*'] })['Access-Control-Allow-Origin']).toBe('*');
  });

  test('with several origins returns the one of the request', () => {
    const [{ ResponseTemplates }] = preflights({ corsAllowOrigins: [ORIGIN, 'http://localhost:3000'] })['/tasks'].IntegrationResponses;
    expect(ResponseTemplates['application/json']).toContain('"http://localhost:3000"');
    expect(ResponseTemplates['application/json']).toContain('$context.responseOverride.header.Access-Control-Allow-Origin = $origin');
  });

  test.each([[['*'], '*'], [[ORIGIN, 'http://localhost:3000', 'capacitor://localhost'], `${ORIGIN},http://localhost:3000,capacitor://localhost`]])('is passed to the function: %j', (corsAllowOrigins, variable) => {
    expect(apiVariablesOf(templateOf({ corsAllowOrigins })).ALLOW_ORIGINS).toBe(variable);
  });

  test('can be a Token', () => {
    const template = templateOf({ corsAllowOrigins: [Lazy.string({ produce: () => ORIGIN })] });
    expect(apiVariablesOf(template).ALLOW_ORIGINS).toBe(ORIGIN);
  });

  test.each([
    '', 'app.example.com', 'https://', 'https://app.example.com/', 'https://app.example.com/path', 'https://*.example.com', '//app.example.com', 'null',
    'https://a.example.com,https://b.example.com', "https://a'b", 'https://a b', 'HTTPS://app.example.com',
    'https://App.example.com', 'https://app.example.com:443', 'https://app.example.com?x', 'https://ann@app.example.com',
  ])('%j is refused', (origin) => {
    expect(() => templateOf({ corsAllowOrigins: [ORIGIN, origin] })).toThrow(`corsAllowOrigins must have origins such as 'https://app.example.com', or '*', got '${origin}'`);
  });

  test('must not be empty', () => {
    expect(() => templateOf({ corsAllowOrigins: [] })).toThrow('corsAllowOrigins must have at least one origin, got none: omit it to disable CORS');
  });

  test('must not have * beside other origins', () => {
    expect(() => templateOf({ corsAllowOrigins: ['*', ORIGIN] })).toThrow(`corsAllowOrigins must not have '*' beside other origins, got '*', '${ORIGIN}'`);
  });
});

describe('accessLogs', () => {
  const stageOf = (accessLogs?: boolean) => Object.values(templateOf({ accessLogs }).findResources('AWS::ApiGateway::Stage'))[0].Properties;

  test.each([undefined, false])('%s writes no access logs, and needs no role', (accessLogs) => {
    expect(stageOf(accessLogs)).not.toHaveProperty('AccessLogSetting');
    templateOf({ accessLogs }).resourceCountIs('AWS::Logs::LogGroup', 5);
  });

  test('true writes access logs to a log group of the API', () => {
    expect(stageOf(true).AccessLogSetting.DestinationArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^TasksApiAccessLog/), 'Arn'] });
  });

  test('true keeps the log group for logRetention, and deletes it with the stack', () => {
    const log = (props?: TaskManagerProps) => Object.entries(templateOf({ accessLogs: true, ...props }).findResources('AWS::Logs::LogGroup')).find(([id]) => id.startsWith('TasksApiAccessLog'))![1];
    expect(log()).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
    expect(log({ logRetention: logs.RetentionDays.ONE_YEAR }).Properties.RetentionInDays).toBe(365);
  });

  test('true does not change the settings of the account, and logs no requests and responses', () => {
    const template = templateOf({ accessLogs: true });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
    template.hasResourceProperties('AWS::ApiGateway::Stage', { MethodSettings: [Match.objectLike({ DataTraceEnabled: false, LoggingLevel: Match.absent() })] });
  });

  test('a line is JSON without caller, address, task id, headers and query', () => {
    const line = JSON.parse(stageOf(true).AccessLogSetting.Format);
    expect(line).toEqual({
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      httpMethod: '$context.httpMethod',
      // The route, '/tasks/{taskId}'; $context.path would have the id.
      resourcePath: '$context.resourcePath',
      xrayTraceId: '$context.xrayTraceId',
      status: '$context.status',
      errorResponseType: '$context.error.responseType',
      responseLength: '$context.responseLength',
      responseLatency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
    });
  });
});

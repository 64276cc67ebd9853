import { Lazy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskApiAuth, TaskManagerProps } from '../../../src';
import { apiVariablesOf, methodsOf, templateOf } from '../../support/constructs';

const ORIGIN = 'https://app.example.com';

/** The methods of the API that answer preflights, by their paths. */
function preflights(props: TaskManagerProps): Record<string, any> {
  return Object.fromEntries(Object.entries(methodsOf(templateOf(props))).filter(([method]) => method.startsWith('OPTIONS ')).map(([method, { Integration }]) => [method.slice(8), Integration]));
}

/** What a preflight of the tasks says, without API Gateway's quotes. */
function preflightHeaders(props: TaskManagerProps): Record<string, string> {
  const [{ ResponseParameters }] = preflights(props)['/tasks'].IntegrationResponses;
  return Object.fromEntries(Object.entries<string>(ResponseParameters).map(([name, value]) => [name.replace('method.response.header.', ''), value.slice(1, -1)]));
}

describe('without corsAllowOrigins', () => {
  const template = templateOf();

  test('there are no preflights', () => {
    expect(Object.keys(methodsOf(template)).filter((method) => method.startsWith('OPTIONS'))).toEqual([]);
  });

  test('the function knows of no origins', () => {
    expect(apiVariablesOf(template)).not.toHaveProperty('ALLOW_ORIGINS');
  });
});

describe('corsAllowOrigins', () => {
  test('has a preflight for every resource, that needs no credentials and reaches no function', () => {
    const methods = methodsOf(templateOf({ corsAllowOrigins: [ORIGIN] }));
    const options = Object.keys(methods).filter((method) => method.startsWith('OPTIONS '));
    expect(options.sort()).toEqual(['OPTIONS /tasks', 'OPTIONS /tasks/{taskId}', 'OPTIONS /tasks/{taskId}/cancel']);
    for (const method of options) expect(methods[method]).toMatchObject({ AuthorizationType: 'NONE', Integration: { Type: 'MOCK' } });
  });

  test('leaves the authorization of the other methods as it is', () => {
    const methods = methodsOf(templateOf({ corsAllowOrigins: [ORIGIN] }));
    for (const method of ['GET /tasks', 'GET /tasks/{taskId}', 'POST /tasks', 'POST /tasks/{taskId}/cancel']) expect(methods[method].AuthorizationType).toBe('AWS_IAM');
  });

  test('allows the headers of a request that the API knows, and shows those of a reply', () => {
    expect(preflightHeaders({ corsAllowOrigins: [ORIGIN] })).toEqual({
      'Access-Control-Allow-Origin': ORIGIN,
      'Access-Control-Allow-Methods': 'GET,POST',
      'Access-Control-Allow-Headers': 'Authorization,Content-Type,Idempotency-Key,If-None-Match,Prefer,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,baggage,traceparent,tracestate,X-Amzn-Trace-Id,X-Request-Id',
      'Access-Control-Expose-Headers': 'ETag,Idempotent-Replayed,Location,Preference-Applied,Retry-After',
      'Access-Control-Max-Age': '7200',
      'Vary': 'Origin',
    });
  });

  test('allows the header of the owner too', () => {
    const headers = preflightHeaders({ corsAllowOrigins: [ORIGIN], auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }) });
    expect(headers['Access-Control-Allow-Headers']).toMatch(/,X-Task-Owner$/);
  });

  test('never allows credentials that the browser has of itself', () => {
    expect(preflightHeaders({ corsAllowOrigins: ['*'] })).not.toHaveProperty('Access-Control-Allow-Credentials');
  });

  test('may be every origin', () => {
    expect(preflightHeaders({ corsAllowOrigins: ['*'] })['Access-Control-Allow-Origin']).toBe('*');
  });

  test('of several has a preflight name that which asks', () => {
    const [{ ResponseTemplates }] = preflights({ corsAllowOrigins: [ORIGIN, 'http://localhost:3000'] })['/tasks'].IntegrationResponses;
    expect(ResponseTemplates['application/json']).toContain('"http://localhost:3000"');
    expect(ResponseTemplates['application/json']).toContain('$context.responseOverride.header.Access-Control-Allow-Origin = $origin');
  });

  test.each([[['*'], '*'], [[ORIGIN, 'http://localhost:3000', 'capacitor://localhost'], `${ORIGIN},http://localhost:3000,capacitor://localhost`]])('is told to the function: %j', (corsAllowOrigins, variable) => {
    expect(apiVariablesOf(templateOf({ corsAllowOrigins })).ALLOW_ORIGINS).toBe(variable);
  });

  test('may be known at deployment only', () => {
    const template = templateOf({ corsAllowOrigins: [Lazy.string({ produce: () => ORIGIN })] });
    expect(apiVariablesOf(template).ALLOW_ORIGINS).toBe(ORIGIN);
  });

  test.each([
    '', 'app.example.com', 'https://', 'https://app.example.com/', 'https://app.example.com/path', 'https://*.example.com', '//app.example.com', 'null',
    'https://a.example.com,https://b.example.com', "https://a'b", 'https://a b', 'HTTPS://app.example.com',
    'https://App.example.com', 'https://app.example.com:443', 'https://app.example.com?x', 'https://ann@app.example.com',
  ])('%j is refused', (origin) => {
    expect(() => templateOf({ corsAllowOrigins: [ORIGIN, origin] })).toThrow(`corsAllowOrigins must be origins, as 'https://app.example.com', or '*', got '${origin}'`);
  });

  test('must not be empty', () => {
    expect(() => templateOf({ corsAllowOrigins: [] })).toThrow('corsAllowOrigins must have at least one origin, got none: leave it out to have no CORS');
  });

  test('must not be every origin and others', () => {
    expect(() => templateOf({ corsAllowOrigins: ['*', ORIGIN] })).toThrow(`corsAllowOrigins must have '*' alone, got '*', '${ORIGIN}'`);
  });
});

describe('accessLogs', () => {
  const stageOf = (accessLogs?: boolean) => Object.values(templateOf({ accessLogs }).findResources('AWS::ApiGateway::Stage'))[0].Properties;

  test.each([undefined, false])('%s has the API write none, and need no role', (accessLogs) => {
    expect(stageOf(accessLogs)).not.toHaveProperty('AccessLogSetting');
    templateOf({ accessLogs }).resourceCountIs('AWS::Logs::LogGroup', 4);
  });

  test('true has the API write a log of its own', () => {
    expect(stageOf(true).AccessLogSetting.DestinationArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^TasksApiAccessLog/), 'Arn'] });
  });

  test('true keeps that log as long as the others, and no longer than the stack', () => {
    const log = (props?: TaskManagerProps) => Object.entries(templateOf({ accessLogs: true, ...props }).findResources('AWS::Logs::LogGroup')).find(([id]) => id.startsWith('TasksApiAccessLog'))![1];
    expect(log()).toMatchObject({ DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
    expect(log({ logRetention: logs.RetentionDays.ONE_YEAR }).Properties.RetentionInDays).toBe(365);
  });

  test('true leaves the settings of the account, and the log of what is sent, alone', () => {
    const template = templateOf({ accessLogs: true });
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
    template.hasResourceProperties('AWS::ApiGateway::Stage', { MethodSettings: [Match.objectLike({ DataTraceEnabled: false, LoggingLevel: Match.absent() })] });
  });

  test('a line is JSON that names no caller, address, id, header or query', () => {
    const line = JSON.parse(stageOf(true).AccessLogSetting.Format);
    expect(line).toEqual({
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      httpMethod: '$context.httpMethod',
      // The route, '/tasks/{taskId}'; $context.path would have the id.
      resourcePath: '$context.resourcePath',
      status: '$context.status',
      errorResponseType: '$context.error.responseType',
      responseLength: '$context.responseLength',
      responseLatency: '$context.responseLatency',
      integrationLatency: '$context.integrationLatency',
    });
  });
});

import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer, WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketMockIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { JwtAuthOptions, LiveCognitoAuthOptions, TaskLiveAuth, TaskLiveAuthConfig, TaskManager, TaskManagerProps } from '../src';
import { aFunction, joined, statementsOf } from './support/constructs';

const ISSUER = 'https://login.example.com/';
const DESCRIPTION = 'Verifies the tokens of connections for live updates';

const jwt = (options?: Partial<JwtAuthOptions>) => TaskLiveAuth.jwt(ISSUER, { audience: ['tasks'], ...options });

/** Binds an authorization, and puts its authorizer on the route `$connect` of an API. */
function bound(authOf: (stack: Stack) => TaskLiveAuth, props?: TaskManagerProps): { stack: Stack; config: TaskLiveAuthConfig } {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks', props);
  const scope = new Construct(stack, 'Live');
  const config = authOf(stack).bind(scope, taskManager);
  new apigatewayv2.WebSocketApi(scope, 'WebSocketApi', {
    connectRouteOptions: { integration: new WebSocketMockIntegration('Integration'), authorizer: config.authorizer },
  });
  return { stack, config };
}

/** Returns the route `$connect`, the names that say where the owner is, and the properties of the function that verifies tokens. */
function parts(authOf: (stack: Stack) => TaskLiveAuth, props?: TaskManagerProps) {
  const { stack, config: { authorizer: _, ...names } } = bound(authOf, props);
  const template = Template.fromStack(stack);
  const [{ Properties: { AuthorizationType, AuthorizerId } }] = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
  const [verifier] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Description: DESCRIPTION } }));
  return { stack, template, names, AuthorizationType, AuthorizerId, verifier: verifier?.Properties };
}

const variablesOf = (authOf: (stack: Stack) => TaskLiveAuth) => parts(authOf).verifier.Environment.Variables;

describe('TaskLiveAuth.iam()', () => {
  test('requires a signature, and all callers share their tasks', () => {
    const { AuthorizationType, names, verifier } = parts(() => TaskLiveAuth.iam());
    expect([AuthorizationType, names, verifier]).toEqual(['AWS_IAM', {}, undefined]);
  });

  test('with ownerParameter takes the owner from the query parameter', () => {
    const { AuthorizationType, names } = parts(() => TaskLiveAuth.iam({ ownerParameter: 'owner' }));
    expect([AuthorizationType, names]).toEqual(['AWS_IAM', { ownerParameter: 'owner' }]);
  });

  test.each(['o', 'task-owner', 'X_Owner.1~', 'x-amzn', Lazy.string({ produce: () => 'a b' })])('accepts the parameter name %s', (ownerParameter) => {
    expect(parts(() => TaskLiveAuth.iam({ ownerParameter })).names).toEqual({ ownerParameter });
  });

  test.each(['', ' ', 'the owner', 'owner\n', 'a&b', 'a=b', 'a[]', 'ö', 'X-Amz-Date', 'x-amz-security-token'])('throws with the parameter name %j', (ownerParameter) => {
    expect(() => TaskLiveAuth.iam({ ownerParameter })).toThrow('ownerParameter must be the name of a query parameter that signatures do not use, '
      + `such as 'owner', of letters, digits, '-', '.', '_' and '~', got '${ownerParameter}'`);
  });
});

test('TaskLiveAuth.none() requires nothing, and all callers share their tasks', () => {
  const { AuthorizationType, names, verifier } = parts(() => TaskLiveAuth.none());
  expect([AuthorizationType, names, verifier]).toEqual(['NONE', {}, undefined]);
});

describe('TaskLiveAuth.jwt()', () => {
  test('asks a function, and takes the owner and the end of the connection from its answer', () => {
    const { template, names, AuthorizationType, AuthorizerId, verifier } = parts(() => jwt());
    expect(names).toEqual({ ownerContextKey: 'owner', expiryContextKey: 'expiresAt' });
    expect(AuthorizationType).toBe('CUSTOM');
    expect(template.findResources('AWS::ApiGatewayV2::Authorizer')[AuthorizerId.Ref].Properties.AuthorizerType).toBe('REQUEST');
    expect(verifier).toMatchObject({ Timeout: 10, Environment: { Variables: { TOKEN_ISSUER: ISSUER, TOKEN_AUDIENCE: 'tasks', OWNER: 'claim:sub' } } });
    expect(verifier.Environment.Variables).not.toHaveProperty('TOKEN_SCOPES');
  });

  test('lets the function look for the token, because API Gateway would refuse requests that lack one of several identity sources', () => {
    const [authorizer] = Object.values(parts(() => jwt()).template.findResources('AWS::ApiGatewayV2::Authorizer'));
    expect(authorizer.Properties.IdentitySource).toEqual([]);
  });

  test('gives the function no permissions', () => {
    expect(statementsOf(parts(() => jwt()).template, 'LiveAuthorizerRole')).toEqual([]);
  });

  test('puts the function where the options of the TaskManager say', () => {
    const { verifier, template } = parts(() => jwt(), { tracing: lambda.Tracing.ACTIVE, logRetention: logs.RetentionDays.ONE_DAY });
    expect(verifier.TracingConfig).toEqual({ Mode: 'Active' });
    expect(template.findResources('AWS::Logs::LogGroup')[verifier.LoggingConfig.LogGroup.Ref].Properties.RetentionInDays).toBe(1);
  });

  test('encrypts its log with the key of the TaskManager', () => {
    const stack = new Stack(new App(), 'Stack');
    const encryptionKey = new kms.Key(stack, 'Key');
    jwt().bind(stack, new TaskManager(stack, 'Tasks', { encryptionKey }));
    Template.fromStack(stack).allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } });
  });

  test.each<[Partial<JwtAuthOptions>, object]>([
    [{ ownerClaim: 'tenant' }, { OWNER: 'claim:tenant' }],
    [{ ownerIncludesIssuer: true }, { OWNER: 'issuer-and-claim:sub' }],
    [{ ownerIncludesIssuer: true, ownerClaim: 'oid' }, { OWNER: 'issuer-and-claim:oid' }],
    [{ audience: ['tasks', 'https://api.example.com/'] }, { TOKEN_AUDIENCE: 'tasks https://api.example.com/' }],
    [{ authorizationScopes: ['tasks/read', 'tasks/write'] }, { TOKEN_SCOPES: 'tasks/read tasks/write' }],
  ])('with %j configures %j', (options, variables) => {
    expect(variablesOf(() => jwt(options))).toMatchObject(variables);
  });

  test('takes no scopes for an empty list', () => {
    expect(variablesOf(() => jwt({ authorizationScopes: [] }))).not.toHaveProperty('TOKEN_SCOPES');
  });

  test('takes Tokens', () => {
    const list = (values: string[]) => Lazy.list({ produce: () => values });
    expect(variablesOf(() => TaskLiveAuth.jwt(Lazy.string({ produce: () => 'http://127.0.0.1' }), {
      audience: list(['a', 'b']), authorizationScopes: list(['c', 'd']),
    }))).toMatchObject({
      TOKEN_ISSUER: 'http://127.0.0.1', TOKEN_AUDIENCE: { 'Fn::Join': [' ', ['a', 'b']] }, TOKEN_SCOPES: { 'Fn::Join': [' ', ['c', 'd']] },
    });
  });

  test('takes a list that is known at deployment only', () => {
    const variables = variablesOf((stack) => jwt({ audience: new CfnParameter(stack, 'Audience', { type: 'CommaDelimitedList' }).valueAsList }));
    expect(variables.TOKEN_AUDIENCE).toEqual({ 'Fn::Join': [' ', { Ref: 'Audience' }] });
  });

  test('warns of a claim that users may be able to write', () => {
    const { stack } = bound(() => jwt({ ownerClaim: 'email' }));
    Annotations.fromStack(stack).hasWarning('/Stack/Live/Authorizer', Match.stringLikeRegexp("^ownerClaim 'email' .*cdk-task-manager:writableOwnerClaim"));
  });

  test('throws without an audience', () => {
    expect(() => jwt({ audience: [] })).toThrow('audience must have at least one value, got none');
  });

  test.each(['', 'login.example.com', 'http://login.example.com', 'https://login.example.com/?x'])('throws with the issuer %j', (issuer) => {
    expect(() => TaskLiveAuth.jwt(issuer, { audience: ['tasks'] }))
      .toThrow(`issuer must be a URL such as 'https://example.eu.auth0.com/', without query and fragment, got '${issuer}'`);
  });

  test.each<[Partial<JwtAuthOptions>, string]>([
    [{ audience: ['tasks', 'my tasks'] }, "audience must have values without white space, got 'my tasks'"],
    [{ audience: [''] }, "audience must have values without white space, got ''"],
    [{ authorizationScopes: ['read write'] }, "authorizationScopes must have values without white space, got 'read write'"],
    [{ ownerClaim: '' }, 'ownerClaim must not be empty'],
  ])('throws with %j', (options, message) => {
    expect(() => jwt(options)).toThrow(message);
  });

  test('can be used for the live updates of two TaskManagers', () => {
    const stack = new Stack(new App(), 'Stack');
    const auth = jwt();
    for (const id of ['One', 'Two']) auth.bind(new Construct(stack, `${id}Live`), new TaskManager(stack, id));
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Function', { Properties: { Description: DESCRIPTION } }))).toHaveLength(2);
  });
});

describe('TaskLiveAuth.cognito()', () => {
  const withClients = (clients: string[], options?: Partial<LiveCognitoAuthOptions>) => (stack: Stack) => TaskLiveAuth.cognito(
    cognito.UserPool.fromUserPoolArn(stack, 'Users', 'arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_abc'),
    { userPoolClients: clients.map((id) => cognito.UserPoolClient.fromUserPoolClientId(stack, id, id)), ...options },
  );

  test('accepts the tokens of the app clients of the user pool, in its own region', () => {
    const { TOKEN_ISSUER, ...others } = variablesOf(withClients(['web', 'app'], { authorizationScopes: ['tasks/write'] }));
    expect(joined(TOKEN_ISSUER)).toBe('https://cognito-idp.eu-west-1.{AWS::URLSuffix}/eu-west-1_abc');
    expect(others).toEqual({ TOKEN_AUDIENCE: 'web app', TOKEN_SCOPES: 'tasks/write', OWNER: 'claim:sub' });
  });

  test('accepts those of a user pool of the app', () => {
    const { TOKEN_ISSUER, TOKEN_AUDIENCE } = variablesOf((stack) => {
      const users = new cognito.UserPool(stack, 'Users');
      return TaskLiveAuth.cognito(users, { userPoolClients: [users.addClient('Web')] });
    });
    expect(joined(TOKEN_ISSUER)).toMatch(/^https:\/\/cognito-idp\.{AWS::Region}\.{AWS::URLSuffix}\/{Users\w+}$/);
    expect(TOKEN_AUDIENCE).toEqual({ Ref: expect.stringMatching(/^UsersWeb/) });
  });

  test('warns of a claim that users can write, as TaskApiAuth.cognito() does', () => {
    const { stack } = bound(withClients(['web'], { ownerClaim: 'custom:tenant' }));
    Annotations.fromStack(stack).hasWarning('/Stack/Live/Authorizer', Match.stringLikeRegexp("^ownerClaim 'custom:tenant' .*cdk-task-manager:writableOwnerClaim"));
    Annotations.fromStack(bound(withClients(['web'])).stack).hasNoWarning('*', Match.anyValue());
  });

  test('throws without app clients, whose tokens alone are accepted', () => {
    expect(() => parts(withClients([]))).toThrow('userPoolClients of TaskLiveAuth.cognito() must have at least one app client, got none');
  });
});

describe('TaskLiveAuth.authorizer()', () => {
  const ofApp = (stack: Stack) => new WebSocketLambdaAuthorizer('OfApp', aFunction(stack, 'Function', { timeout: Duration.seconds(3) }));

  test('asks the Lambda authorizer, and takes the owner and the end of the connection from its context', () => {
    const { AuthorizationType, AuthorizerId, names, verifier } = parts((stack) => (
      TaskLiveAuth.authorizer(ofApp(stack), { ownerContextKey: 'tenant', expiryContextKey: 'until' })));
    expect([AuthorizationType, names, verifier]).toEqual(['CUSTOM', { ownerContextKey: 'tenant', expiryContextKey: 'until' }, undefined]);
    expect(AuthorizerId.Ref).toMatch(/OfApp/);
  });

  test('leaves the end of the connection open', () => {
    expect(parts((stack) => TaskLiveAuth.authorizer(ofApp(stack), { ownerContextKey: 'principalId' })).names).toEqual({ ownerContextKey: 'principalId' });
  });

  test.each<[apigatewayv2.IWebSocketRouteAuthorizer, string]>([
    [new WebSocketIamAuthorizer(), 'WebSocketIamAuthorizer'], [new apigatewayv2.WebSocketNoneAuthorizer(), 'WebSocketNoneAuthorizer'],
  ])('throws if the authorizer is none of Lambda: %p', (authorizer, name) => {
    expect(() => TaskLiveAuth.authorizer(authorizer, { ownerContextKey: 'sub' }))
      .toThrow(`authorizer must be a Lambda authorizer, got a ${name}: use TaskLiveAuth.iam() or none()`);
  });

  test.each(['ownerContextKey', 'expiryContextKey'])('throws if %s is empty', (name) => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => TaskLiveAuth.authorizer(ofApp(stack), { ownerContextKey: 'owner', [name]: '' })).toThrow(`${name} must not be empty`);
  });
});

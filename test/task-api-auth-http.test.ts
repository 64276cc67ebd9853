/** What authorization works with which kind of API, and how it works with an HTTP API. */
import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer, HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { JwtAuthOptions, TaskApiAuth, TaskEndpoint, TaskManager, TaskRestApiAuthConfig } from '../src';
import { aFunction, apiVariablesOf, aTaskManager, templateOf } from './support/constructs';

const ISSUER = 'https://login.example.com/';
const endpoint = TaskEndpoint.httpApi();

const httpTemplate = (auth: (stack: Stack) => TaskApiAuth) => templateOf((stack) => ({ endpoint, auth: auth(stack) }));
const jwt = (options?: Partial<JwtAuthOptions>) => TaskApiAuth.jwt(ISSUER, { audience: ['tasks'], ...options });
const lambdaAuthorizer = (stack: Stack) =>
  new HttpLambdaAuthorizer('Authorizer', aFunction(stack), { responseTypes: [HttpLambdaResponseType.SIMPLE] });

/** Returns the authorization, which must be the same for all routes. */
function authorization(template: Template) {
  const [first, ...others] = Object.values(template.findResources('AWS::ApiGatewayV2::Route'))
    .map(({ Properties: { AuthorizationType, AuthorizerId, AuthorizationScopes } }) =>
      ({ AuthorizationType, AuthorizerId, AuthorizationScopes }));
  expect(others).toHaveLength(3);
  for (const other of others) expect(other).toEqual(first);
  return first;
}

describe('with each kind of API', () => {
  const AUTHS: Record<string, (stack: Stack) => TaskApiAuth> = {
    iam: () => TaskApiAuth.iam(),
    cognito: (stack) => TaskApiAuth.cognito(cognito.UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_a')),
    cognitoWithClients: (stack) => TaskApiAuth.cognito(cognito.UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_a'), {
      userPoolClients: [cognito.UserPoolClient.fromUserPoolClientId(stack, 'Client', 'client')],
    }),
    cognitoWithAuthorizer: (stack) => {
      const users = cognito.UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_a');
      const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', { cognitoUserPools: [users] });
      return TaskApiAuth.cognito(users, { authorizer });
    },
    jwt: () => jwt(),
    authorizer: (stack) => TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) }), { ownerContextKey: 'sub' }),
    httpAuthorizer: (stack) => TaskApiAuth.httpAuthorizer(lambdaAuthorizer(stack), { ownerContextKey: 'sub' }),
    none: () => TaskApiAuth.none(),
  };
  const ENDPOINTS: Record<string, (stack: Stack) => TaskEndpoint> = {
    restApi: () => TaskEndpoint.restApi(),
    onResource: (stack) => TaskEndpoint.onResource(new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false }).root),
    httpApi: () => TaskEndpoint.httpApi(),
  };
  const REFUSED: Record<string, string> = {
    'cognito httpApi': 'userPoolClients of TaskApiAuth.cognito() must have at least one app client with TaskEndpoint.httpApi(), got none',
    'cognitoWithClients restApi': 'userPoolClients of TaskApiAuth.cognito() must not be set with a REST API, which accepts the tokens of all app clients: use authorizationScopes to tell them apart',
    'cognitoWithClients onResource': 'userPoolClients of TaskApiAuth.cognito() must not be set with a REST API',
    'cognitoWithAuthorizer httpApi': 'authorizer of TaskApiAuth.cognito() must not be set with TaskEndpoint.httpApi(): it is one of a REST API',
    'jwt restApi': 'auth must not be TaskApiAuth.jwt() with a REST API, which has no JWT authorizers: use TaskEndpoint.httpApi(), or TaskApiAuth.cognito() or authorizer()',
    'jwt onResource': 'auth must not be TaskApiAuth.jwt() with a REST API',
    'httpAuthorizer restApi': 'auth must not be TaskApiAuth.httpAuthorizer() with a REST API, whose authorizers are other constructs: use TaskApiAuth.authorizer()',
    'httpAuthorizer onResource': 'auth must not be TaskApiAuth.httpAuthorizer() with a REST API',
    'authorizer httpApi': 'auth must not be TaskApiAuth.authorizer() with TaskEndpoint.httpApi(), whose authorizers are other constructs: use TaskApiAuth.httpAuthorizer()',
  };
  const all = Object.keys(AUTHS).flatMap((auth) => Object.keys(ENDPOINTS).map((kind): [string, string] => [auth, kind]));

  test.each(all)('%s and %s work together, or synthesis says what to use', (auth, kind) => {
    const stack = new Stack(new App(), 'Stack');
    const define = () => new TaskManager(stack, 'Tasks', { auth: AUTHS[auth](stack), endpoint: ENDPOINTS[kind](stack) });
    const refusal = REFUSED[`${auth} ${kind}`];
    if (refusal) expect(define).toThrow(refusal);
    else expect(define().openApiDocument()).toHaveProperty('security');
  });

  test('an auth of the app that knows only REST APIs throws with an HTTP API', () => {
    class CustomAuth extends TaskApiAuth {
      public bindRestApi(): TaskRestApiAuthConfig {
        return { authorizationType: apigateway.AuthorizationType.IAM };
      }
    }
    expect(() => aTaskManager({ endpoint, auth: new CustomAuth() })).toThrow('auth of Stack/Tasks/Api must work with an HTTP API, but this one has no bindHttpApi()');
  });
});

test('iam() requires a signature, and takes the owner from a header', () => {
  const template = httpTemplate(() => TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }));
  expect(authorization(template)).toEqual({ AuthorizationType: 'AWS_IAM' });
  expect(apiVariablesOf(template).OWNER).toBe('header:X-Task-Owner');
});

test('none() requires nothing', () => {
  expect(authorization(httpTemplate(() => TaskApiAuth.none()))).toEqual({ AuthorizationType: 'NONE' });
});

describe('jwt()', () => {
  test('accepts tokens of the issuer for the audience', () => {
    const template = httpTemplate(() => jwt({ audience: ['tasks', 'other'] }));
    expect(authorization(template)).toEqual({ AuthorizationType: 'JWT', AuthorizerId: { Ref: expect.stringMatching(/^TasksApiHttpApiAuthorizer/) } });
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT', IdentitySource: ['$request.header.Authorization'], JwtConfiguration: { Issuer: ISSUER, Audience: ['tasks', 'other'] },
    });
    template.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
  });

  test.each<[Partial<JwtAuthOptions>, string]>([
    [{}, 'claim:sub'], [{ ownerClaim: 'tenant' }, 'claim:tenant'], [{ ownerIncludesIssuer: true }, 'issuer-and-claim:sub'],
    [{ ownerIncludesIssuer: true, ownerClaim: 'oid' }, 'issuer-and-claim:oid'],
  ])('with %j takes the owner from %s', (options, place) => {
    expect(apiVariablesOf(httpTemplate(() => jwt(options))).OWNER).toBe(place);
  });

  test('requires scopes', () => {
    expect(authorization(httpTemplate(() => jwt({ authorizationScopes: ['tasks/write'] }))).AuthorizationScopes).toEqual(['tasks/write']);
  });

  test('warns of a claim that users may be able to write', () => {
    const { stack } = aTaskManager({ endpoint, auth: jwt({ ownerClaim: 'email' }) });
    Annotations.fromStack(stack).hasWarning('/Stack/Tasks/Api', Match.stringLikeRegexp("^ownerClaim 'email' .*cdk-task-manager:writableOwnerClaim"));
  });

  test('throws without an audience', () => {
    expect(() => jwt({ audience: [] })).toThrow('audience must have at least one value, got none: otherwise the API would accept tokens for other apps');
  });

  test.each(['', 'login.example.com', 'http://login.example.com', 'https://', 'https://login.example.com/?x', 'https://login.example.com#a'])('throws with the issuer %j', (issuer) => {
    expect(() => TaskApiAuth.jwt(issuer, { audience: ['tasks'] }))
      .toThrow(`issuer must be a URL such as 'https://example.eu.auth0.com/', without query and fragment, got '${issuer}'`);
  });

  test('takes Tokens', () => {
    const [issuer, audience] = [Lazy.string({ produce: () => ISSUER }), Lazy.list({ produce: () => ['a'] })];
    httpTemplate(() => TaskApiAuth.jwt(issuer, { audience })).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: ISSUER, Audience: ['a'] },
    });
  });

  test('can be used by two TaskManagers', () => {
    const stack = new Stack(new App(), 'Stack');
    const auth = jwt();
    for (const id of ['One', 'Two']) new TaskManager(stack, id, { endpoint, auth });
    Template.fromStack(stack).resourceCountIs('AWS::ApiGatewayV2::Authorizer', 2);
  });
});

describe('cognito()', () => {
  const withClients = (clients: string[], authorizationScopes?: string[]) => httpTemplate((stack) => TaskApiAuth.cognito(
    cognito.UserPool.fromUserPoolArn(stack, 'Users', 'arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_abc'),
    { authorizationScopes, userPoolClients: clients.map((id) => cognito.UserPoolClient.fromUserPoolClientId(stack, id, id)) },
  ));

  test('accepts the tokens of the app clients of the user pool', () => {
    const template = withClients(['web', 'app'], ['tasks/write']);
    expect(authorization(template)).toMatchObject({ AuthorizationType: 'JWT', AuthorizationScopes: ['tasks/write'] });
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc', Audience: ['web', 'app'] },
    });
    expect(apiVariablesOf(template).OWNER).toBe('claim:sub');
  });

  test('throws without app clients, whose tokens alone are accepted', () => {
    expect(() => withClients([])).toThrow('userPoolClients of TaskApiAuth.cognito() must have at least one app client with TaskEndpoint.httpApi(), got none');
  });
});

describe('httpAuthorizer()', () => {
  test('asks the Lambda authorizer, and takes the owner from its context', () => {
    const template = httpTemplate((stack) => TaskApiAuth.httpAuthorizer(lambdaAuthorizer(stack), { ownerContextKey: 'tenant', tokenHeader: 'X-Session' }));
    expect(authorization(template).AuthorizationType).toBe('CUSTOM');
    expect(apiVariablesOf(template).OWNER).toBe('context:tenant');
  });

  test('throws if the authorizer is none of Lambda', () => {
    const authorizer: apigatewayv2.IHttpRouteAuthorizer = new HttpJwtAuthorizer('Authorizer', ISSUER, { jwtAudience: ['tasks'] });
    expect(() => TaskApiAuth.httpAuthorizer(authorizer, { ownerContextKey: 'sub' })).toThrow('authorizer must be a Lambda authorizer, got one of type JWT');
  });
});

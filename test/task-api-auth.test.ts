import { Annotations as CoreAnnotations, App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { CognitoAuthOptions, TaskApiAuth, TaskManager, TaskRestApiAuthConfig } from '../src';
import { aFunction, apiVariablesOf, aTaskManager, methodsOf, templateOf } from './support/constructs';

const METHODS = ['GET /tasks', 'GET /tasks/{taskId}', 'POST /tasks', 'POST /tasks/{taskId}/cancel'];

/** Returns the authorization, which must be the same for all methods. */
function authorization(template: Template) {
  const methods = methodsOf(template);
  expect(Object.keys(methods).sort()).toEqual(METHODS);
  const [first, ...others] = Object.values(methods)
    .map(({ AuthorizationType, AuthorizerId, AuthorizationScopes }) => ({ AuthorizationType, AuthorizerId, AuthorizationScopes }));
  for (const other of others) expect(other).toEqual(first);
  return first;
}

describe('TaskApiAuth.iam()', () => {
  test('is the default', () => {
    expect(templateOf({ auth: TaskApiAuth.iam() }).toJSON()).toEqual(templateOf().toJSON());
  });

  test('requires a signature for all methods, and all callers share their tasks', () => {
    const template = templateOf({ auth: TaskApiAuth.iam() });
    expect(authorization(template)).toEqual({ AuthorizationType: 'AWS_IAM' });
    expect(apiVariablesOf(template)).not.toHaveProperty('OWNER');
  });

  test('with ownerHeader reads the owner from the header', () => {
    const template = templateOf({ auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }) });
    expect(authorization(template)).toEqual({ AuthorizationType: 'AWS_IAM' });
    expect(apiVariablesOf(template).OWNER).toBe('header:X-Task-Owner');
  });

  test.each(['x', 'x-owner', 'X_Owner.1', "!#$%&'*+-.^_`|~"])('accepts the header name %s', (ownerHeader) => {
    expect(apiVariablesOf(templateOf({ auth: TaskApiAuth.iam({ ownerHeader }) })).OWNER).toBe(`header:${ownerHeader}`);
  });

  test.each(['', ' ', 'X Owner', 'X-Owner:', 'X-Owner\n', 'X-Eigentümer', 'a/b', 'a,b', '"a"', 'Authorization', 'HOST', 'Idempotency-Key', 'X-Amz-Security-Token', 'x-forwarded-for', 'Cookie', 'traceparent', 'TraceState', 'Baggage', 'X-Request-Id', 'X-Amzn-Trace-Id'])('refuses the header name %j', (ownerHeader) => {
    expect(() => TaskApiAuth.iam({ ownerHeader })).toThrow(`ownerHeader must be a header name that is not used for something else, such as 'X-Task-Owner', got '${ownerHeader}'`);
  });
});

describe('TaskApiAuth.cognito()', () => {
  const withCognito = (options?: CognitoAuthOptions) => templateOf((stack) => ({ auth: TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'), options) }));

  test('requires a token of the user pool for all methods', () => {
    const template = withCognito();
    expect(authorization(template)).toEqual({ AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: expect.stringMatching(/^TasksApiAuthorizer/) } });
  });

  test('creates one authorizer, for that user pool', () => {
    const template = withCognito();
    template.resourceCountIs('AWS::ApiGateway::Authorizer', 1);
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', {
      Type: 'COGNITO_USER_POOLS',
      ProviderARNs: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Users'), 'Arn'] }],
      IdentitySource: 'method.request.header.Authorization',
      RestApiId: { Ref: 'TasksApiD922781C' },
    });
  });

  test('reads the owner from the claim sub', () => {
    expect(apiVariablesOf(withCognito()).OWNER).toBe('claim:sub');
  });

  test.each(['email', 'custom:tenant'])('with ownerClaim reads the owner from the claim %s', (ownerClaim) => {
    expect(apiVariablesOf(withCognito({ ownerClaim })).OWNER).toBe(`claim:${ownerClaim}`);
  });

  describe('warns if users may be able to write the owner', () => {
    const ID = 'cdk-task-manager:writableOwnerClaim';
    const stackWith = (ownerClaim?: string, change = (_: TaskManager) => {}) => {
      const { stack, tasks } = aTaskManager((scope) => ({ auth: TaskApiAuth.cognito(new cognito.UserPool(scope, 'Users'), { ownerClaim }) }));
      change(tasks);
      return stack;
    };

    test.each(['email', 'custom:tenant', 'phone_number', 'preferred_username', 'tenantId', 'subject', 'Sub', 'x:cognito:y'])('in the claim %s', (ownerClaim) => {
      Annotations.fromStack(stackWith(ownerClaim)).hasWarning('/Stack/Tasks/Api', Match.stringLikeRegexp(`^ownerClaim '${ownerClaim}' may be an attribute .*${ID}`));
    });

    test.each([
      undefined, 'sub', 'username', 'client_id', 'cognito:username', 'cognito:groups', 'dev:custom:tenant', Lazy.string({ produce: () => 'email' }),
    ])('but not in the claim %s', (ownerClaim) => {
      Annotations.fromStack(stackWith(ownerClaim)).hasNoWarning('*', Match.stringLikeRegexp(ID));
    });

    test('unless the warning is acknowledged', () => {
      const stack = stackWith('custom:tenant', (tasks) => CoreAnnotations.of(tasks).acknowledgeWarning(ID, 'only the backend writes it'));
      Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp(ID));
    });

    test('in the claim of a custom TaskApiAuth', () => {
      class CustomAuth extends TaskApiAuth {
        public bindRestApi(): TaskRestApiAuthConfig {
          return { authorizationType: apigateway.AuthorizationType.IAM, ownerClaim: 'email' };
        }
      }
      const { stack } = aTaskManager({ auth: new CustomAuth() });
      Annotations.fromStack(stack).hasWarning('/Stack/Tasks/Api', Match.stringLikeRegexp(ID));
    });
  });

  test('with authorizationScopes requires them for all methods', () => {
    expect(authorization(withCognito({ authorizationScopes: ['tasks/read', 'tasks/write'] })).AuthorizationScopes).toEqual(['tasks/read', 'tasks/write']);
  });

  test('accepts an imported user pool', () => {
    const arn = 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc';
    const template = templateOf((stack) => ({ auth: TaskApiAuth.cognito(cognito.UserPool.fromUserPoolArn(stack, 'Users', arn)) }));
    template.hasResourceProperties('AWS::ApiGateway::Authorizer', { ProviderARNs: [arn] });
  });

  test('can be used by two TaskManagers', () => {
    const stack = new Stack(new App(), 'Stack');
    const auth = TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'));
    for (const id of ['One', 'Two']) new TaskManager(stack, id, { auth });
    Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Authorizer', 2);
  });

  test('throws if ownerClaim is empty', () => {
    expect(() => withCognito({ ownerClaim: '' })).toThrow("ownerHeader, ownerClaim and ownerContextKey must not be empty, got ''");
  });
});

describe('TaskApiAuth.authorizer()', () => {
  test.each<[string, (stack: Stack) => apigateway.IAuthorizer]>([
    ['TokenAuthorizer', (stack) => new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) })],
    ['RequestAuthorizer', (stack) => new apigateway.RequestAuthorizer(stack, 'Authorizer', {
      handler: aFunction(stack), identitySources: [apigateway.IdentitySource.header('X-Token')],
    })],
  ])('uses a %s for all methods, and reads the owner from principalId', (_, authorizer) => {
    const template = templateOf((stack) => ({ auth: TaskApiAuth.authorizer(authorizer(stack), { ownerContextKey: 'principalId' }) }));
    expect(authorization(template)).toEqual({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: expect.stringMatching(/^Authorizer/) } });
    expect(apiVariablesOf(template).OWNER).toBe('context:principalId');
  });

  const withAuthorizer = (ownerContextKey: string) => templateOf((stack) => ({
    auth: TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) }), { ownerContextKey }),
  }));

  test('reads the owner from another key of the context', () => {
    expect(apiVariablesOf(withAuthorizer('tenantId')).OWNER).toBe('context:tenantId');
  });

  test('throws if ownerContextKey is empty', () => {
    expect(() => withAuthorizer('')).toThrow("ownerHeader, ownerClaim and ownerContextKey must not be empty, got ''");
  });

  test('throws for a Cognito user pools authorizer', () => {
    const stack = new Stack(new App(), 'Stack');
    const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', { cognitoUserPools: [new cognito.UserPool(stack, 'Users')] });
    expect(() => TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'sub' })).toThrow('authorizer must be a Lambda authorizer, got a Cognito user pools authorizer: use TaskApiAuth.cognito()');
  });
});

test('TaskApiAuth.none() allows everyone to call all methods, and all callers share their tasks', () => {
  const template = templateOf({ auth: TaskApiAuth.none() });
  expect(authorization(template)).toEqual({ AuthorizationType: 'NONE' });
  expect(apiVariablesOf(template)).not.toHaveProperty('OWNER');
});

describe('a custom TaskApiAuth', () => {
  class CustomAuth extends TaskApiAuth {
    public scope?: string;

    constructor(private readonly config: Partial<TaskRestApiAuthConfig>) {
      super();
    }

    public bindRestApi(scope: Construct): TaskRestApiAuthConfig {
      this.scope = scope.node.path;
      return { authorizationType: apigateway.AuthorizationType.IAM, ...this.config };
    }
  }

  test('is bound to the REST API', () => {
    const auth = new CustomAuth({ ownerHeader: 'X-Tenant' });
    const template = templateOf({ auth });
    expect(auth.scope).toBe('Stack/Tasks/Api');
    expect(apiVariablesOf(template).OWNER).toBe('header:X-Tenant');
  });

  test.each<[Partial<TaskRestApiAuthConfig>, string]>([
    [{ ownerHeader: 'X-Tenant', ownerClaim: 'sub' }, "header 'X-Tenant' and claim 'sub'"],
    [{ ownerClaim: 'sub', ownerContextKey: 'tenant' }, "claim 'sub' and context 'tenant'"],
    [{ ownerHeader: 'X-Tenant', ownerContextKey: 'tenant' }, "header 'X-Tenant' and context 'tenant'"],
  ])('with the owner in two places is refused: %j', (config, got) => {
    expect(() => templateOf({ auth: new CustomAuth(config) }))
      .toThrow(`auth must have at most one of ownerHeader, ownerClaim and ownerContextKey, got ${got}`);
  });
});

import { App, Aspects, CfnResource, Duration, IAspect, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { TaskApiAuth, TaskManager, TaskManagerProps, TaskRestApiAuthConfig } from '../../../src';
import { aFunction } from '../../support/constructs';

const FLAG = '@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId';

/** What a user writes into a stack: the props of its TaskManager, made there, and what is added afterwards. */
interface Version {
  readonly props?: (stack: Stack) => TaskManagerProps;
  readonly then?: (stack: Stack, tasks: TaskManager) => void;
}

function templateOf({ props, then }: Version, context?: Record<string, unknown>): Template {
  const app = new App({ context });
  const stack = new Stack(app, 'Stack');
  const tasks = new TaskManager(stack, 'Tasks', props?.(stack));
  then?.(stack, tasks);
  return Template.fromStack(stack);
}

const DEPLOYMENTS = new Map<Version, string>();

/** The logical id of the deployment: another one makes a new deployment. */
function deploymentOf(version: Version): string {
  const known = DEPLOYMENTS.get(version) ?? synthesizedDeploymentOf(version);
  DEPLOYMENTS.set(version, known);
  return known;
}

function synthesizedDeploymentOf(version: Version, context?: Record<string, unknown>): string {
  const [id, ...others] = Object.keys(templateOf(version, context).findResources('AWS::ApiGateway::Deployment'));
  expect(others).toEqual([]);
  return id;
}

type MakeAuth = (stack: Stack) => TaskApiAuth;
const withAuth = (auth: MakeAuth, then?: Version['then']): Version => ({ props: (stack) => ({ auth: auth(stack) }), then });
const aPool = (id: string, props?: cognito.UserPoolProps) => (stack: Stack) => TaskApiAuth.cognito(new cognito.UserPool(stack, id, props));
const anImportedPool = (id: string) => (stack: Stack) => TaskApiAuth.cognito(cognito.UserPool.fromUserPoolId(stack, 'Users', id));
const scoped = (...authorizationScopes: string[]) => (stack: Stack) => (
  TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'), { authorizationScopes })
);
type MakeHandler = (stack: Stack) => lambda.IFunction;
const asked = (handler: MakeHandler, options: Partial<apigateway.TokenAuthorizerProps> = {}, tokenHeader?: string) => (stack: Stack) => {
  const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: handler(stack), ...options });
  return TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'sub', tokenHeader });
};
const asRole = (props: Partial<iam.RoleProps>) => (stack: Stack) => {
  const assumeRole = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'), ...props });
  return asked(aFunction, { assumeRole })(stack);
};
const byRequest = (identitySource: string) => (stack: Stack) => {
  const authorizer = new apigateway.RequestAuthorizer(stack, 'Authorizer', { handler: aFunction(stack), identitySources: [identitySource] });
  return TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'sub' });
};
const anAlias = (aliasName: string, props: Partial<lambda.FunctionProps> = {}) => (stack: Stack) => {
  const handler = aFunction(stack, 'Function', props);
  const version = lambda.Version.fromVersionArn(stack, 'Version', `${handler.functionArn}:1`);
  return new lambda.Alias(stack, 'Alias', { aliasName, version });
};
const aVersion = (code: string) => (stack: Stack) => aFunction(stack, 'Function', { code: lambda.Code.fromInline(code) }).currentVersion;
const anImage = (stack: Stack) => {
  const handler = aFunction(stack);
  (handler.node.defaultChild as lambda.CfnFunction).packageType = 'Image';
  return handler;
};

class OwnAuth extends TaskApiAuth {
  constructor(private readonly authorizer: apigateway.IAuthorizer) {
    super();
  }

  public bindRestApi(): TaskRestApiAuthConfig {
    return { authorizationType: apigateway.AuthorizationType.CUSTOM, authorizer: this.authorizer, ownerContextKey: 'sub' };
  }
}
const anImportedAuthorizer = (authorizerId: string) => () => new OwnAuth({ authorizerId });

class NameFunctions implements IAspect {
  constructor(private readonly prefix: string) {}

  public visit(node: IConstruct): void {
    if (node instanceof lambda.CfnFunction) node.functionName = `${this.prefix}-${node.node.addr.slice(0, 20)}`;
  }
}
const named = (prefix: string): Version => ({ then: (stack) => Aspects.of(stack).add(new NameFunctions(prefix)) });
const overridden = (ttl: number) => withAuth(asked(aFunction), (stack) => {
  (stack.node.findChild('Authorizer').node.defaultChild as CfnResource).addPropertyOverride('AuthorizerResultTtlInSeconds', ttl);
});
const allowing = (account: string): Version => ({
  then: (_, tasks) => {
    tasks.restApi!.addToResourcePolicy(new iam.PolicyStatement({
      actions: ['execute-api:Invoke'], principals: [new iam.AccountPrincipal(account)], resources: ['execute-api:/*'],
    }));
  },
});
const answering = (body: string): Version => ({
  then: (_, tasks) => {
    const type = apigateway.ResponseType.REQUEST_TOO_LARGE;
    tasks.restApi!.addGatewayResponse('TooLarge', { type, templates: { 'application/json': body } });
  },
});

const DEFAULT: Version = {};
const POOL = withAuth(aPool('Users'));
const TOKEN = withAuth(asked(aFunction));

test.each<[string, Version, Version]>([
  ['another kind of authorization', DEFAULT, withAuth(() => TaskApiAuth.none())],
  ['another user pool', POOL, withAuth(aPool('Staff'))],
  ['another imported user pool', withAuth(anImportedPool('us-east-1_a')), withAuth(anImportedPool('us-east-1_b'))],
  ['an imported user pool', POOL, withAuth(anImportedPool('us-east-1_a'))],
  ['scopes', POOL, withAuth(scoped('tasks/read'))],
  ['other scopes', withAuth(scoped('tasks/read')), withAuth(scoped('tasks/read', 'tasks/write'))],
  ['another function of the authorizer', TOKEN, withAuth(asked((stack) => aFunction(stack, 'Other')))],
  ['another name of that function', withAuth(asked((stack) => aFunction(stack, 'Function', { functionName: 'one' }))),
    withAuth(asked((stack) => aFunction(stack, 'Function', { functionName: 'two' })))],
  ['a name of that function', TOKEN, withAuth(asked((stack) => aFunction(stack, 'Function', { functionName: 'two' })))],
  ['an image in its place', TOKEN, withAuth(asked(anImage))],
  ['another alias of that function', withAuth(asked(anAlias('live'))), withAuth(asked(anAlias('next')))],
  ['another name of the function of that alias',
    withAuth(asked(anAlias('live', { functionName: 'one' }))), withAuth(asked(anAlias('live', { functionName: 'two' })))],
  ['another version of that function', withAuth(asked(aVersion('exports.handler = 1'))), withAuth(asked(aVersion('exports.handler = 2')))],
  ['another time to keep its answers', TOKEN, withAuth(asked(aFunction, { resultsCacheTtl: Duration.minutes(1) }))],
  ['an override of the authorizer', overridden(1), overridden(2)],
  ['another header of the token',
    TOKEN, withAuth(asked(aFunction, { identitySource: apigateway.IdentitySource.header('X-Token') }, 'X-Token'))],
  ['another source of a request authorizer',
    withAuth(byRequest(apigateway.IdentitySource.header('A'))), withAuth(byRequest(apigateway.IdentitySource.header('B')))],
  ['a check of the token', TOKEN, withAuth(asked(aFunction, { validationRegex: '^Bearer ' }))],
  ['another role to ask the authorizer with', withAuth(asRole({ roleName: 'one' })), withAuth(asRole({ roleName: 'two' }))],
  ['another path of that role', withAuth(asRole({ path: '/one/' })), withAuth(asRole({ path: '/two/' }))],
  ['another imported authorizer', withAuth(anImportedAuthorizer('a1b2c3')), withAuth(anImportedAuthorizer('d4e5f6'))],
  ['names of functions, by an aspect', DEFAULT, named('one')],
  ['other names of functions, by an aspect', named('one'), named('two')],
  ['a resource policy', DEFAULT, allowing('111111111111')],
  ['another resource policy', allowing('111111111111'), allowing('222222222222')],
  ['a gateway response', DEFAULT, answering('{}')],
  ['another gateway response', answering('{}'), answering('{"a":1}')],
  ['CORS', DEFAULT, { props: () => ({ corsAllowOrigins: ['https://a.example.com'] }) }],
  ['another origin',
    { props: () => ({ corsAllowOrigins: ['https://a.example.com'] }) }, { props: () => ({ corsAllowOrigins: ['https://b.example.com'] }) }],
  ['a third origin', { props: () => ({ corsAllowOrigins: ['https://a.example.com', 'https://b.example.com'] }) },
    { props: () => ({ corsAllowOrigins: ['https://a.example.com', 'https://b.example.com', 'https://c.example.com'] }) }],
  ['a route of the user', DEFAULT, { then: (_, tasks) => { tasks.restApi!.root.addResource('other').addMethod('GET'); } }],
])('the API is deployed again for %s', (_, before, after) => {
  expect(deploymentOf(after)).not.toBe(deploymentOf(before));
});

test.each<[string, Version, Version]>([
  ['an unchanged app with IAM', {}, {}],
  ['an unchanged app with a user pool', withAuth(aPool('Users')), withAuth(aPool('Users'))],
  ['an unchanged app with an authorizer', withAuth(asked(aFunction)), withAuth(asked(aFunction))],
  ['another password policy of the user pool', POOL, withAuth(aPool('Users', { passwordPolicy: { minLength: 20 } }))],
  ["other code of the authorizer's function", TOKEN, withAuth(asked((stack) => (
    aFunction(stack, 'Function', { code: lambda.Code.fromInline('exports.handler = 1') })
  )))],
  ["another policy of the function's role", TOKEN, withAuth(asked((stack) => {
    const handler = aFunction(stack);
    handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bucket/key'] }));
    return handler;
  }))],
  ['another time-out of tasks', DEFAULT, { props: () => ({ taskTimeout: Duration.hours(1), removalPolicy: RemovalPolicy.DESTROY }) }],
  ['other task types', DEFAULT, { props: () => ({ taskTypes: [{ taskType: 'export' }] }) }],
  ['another throttling', DEFAULT, { props: () => ({ throttlingRateLimit: 1 }) }],
  ['another function of the user', POOL, withAuth(aPool('Users'), (stack) => { aFunction(stack, 'Other'); })],
])('the API is not deployed again for %s', (_, before, after) => {
  expect(deploymentOf(after)).toBe(deploymentOf(before));
});

test(`the flag ${FLAG} of CDK neither helps nor harms`, () => {
  const [one, again, other] = ['Users', 'Users', 'Staff'].map((id) => synthesizedDeploymentOf(withAuth(aPool(id)), { [FLAG]: true }));
  expect(again).toBe(one);
  expect(other).not.toBe(one);
});

test('without an authorizer, the deployment is the one that CDK makes', () => {
  const spy = jest.spyOn(apigateway.Deployment.prototype, 'addToLogicalId');
  spy.mockImplementation(function (this: apigateway.Deployment, data) {
    if (!Token.isUnresolved(data)) (this.node.defaultChild as any).addToLogicalId(data);
  });
  const deployment = synthesizedDeploymentOf(DEFAULT);
  spy.mockRestore();
  expect(deploymentOf(DEFAULT)).toBe(deployment);
});

test('the deployment waits for the authorizer', () => {
  for (const auth of [aPool('Users'), asked(aFunction)]) {
    const template = templateOf(withAuth(auth));
    const [{ DependsOn }] = Object.values(template.findResources('AWS::ApiGateway::Deployment'));
    expect(DependsOn).toEqual(expect.arrayContaining(Object.keys(template.findResources('AWS::ApiGateway::Authorizer'))));
  }
});

test('a user pool of another stack is noticed, too', () => {
  const deploymentWith = (id: string) => {
    const app = new App();
    const users = new Stack(app, 'Users');
    const stack = new Stack(app, 'Stack');
    new TaskManager(stack, 'Tasks', { auth: TaskApiAuth.cognito(new cognito.UserPool(users, id)) });
    return Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::Deployment'));
  };
  expect(deploymentWith('Users')).toEqual(deploymentWith('Users'));
  expect(deploymentWith('Staff')).not.toEqual(deploymentWith('Users'));
});

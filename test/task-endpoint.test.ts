import { App, CfnParameter, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ResourceEndpointOptions, TaskApiAuth, TaskEndpoint, TaskManager, TaskManagerAttributes, TaskManagerProps } from '../src';
import { aFunction, apiVariablesOf, aTaskManager, joined, methodsOf, templateOf } from './support/constructs';

const ROUTES = ['GET /tasks', 'GET /tasks/{taskId}', 'POST /tasks', 'POST /tasks/{taskId}/cancel'];

function vpcEndpoint(scope: Construct): ec2.IVpcEndpoint {
  return ec2.InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, 'VpcEndpoint', { vpcEndpointId: 'vpce-1', port: 443 });
}

function lambdaAuthorizer(stack: Stack): TaskApiAuth {
  const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) });
  return TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'user' });
}

/** Returns the resources that a role of a stack may invoke. */
function invokable(stack: Stack): string[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', {
    Properties: { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'execute-api:Invoke' })]) } },
  }));
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement).flatMap(({ Resource }) => Resource).map(joined);
}

describe('TaskEndpoint.restApi()', () => {
  test('is the default', () => {
    expect(templateOf({ endpoint: TaskEndpoint.restApi() }).toJSON()).toEqual(templateOf().toJSON());
  });

  test('can be edge-optimized', () => {
    const template = templateOf({ endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.EDGE }) });
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['EDGE'] }, Policy: Match.absent() });
  });

  test('can be without the URL of API Gateway', () => {
    const template = templateOf({ endpoint: TaskEndpoint.restApi({ disableExecuteApiEndpoint: true }) });
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { DisableExecuteApiEndpoint: true });
  });

  test('with apiKeyRequired requires a key of all methods but preflights, which allow its header', () => {
    const methods = methodsOf(templateOf({ endpoint: TaskEndpoint.restApi({ apiKeyRequired: true }), corsAllowOrigins: ['https://app.example.com'] }));
    for (const route of ROUTES) expect(methods[route].ApiKeyRequired).toBe(true);
    const preflight = methods['OPTIONS /tasks'];
    expect(preflight.ApiKeyRequired).toBeFalsy();
    const [{ ResponseParameters }] = preflight.Integration.IntegrationResponses;
    expect(ResponseParameters['method.response.header.Access-Control-Allow-Headers']).toMatch(/,X-Api-Key'$/);
  });

  describe('that is private', () => {
    const DENIAL = {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': ['vpce-1'] } },
    };
    const ALLOWANCE = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
    const policyOf = (authOf?: (stack: Stack) => TaskApiAuth, props?: TaskManagerProps) => {
      const template = templateOf((stack) => ({
        ...props,
        auth: authOf?.(stack),
        endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [vpcEndpoint(stack)] }),
      }));
      const [{ Properties }] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
      expect(Properties.EndpointConfiguration).toEqual({ Types: ['PRIVATE'], VpcEndpointIds: ['vpce-1'] });
      return Properties.Policy.Statement;
    };

    test('denies what comes through no endpoint, and allows nothing with IAM, so that callers need a grant', () => {
      expect(policyOf()).toEqual([DENIAL]);
    });

    test('allows nothing with a Lambda authorizer, whose policy may leave out some of the methods', () => {
      expect(policyOf(lambdaAuthorizer)).toEqual([DENIAL]);
    });

    test.each<[string, (stack: Stack) => TaskApiAuth]>([
      ['without authorization', () => TaskApiAuth.none()],
      ['with a user pool', (stack) => TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'))],
    ])('allows what comes through an endpoint %s', (_, auth) => {
      expect(policyOf(auth)).toEqual([DENIAL, ALLOWANCE]);
    });

    test.each<[string, undefined | ((stack: Stack) => TaskApiAuth)]>([
      ['IAM', undefined], ['a Lambda authorizer', lambdaAuthorizer],
    ])('allows the preflights that come through an endpoint with %s, because they have no authorization', (_, auth) => {
      expect(policyOf(auth, { corsAllowOrigins: ['https://app.example.com'] }))
        .toEqual([DENIAL, { ...ALLOWANCE, Resource: 'execute-api:/*/OPTIONS/*' }]);
    });

    test('deploys a changed policy', () => {
      const deploymentWith = (change: (tasks: TaskManager) => void) => {
        const { stack, tasks } = aTaskManager((scope) => ({
          endpoint: TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [vpcEndpoint(scope)] }),
        }));
        change(tasks);
        return Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::Deployment'))[0];
      };
      const denyMore = ({ restApi }: TaskManager) => restApi!.addToResourcePolicy(new iam.PolicyStatement({
        effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*/POST/*'],
      }));
      expect(deploymentWith(() => {})).not.toBe(deploymentWith(denyMore));
    });

    test.each([undefined, []])('throws with the VPC endpoints %j', (vpcEndpoints) => {
      expect(() => TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints }))
        .toThrow('vpcEndpoints must have at least one VPC endpoint with EndpointType.PRIVATE, got none: only they can reach the API');
    });
  });

  test.each([[undefined, 'REGIONAL'], [apigateway.EndpointType.EDGE, 'EDGE']])('throws with VPC endpoints and the type %s', (endpointType, type) => {
    const stack = new Stack(new App(), 'Stack');
    expect(() => TaskEndpoint.restApi({ endpointType, vpcEndpoints: [vpcEndpoint(stack)] }))
      .toThrow(`vpcEndpoints must be with EndpointType.PRIVATE, got ${type}`);
  });
});

describe('TaskEndpoint.onResource()', () => {
  type Props = TaskManagerProps & ResourceEndpointOptions & { readonly path?: string };

  /** Adds a TaskManager below the resource /v1 of an API. By default, both are in one stack. */
  function onApi(api: apigateway.IRestApi, scope: Construct, { path = 'v1', stageName, deploy, ...props }: Props = {}): TaskManager {
    const resource = path.split('/').filter((part) => part !== '').reduce((parent, part) => parent.addResource(part), api.root);
    return new TaskManager(scope, 'Tasks', { ...props, endpoint: TaskEndpoint.onResource(resource, { stageName, deploy }) });
  }

  function inOneStack(props?: Props, apiProps?: apigateway.RestApiProps) {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'eu-west-1' } });
    const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false, ...apiProps });
    api.root.addMethod('GET');
    const tasks = onApi(api, stack, props);
    return { stack, api, tasks };
  }

  function inTwoStacks(props?: Props, apiProps?: apigateway.RestApiProps) {
    const app = new App();
    const apiStack = new Stack(app, 'ApiStack');
    const api = new apigateway.RestApi(apiStack, 'RestApi', { cloudWatchRole: false, ...apiProps });
    api.root.addMethod('GET');
    const stack = new Stack(app, 'Stack');
    return { app, apiStack, api, stack, tasks: onApi(api, stack, props) };
  }

  function onImported(options: ResourceEndpointOptions = { stageName: 'live' }, props?: TaskManagerProps) {
    const stack = new Stack(new App(), 'Stack');
    const restApi = apigateway.RestApi.fromRestApiAttributes(stack, 'RestApi', { restApiId: 'a1b2c3', rootResourceId: 'root' });
    const resource = apigateway.Resource.fromResourceAttributes(stack, 'V1', { restApi, resourceId: 'v1-id', path: '/v1' });
    const tasks = new TaskManager(stack, 'Tasks', { ...props, endpoint: TaskEndpoint.onResource(resource, options) });
    return { stack, tasks };
  }

  /** Returns the deployments of a stack that the TaskManager made. */
  const deploymentsOf = (stack: Stack): [string, any][] => Object.entries(Template.fromStack(stack).findResources('AWS::ApiGateway::Deployment'))
    .filter(([id]) => id.startsWith('Tasks'));

  describe('of the same stack', () => {
    test('adds the routes below the resource, and creates no API', () => {
      const { stack, tasks } = inOneStack();
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
      template.resourceCountIs('AWS::ApiGateway::GatewayResponse', 0);
      const methods = methodsOf(template);
      for (const route of ROUTES) expect(methods[route.replace(' ', ' /v1')].AuthorizationType).toBe('AWS_IAM');
      expect(tasks.restApi).toBeUndefined();
      expect(tasks.httpApi).toBeUndefined();
    });

    test('lets the API deploy itself with the routes', () => {
      const { stack, api } = inOneStack();
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::ApiGateway::Deployment', 1);
      const [{ DependsOn }] = Object.values(template.findResources('AWS::ApiGateway::Deployment'));
      const ofMethods = Object.keys(template.findResources('AWS::ApiGateway::Method'));
      expect(ofMethods).toHaveLength(5);
      expect(DependsOn).toEqual(expect.arrayContaining(ofMethods));
      expect(api.methods).toHaveLength(5);
    });

    test('makes a new deployment when the function gets another name', () => {
      const [before, after] = [undefined, 'other'].map((functionName) => {
        const { stack, tasks } = inOneStack();
        (tasks.apiHandler.node.defaultChild as any).functionName = functionName;
        return Object.keys(Template.fromStack(stack).findResources('AWS::ApiGateway::Deployment'))[0];
      });
      expect(before).not.toBe(after);
    });

    test('has the URL of the resource', () => {
      const { stack, tasks } = inOneStack();
      expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/^https:\/\/{RestApi\w+}\.execute-api\.eu-west-1\.{AWS::URLSuffix}\/{RestApiDeploymentStageprod\w+}\/v1\/$/);
    });

    test('grants the routes below the resource', () => {
      const { stack, tasks } = inOneStack();
      const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
      tasks.grantRead(role);
      expect(invokable(stack).map((arn) => arn.replace(/^.*stageprod\w+}/i, ''))).toEqual(['/GET/v1/tasks', '/GET/v1/tasks/*']);
    });

    test('grants all values of parameters in its path', () => {
      const { stack, tasks } = inOneStack({ path: 'tenants/{tenant}' });
      tasks.grantCancel(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
      expect(invokable(stack)[0]).toMatch(/\/POST\/tenants\/\*\/tasks\/\*\/cancel$/);
    });

    test('can be the root of the API', () => {
      const { stack, tasks } = inOneStack({ path: '' });
      expect(Object.keys(methodsOf(Template.fromStack(stack)))).toEqual(expect.arrayContaining(ROUTES));
      expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/{RestApiDeploymentStageprod\w+}\/$/);
    });

    test('takes the name of its stage, and of no other, which could not invoke the function', () => {
      const { stack, tasks } = inOneStack({ stageName: 'prod' });
      expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/\/prod\/v1\/$/);
      expect(() => inOneStack({ stageName: 'test' }))
        .toThrow("stageName must be that of the deploymentStage of Stack/RestApi for its resource /v1, got 'test': remove it");
    });

    test('lets only its stage invoke the function', () => {
      const { stack } = inOneStack();
      const permissions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission', { Properties: { Principal: 'apigateway.amazonaws.com' } }));
      expect(permissions).toHaveLength(4);
      for (const { Properties } of permissions) expect(joined(Properties.SourceArn)).toMatch(/{RestApiDeploymentStageprod\w+}\/(GET|POST)\/v1\/tasks/);
    });

    test('uses the authorization of the TaskManager, and not that of other methods', () => {
      const stack = new Stack(new App(), 'Stack');
      const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) });
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false, defaultMethodOptions: { authorizer, apiKeyRequired: true, operationName: 'get' } });
      api.root.addMethod('GET');
      onApi(api, stack);
      const { 'GET ': own, ...routes } = methodsOf(Template.fromStack(stack));
      expect(own.AuthorizationType).toBe('CUSTOM');
      for (const [route, method] of Object.entries(routes)) {
        expect([route, method]).toEqual([route, expect.objectContaining({ AuthorizationType: 'AWS_IAM', ApiKeyRequired: true })]);
        expect(method).not.toHaveProperty('AuthorizerId');
        expect(method).not.toHaveProperty('OperationName');
      }
    });

    test('can use an authorizer of the API', () => {
      const stack = new Stack(new App(), 'Stack');
      const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) });
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false, defaultMethodOptions: { authorizer } });
      onApi(api, stack, { auth: TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'tenant' }) });
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::ApiGateway::Authorizer', 1);
      for (const method of Object.values(methodsOf(template))) expect(method.AuthorizerId).toEqual({ Ref: expect.stringMatching(/^Authorizer/) });
    });

    test('can share an authorizer for a user pool', () => {
      const stack = new Stack(new App(), 'Stack');
      const users = new cognito.UserPool(stack, 'Users');
      const authorizer = new apigateway.CognitoUserPoolsAuthorizer(stack, 'Authorizer', { cognitoUserPools: [users] });
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
      onApi(api, stack, { auth: TaskApiAuth.cognito(users, { authorizer }) });
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::ApiGateway::Authorizer', 1);
      expect(apiVariablesOf(template).OWNER).toBe('claim:sub');
    });

    test('throws if the API does not deploy itself and nobody says how', () => {
      expect(() => inOneStack({ stageName: 'live' }, { deploy: false }))
        .toThrow('deploy must be false for the resource /v1 of Stack/RestApi, because that API has deploy: false: deploy it where you deploy its other methods');
    });

    test('leaves the deployment to the app with deploy: false', () => {
      const { stack, api, tasks } = inOneStack({ stageName: 'live', deploy: false }, { deploy: false });
      const deployment = new apigateway.Deployment(stack, 'Deployment', { api });
      deployment.node.addDependency(tasks);
      const template = Template.fromStack(stack);
      template.resourceCountIs('AWS::ApiGateway::Deployment', 1);
      expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/\/live\/v1\/$/);
    });
  });

  describe('of another stack', () => {
    test('defines the routes in the stack of the TaskManager, which alone depends on the other one', () => {
      const { app, apiStack, stack } = inTwoStacks();
      app.synth();
      expect(stack.dependencies).toEqual([apiStack]);
      expect(apiStack.dependencies).toEqual([]);
      Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Method', 4);
      Template.fromStack(apiStack).resourceCountIs('AWS::ApiGateway::Method', 1);
    });

    test('deploys the API to its stage, and keeps old deployments', () => {
      const { stack } = inTwoStacks();
      const [[, deployment], ...others] = deploymentsOf(stack);
      expect(others).toEqual([]);
      expect(deployment).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          RestApiId: { 'Fn::ImportValue': expect.stringMatching(/RefRestApi/) },
          StageName: { 'Fn::ImportValue': expect.stringMatching(/RestApiDeploymentStageprod/) },
        },
      });
      const routes = ['Method', 'Resource'].flatMap((type) => Object.keys(Template.fromStack(stack).findResources(`AWS::ApiGateway::${type}`)));
      expect(routes).toHaveLength(7);
      expect(deployment.DependsOn).toEqual(expect.arrayContaining(routes));
    });

    test('is not deployed before the stage is there, in a nested stack', () => {
      const stack = new Stack(new App(), 'Stack');
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
      api.root.addMethod('GET');
      const nested = new NestedStack(stack, 'Nested');
      onApi(api, nested);
      const [[, { Properties: { StageName } }]] = deploymentsOf(nested);
      const [parent] = Object.values(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));
      expect(parent.Properties.Parameters[StageName.Ref]).toEqual({ Ref: expect.stringMatching(/^RestApiDeploymentStageprod/) });
    });

    test('is not deployed by two nested stacks at the same time', () => {
      const stack = new Stack(new App(), 'Stack');
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
      api.root.addMethod('GET');
      for (const path of ['orders', 'reports']) onApi(api, new NestedStack(stack, path), { path });
      const [orders, reports] = Object.entries(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));
      expect(orders[1].DependsOn).not.toContain(reports[0]);
      expect(reports[1].DependsOn).toContain(orders[0]);
    });

    test('is not deployed before the stage is there, if the app says its name', () => {
      const stack = new Stack(new App(), 'Stack');
      const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
      api.root.addMethod('GET');
      const nested = new NestedStack(stack, 'Nested');
      onApi(api, nested, { stageName: 'prod' });
      const [parent] = Object.values(Template.fromStack(stack).findResources('AWS::CloudFormation::Stack'));
      expect(parent.DependsOn).toEqual(expect.arrayContaining([expect.stringMatching(/^RestApiDeploymentStageprod/)]));
    });

    test.each<[string, Props, ((tasks: TaskManager) => void)]>([
      ['a method changes', {}, (tasks) => (tasks.node.findAll().find((one) => one instanceof apigateway.CfnMethod) as apigateway.CfnMethod).addPropertyOverride('ApiKeyRequired', true)],
      ['authorization changes', { auth: TaskApiAuth.none() }, () => {}],
      ['origins are allowed', { corsAllowOrigins: ['*'] }, () => {}],
      ['the function gets another name', {}, (tasks) => { (tasks.apiHandler.node.defaultChild as any).functionName = 'other'; }],
    ])('makes a new deployment when %s', (_, props, change) => {
      const idOf = (changed: boolean) => {
        const { stack, tasks } = inTwoStacks(changed ? props : undefined);
        if (changed) change(tasks);
        return deploymentsOf(stack)[0][0];
      };
      expect(idOf(false)).toBe(idOf(false));
      expect(idOf(true)).not.toBe(idOf(false));
    });

    test('makes no new deployment when only the code of the function changes', () => {
      const idOf = (props?: Props) => deploymentsOf(inTwoStacks(props).stack)[0][0];
      expect(idOf({ maxPollWait: Duration.seconds(5) })).toBe(idOf());
    });

    test('does not deploy with deploy: false', () => {
      expect(deploymentsOf(inTwoStacks({ deploy: false }).stack)).toEqual([]);
    });

    test('grants the routes and lets only its stage invoke the function', () => {
      const { stack, tasks } = inTwoStacks();
      tasks.grantCreate(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
      const arnOf = (arn: any) => JSON.stringify(arn);
      const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', {
        Properties: { PolicyDocument: { Statement: [Match.objectLike({ Action: 'execute-api:Invoke' })] } },
      }));
      expect(arnOf(policy.Properties.PolicyDocument.Statement[0].Resource)).toMatch(/RestApiDeploymentStageprod.*"\/POST\/v1\/tasks"/);
      const permissions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Permission', { Properties: { Principal: 'apigateway.amazonaws.com' } }));
      for (const { Properties } of permissions) expect(arnOf(Properties.SourceArn)).toMatch(/RestApiDeploymentStageprod.*"\/(GET|POST)\/v1\/tasks/);
    });

    test('can use an authorizer of the API', () => {
      const app = new App();
      const apiStack = new Stack(app, 'ApiStack');
      const authorizer = new apigateway.TokenAuthorizer(apiStack, 'Authorizer', { handler: aFunction(apiStack) });
      const api = new apigateway.RestApi(apiStack, 'RestApi', { cloudWatchRole: false, defaultMethodOptions: { authorizer } });
      api.root.addMethod('GET');
      const stack = new Stack(app, 'Stack');
      onApi(api, stack, { auth: TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'tenant' }) });
      app.synth();
      Template.fromStack(stack).resourceCountIs('AWS::ApiGateway::Authorizer', 0);
      Template.fromStack(stack).allResourcesProperties('AWS::ApiGateway::Method', { AuthorizerId: { 'Fn::ImportValue': Match.stringLikeRegexp('Authorizer') } });
      expect(apiStack.dependencies).toEqual([]);
    });

    test('binds an authorizer for a user pool to the API', () => {
      const users = (stack: Stack) => cognito.UserPool.fromUserPoolId(stack, 'Users', 'eu-west-1_a');
      const app = new App();
      const apiStack = new Stack(app, 'ApiStack');
      const api = new apigateway.RestApi(apiStack, 'RestApi', { cloudWatchRole: false });
      api.root.addMethod('GET');
      const stack = new Stack(app, 'Stack');
      onApi(api, stack, { auth: TaskApiAuth.cognito(users(stack)) });
      Template.fromStack(stack).hasResourceProperties('AWS::ApiGateway::Authorizer', { RestApiId: { 'Fn::ImportValue': Match.anyValue() } });
    });
  });

  describe('of an imported API', () => {
    test('adds the routes below the resource', () => {
      const { stack, tasks } = onImported();
      const template = Template.fromStack(stack);
      template.hasResourceProperties('AWS::ApiGateway::Resource', { RestApiId: 'a1b2c3', ParentId: 'v1-id', PathPart: 'tasks' });
      template.resourceCountIs('AWS::ApiGateway::Method', 4);
      expect(joined(stack.resolve(tasks.apiUrl))).toBe('https://a1b2c3.execute-api.{AWS::Region}.{AWS::URLSuffix}/live/v1/');
    });

    test('deploys the API to the stage, and keeps old deployments', () => {
      const [[id, deployment]] = deploymentsOf(onImported().stack);
      expect(id).toMatch(/^TasksApiDeployment\w{8}[0-9a-f]{32}$/);
      expect(deployment).toMatchObject({ DeletionPolicy: 'Retain', Properties: { RestApiId: 'a1b2c3', StageName: 'live' } });
    });

    test('throws without the name of its stage', () => {
      expect(() => onImported({})).toThrow('stageName is required for the resource /v1 of Stack/RestApi, because the stage of the API is not known');
    });

    test('takes a Token as the name of its stage', () => {
      const stack = new Stack(new App(), 'Stack');
      const restApi = apigateway.RestApi.fromRestApiId(stack, 'RestApi', 'a1b2c3');
      const resource = apigateway.Resource.fromResourceAttributes(stack, 'V1', { restApi, resourceId: 'v1-id', path: '/v1' });
      const stageName = new CfnParameter(stack, 'StageName').valueAsString;
      new TaskManager(stack, 'Tasks', { endpoint: TaskEndpoint.onResource(resource, { stageName }) });
      expect(deploymentsOf(stack)[0][1].Properties.StageName).toEqual({ Ref: 'StageName' });
    });

    test('has the routes of one TaskManager after the other, because API Gateway deploys no method that is not complete', () => {
      const stack = new Stack(new App(), 'Stack');
      const restApi = apigateway.RestApi.fromRestApiAttributes(stack, 'RestApi', { restApiId: 'a1b2c3', rootResourceId: 'root' });
      const ids = ['Orders', 'Reports', 'Exports'];
      for (const id of ids) {
        const resource = restApi.root.addResource(id);
        new TaskManager(stack, id, { endpoint: TaskEndpoint.onResource(resource, { stageName: 'live', deploy: id !== 'Reports' }) });
      }
      const template = Template.fromStack(stack);
      const methods = Object.entries(template.findResources('AWS::ApiGateway::Method'));
      const dependenciesOf = (taskManager: string) =>
        methods.filter(([id]) => id.startsWith(taskManager)).map(([, { DependsOn }]) => DependsOn);
      const deploymentOf = (taskManager: string) =>
        Object.keys(template.findResources('AWS::ApiGateway::Deployment')).find((id) => id.startsWith(taskManager));
      expect(dependenciesOf('Orders')).toEqual(Array(4).fill(undefined));
      for (const dependencies of dependenciesOf('Reports')) expect(dependencies).toContain(deploymentOf('Orders'));
      const ofReports = methods.map(([id]) => id).filter((id) => id.startsWith('Reports'));
      for (const dependencies of dependenciesOf('Exports')) expect(dependencies).toEqual(expect.arrayContaining(ofReports));
    });

    test('has them one after the other also if they are in several scopes', () => {
      const stack = new Stack(new App(), 'Stack');
      const restApi = apigateway.RestApi.fromRestApiAttributes(stack, 'RestApi', { restApiId: 'a1b2c3', rootResourceId: 'root' });
      const [first, second] = ['First', 'Second'].map((id) => new Construct(stack, id));
      for (const [scope, id] of [[second, 'Orders'], [first, 'Reports'], [second, 'Exports']] as const) {
        new TaskManager(scope, id, { endpoint: TaskEndpoint.onResource(restApi.root.addResource(id), { stageName: 'live' }) });
      }
      const methods = Object.entries(Template.fromStack(stack).findResources('AWS::ApiGateway::Method'));
      const ofReports = methods.map(([id]) => id).filter((id) => id.startsWith('FirstReports'));
      const ofExports = methods.filter(([id]) => id.startsWith('SecondExports'));
      expect([ofReports.length, ofExports.length]).toEqual([4, 4]);
      for (const [, { DependsOn }] of ofExports) expect(DependsOn).toEqual(expect.arrayContaining(ofReports));
    });

    test('adds preflights for corsAllowOrigins', () => {
      const { stack } = onImported(undefined, { corsAllowOrigins: ['https://app.example.com'] });
      Template.fromStack(stack).resourcePropertiesCountIs('AWS::ApiGateway::Method', { HttpMethod: 'OPTIONS' }, 3);
    });
  });

  describe('with defaultCorsPreflightOptions', () => {
    const CORS = { allowOrigins: ['https://app.example.com'], allowHeaders: ['X-Own', 'content-type'], allowCredentials: true, maxAge: Duration.minutes(5) };

    test.each<[string, (apiProps: apigateway.RestApiProps, props?: Props) => { stack: Stack }]>([
      ['the same stack', (apiProps, props) => inOneStack(props, apiProps)], ['another stack', (apiProps, props) => inTwoStacks(props, apiProps)],
    ])('of %s uses them, and adds the headers of the routes', (_, define) => {
      const { stack } = define({ defaultCorsPreflightOptions: CORS });
      const preflights = Object.entries(Template.fromStack(stack).findResources('AWS::ApiGateway::Method', { Properties: { HttpMethod: 'OPTIONS' } }))
        .filter(([id]) => id.includes('tasks')).map(([, { Properties }]) => Properties);
      expect(preflights).toHaveLength(3);
      for (const { Integration: { IntegrationResponses: [{ ResponseParameters: headers }] } } of preflights) {
        expect(headers['method.response.header.Access-Control-Allow-Origin']).toBe("'https://app.example.com'");
        expect(headers['method.response.header.Access-Control-Allow-Credentials']).toBe("'true'");
        expect(headers['method.response.header.Access-Control-Max-Age']).toBe("'300'");
        expect(headers['method.response.header.Access-Control-Allow-Headers']).toMatch(/^'X-Own,content-type,Authorization,Idempotency-Key,/);
        expect(headers['method.response.header.Access-Control-Expose-Headers']).toMatch(/^'ETag,/);
      }
      expect(apiVariablesOf(Template.fromStack(stack))).toMatchObject({ ALLOW_ORIGINS: 'https://app.example.com', ALLOW_CREDENTIALS: 'true' });
    });

    test('keeps preflights out of caches if they do', () => {
      const { stack } = inOneStack({}, { defaultCorsPreflightOptions: { allowOrigins: ['*'], disableCache: true } });
      const preflight = methodsOf(Template.fromStack(stack))['OPTIONS /v1/tasks'];
      expect(preflight.Integration.IntegrationResponses[0].ResponseParameters['method.response.header.Access-Control-Max-Age']).toBe("'-1'");
    });

    test('throws with corsAllowOrigins', () => {
      expect(() => inOneStack({ corsAllowOrigins: ['*'] }, { defaultCorsPreflightOptions: CORS }))
        .toThrow('corsAllowOrigins must not be set, because the resource /v1 has defaultCorsPreflightOptions, which apply');
    });
  });

  test.each<[string, TaskManagerProps, string]>([
    ['accessLogs', { accessLogs: true }, 'true'], ['throttlingRateLimit', { throttlingRateLimit: 5 }, '5'], ['throttlingBurstLimit', { throttlingBurstLimit: 6 }, '6'],
  ])('throws with %s', (name, props, value) => {
    expect(() => inOneStack(props)).toThrow(`${name} must not be set with TaskEndpoint.onResource(), got ${value}: it is a setting of the stage of your API`);
  });

  test('throws if the resource already has tasks', () => {
    const stack = new Stack(new App(), 'Stack');
    const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
    api.root.addResource('tasks').addMethod('GET');
    expect(() => onApi(api, stack, { path: '' })).toThrow("resource must not have a resource 'tasks' yet, got / of Stack/RestApi");
  });

  test('throws if the resource already has the routes of a TaskManager of another stack', () => {
    const { app, api } = inTwoStacks();
    expect(() => new TaskManager(new Stack(app, 'Other'), 'Tasks', { endpoint: TaskEndpoint.onResource(api.root.getResource('v1')!) }))
      .toThrow("resource must not have a resource 'tasks' yet, got /v1 of ApiStack/RestApi");
  });

  test('throws if the path has the path parameter of the routes', () => {
    const stack = new Stack(new App(), 'Stack');
    const api = new apigateway.RestApi(stack, 'RestApi', { cloudWatchRole: false });
    expect(() => onApi(api, stack, { path: 'jobs/{taskId}' }))
      .toThrow('resource must not have a path parameter {taskId}, got /jobs/{taskId} of Stack/RestApi: the routes have one');
  });

  test('throws if the API is a SpecRestApi', () => {
    const stack = new Stack(new App(), 'Stack');
    const api = new apigateway.SpecRestApi(stack, 'RestApi', { apiDefinition: apigateway.ApiDefinition.fromInline({ openapi: '3.0.1' }), cloudWatchRole: false });
    expect(() => onApi(api, stack, { path: '' })).toThrow('resource must not be of a SpecRestApi, got / of Stack/RestApi: each import of its definition would remove the routes');
  });

  test('throws if the API is in another region', () => {
    const app = new App();
    const api = new apigateway.RestApi(new Stack(app, 'ApiStack', { env: { account: '111111111111', region: 'eu-west-1' } }), 'RestApi');
    const stack = new Stack(app, 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
    expect(() => onApi(api, stack)).toThrow('resource must be in the account and region of the TaskManager, 111111111111/us-east-1, got 111111111111/eu-west-1');
  });

  test('can have the routes of two TaskManagers', () => {
    const { stack, api } = inOneStack();
    new TaskManager(stack, 'Reports', { endpoint: TaskEndpoint.onResource(api.root.addResource('reports')) });
    expect(Object.keys(methodsOf(Template.fromStack(stack)))).toEqual(expect.arrayContaining(['POST /v1/tasks', 'POST /reports/tasks']));
  });
});

test('two TaskManagers share the REST API of the first one', () => {
  const { stack, tasks } = aTaskManager();
  const reports = new TaskManager(stack, 'Reports', { endpoint: TaskEndpoint.onResource(tasks.restApi!.root.addResource('reports')) });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
  template.resourceCountIs('AWS::ApiGateway::Deployment', 1);
  expect(Object.keys(methodsOf(template)).sort()).toEqual([...ROUTES, ...ROUTES.map((route) => route.replace(' ', ' /reports'))].sort());
  expect(joined(stack.resolve(reports.apiUrl))).toBe(`${joined(stack.resolve(tasks.apiUrl))}reports/`);
});

describe('TaskEndpoint.httpApi()', () => {
  const endpoint = TaskEndpoint.httpApi();
  const httpTemplate = (props?: TaskManagerProps) => templateOf({ ...props, endpoint });
  const routesOf = (template: Template) => Object.fromEntries(Object.values(template.findResources('AWS::ApiGatewayV2::Route'))
    .map(({ Properties: { RouteKey, ...others } }) => [RouteKey, others]));

  test('has the routes, and no REST API', () => {
    const template = httpTemplate();
    expect(Object.keys(routesOf(template)).sort()).toEqual(ROUTES);
    template.resourceCountIs('AWS::ApiGateway::RestApi', 0);
    template.resourceCountIs('AWS::ApiGateway::GatewayResponse', 0);
  });

  test('calls the function with the events of a REST API, once for all routes', () => {
    const template = httpTemplate();
    template.resourceCountIs('AWS::ApiGatewayV2::Integration', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '1.0' });
    template.resourcePropertiesCountIs('AWS::Lambda::Permission', { Principal: 'apigateway.amazonaws.com' }, 1);
  });

  test('has the URL of its default stage', () => {
    const { stack, tasks } = aTaskManager({ endpoint });
    expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/^https:\/\/{TasksApiHttpApi\w+}\.execute-api\.{AWS::Region}\.{AWS::URLSuffix}\/$/);
    expect(tasks.restApi).toBeUndefined();
    expect(stack.resolve(tasks.httpApi!.apiId)).toEqual({ Ref: expect.stringMatching(/^TasksApiHttpApi/) });
  });

  test('is throttled by default, in each route', () => {
    httpTemplate().hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default', AutoDeploy: true, DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
  });

  test('takes the limits of the props', () => {
    httpTemplate({ throttlingRateLimit: 5, throttlingBurstLimit: 6 }).hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 },
    });
  });

  test('writes access logs if asked', () => {
    const template = httpTemplate({ accessLogs: true });
    const [{ Properties: { AccessLogSettings } }] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    expect(AccessLogSettings.DestinationArn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^TasksApiAccessLog/), 'Arn'] });
    expect(Object.keys(JSON.parse(AccessLogSettings.Format))).toEqual([
      'requestId', 'requestTime', 'httpMethod', 'routeKey', 'status', 'errorResponseType', 'responseLength', 'responseLatency', 'integrationLatency',
    ]);
    expect(httpTemplate().findResources('AWS::ApiGatewayV2::Stage', { Properties: { AccessLogSettings: Match.anyValue() } })).toEqual({});
  });

  test('leaves CORS to API Gateway', () => {
    const template = httpTemplate({ corsAllowOrigins: ['https://app.example.com'] });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://app.example.com'],
        AllowMethods: ['GET', 'POST'],
        AllowHeaders: Match.arrayWith(['Idempotency-Key', 'If-None-Match', 'Prefer']),
        ExposeHeaders: Match.arrayWith(['Location', 'Retry-After']),
        MaxAge: 7200,
      },
    });
    expect(apiVariablesOf(template)).not.toHaveProperty('ALLOW_ORIGINS');
  });

  test('can be without the URL of API Gateway', () => {
    const template = templateOf({ endpoint: TaskEndpoint.httpApi({ disableExecuteApiEndpoint: true }) });
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
  });

  test('can have a custom domain', () => {
    const { stack, tasks } = aTaskManager({ endpoint });
    const certificate = acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/12345678');
    const domainName = new apigatewayv2.DomainName(stack, 'Domain', { domainName: 'tasks.example.com', certificate });
    new apigatewayv2.ApiMapping(stack, 'Mapping', { api: tasks.httpApi!, domainName });
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', { Stage: '$default', ApiId: { Ref: Match.stringLikeRegexp('HttpApi') } });
  });

  test('grants its routes', () => {
    const { stack, tasks } = aTaskManager({ endpoint });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    tasks.grantRead(role);
    tasks.grantCancel(role);
    expect(invokable(stack).map((arn) => arn.replace(/^.*HttpApi\w+}/, ''))).toEqual(['/$default/GET/tasks', '/$default/GET/tasks/*', '/$default/POST/tasks/*/cancel']);
  });

  test('warns of a grant that has no effect', () => {
    const { stack, tasks } = aTaskManager({ endpoint, auth: TaskApiAuth.none() });
    tasks.grantRead(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    Annotations.fromStack(stack).hasWarning('/Stack/Tasks', Match.stringLikeRegexp('cdk-task-manager:grantWithoutIam'));
  });

  test('is granted by its id where it is imported', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
      eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus', eventSource: 's', undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:q', httpApiId: 'h1',
    });
    tasks.grantCreate(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(invokable(stack)[0]).toMatch(/:h1\/\$default\/POST\/tasks$/);
  });
});

describe('an imported TaskManager', () => {
  const ATTRIBUTES = {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus', eventSource: 's', undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:q',
  };

  function granted(attributes: (stack: Stack) => Partial<TaskManagerAttributes>): string {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...ATTRIBUTES, ...attributes(stack) });
    tasks.grantCreate(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    return invokable(stack)[0];
  }

  test('is granted below the resource', () => {
    expect(granted(() => ({ restApiId: 'a1', resourcePath: '/v1/{tenant}' }))).toMatch(/:a1\/prod\/POST\/v1\/\*\/tasks$/);
  });

  test('takes a Token as the path of the resource', () => {
    const resourcePath = (stack: Stack) => new CfnParameter(stack, 'ResourcePath').valueAsString;
    expect(granted((stack) => ({ restApiId: 'a1', resourcePath: resourcePath(stack) }))).toMatch(/:a1\/prod\/POST.*ResourcePath.*\/tasks$/);
  });

  test('throws if the path does not begin with a slash', () => {
    expect(() => granted(() => ({ restApiId: 'a1', resourcePath: 'v1' }))).toThrow("resourcePath must begin with '/', as resource.path does, got 'v1'");
  });

  test('throws if an HTTP API has the path of a resource', () => {
    expect(() => granted(() => ({ httpApiId: 'h1', resourcePath: '/v1' })))
      .toThrow('resourcePath must not be with httpApiId: an HTTP API has no resources');
  });
});

import { App, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { HttpLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { functionOf, managerOf } from './constructs';
import { ITaskManager, TaskApiAuth, TaskEndpoint, TaskManager, TaskManagerAttributes, TaskManagerProps } from '../../src';

/** Functions with different grants. */
export interface Callers {
  readonly creator: lambda.Function;
  readonly reader: lambda.Function;
  readonly canceller: lambda.Function;
  readonly stranger: lambda.Function;
}

/** Where the routes of a TaskManager are. */
export interface Place {
  readonly taskManager: ITaskManager;
  readonly apiId: string;
  readonly stageName: string;
  /** The path that the routes are below, in a request. */
  readonly basePath: string;
  /** The only way to a private API. */
  readonly vpcEndpointId?: string;
}

/** An API that requires IAM authorization, and its callers. */
export interface Endpoint extends Place {
  readonly callers: Callers;
}

/** A private API that requires no grants. */
export interface PrivateApi extends Place {
  /**
   * The role of this function has the policy that the Lambda authorizer returns for a caller who may only list tasks. API Gateway
   * evaluates the policies of authorizers as those of roles.
   */
  readonly authorized?: lambda.Function;
}

/** TaskManagers whose routes are elsewhere than in a regional REST API of their own. */
export interface Endpoints {
  readonly taskManagers: TaskManager[];
  readonly endpoints: Endpoint[];
  readonly privateApis: PrivateApi[];
}

/** The id and the path of the resource of an API that the app does not define. */
export const LEGACY = { resourceId: 'legacy-v1', path: '/v1' };

const TENANT_PATH = '/v1/acme';

/** Defines a TaskManager for each place of the routes. */
export function addEndpoints(app: App): Endpoints {
  const endpoints = [...httpApis(app), ...onResources(app), edgeApi(app), privateApi(app)];
  const privateApis = privateApisWithoutGrants(app);
  const served = [...endpoints, ...privateApis].map(({ taskManager }) => taskManager).filter((each) => each instanceof TaskManager);
  return { endpoints, privateApis, taskManagers: [...httpApisWithoutGrants(app), ...served] };
}

/** Returns the endpoint of a REST API of the TaskManager's own, with callers. */
export function ownRestApi(taskManager: TaskManager, vpcEndpointId?: string): Endpoint {
  return { ...placeOf(taskManager, vpcEndpointId), callers: callersOf(Stack.of(taskManager), taskManager) };
}

function placeOf(taskManager: TaskManager, vpcEndpointId?: string): Place {
  const { restApiId: apiId, deploymentStage: { stageName } } = taskManager.restApi!;
  return { taskManager, apiId, stageName, basePath: '', vpcEndpointId };
}

function httpApis(app: App): Endpoint[] {
  const tasks = managerOf(app, 'HttpTasks', () => ({ endpoint: TaskEndpoint.httpApi() }));
  const imports = new Stack(app, 'HttpImports');
  const imported = importOf(imports, 'ImportedHttp', tasks, { httpApiId: tasks.httpApi!.apiId });
  const at = { apiId: tasks.httpApi!.apiId, stageName: '$default', basePath: '' };
  return [
    { ...at, taskManager: tasks, callers: callersOf(Stack.of(tasks), tasks) },
    { ...at, taskManager: imported, callers: callersOf(imports, imported) },
  ];
}

function httpApisWithoutGrants(app: App): TaskManager[] {
  const endpoint = TaskEndpoint.httpApi();
  const members = managerOf(app, 'HttpMembers', () => ({
    endpoint, auth: TaskApiAuth.jwt('https://example.auth0.com/', { audience: ['tasks'] }), corsAllowOrigins: ['https://app.example.com'], accessLogs: true,
  }));
  const partners = managerOf(app, 'HttpPartners', (stack) => ({
    endpoint,
    auth: TaskApiAuth.httpAuthorizer(new HttpLambdaAuthorizer('HttpPartnersAuthorizer', functionOf(stack, 'HttpPartnersAuthorize')), { ownerContextKey: 'partner' }),
  }));
  return [members, partners];
}

/** Below a resource of the same stack, whose path has a parameter, of another stack, and of an API that the app does not define. */
function onResources(app: App): Endpoint[] {
  const ownStack = managerOf(app, 'Tenants', (stack) => {
    const tenant = apiOf(stack, 'TenantsApi').root.addResource('v1').addResource('{tenant}');
    return { endpoint: TaskEndpoint.onResource(tenant), corsAllowOrigins: ['https://app.example.com'] };
  });
  const tenantsApi = Stack.of(ownStack).node.findChild('TenantsApi') as apigateway.RestApi;
  const shopApi = apiOf(new Stack(app, 'Shop'), 'ShopApi');
  const v1 = shopApi.root.addResource('v1');
  const otherStack = managerOf(app, 'ShopTasks', () => ({ endpoint: TaskEndpoint.onResource(v1) }));
  const importedApi = managerOf(app, 'LegacyTasks', (stack) => {
    const restApi = apigateway.RestApi.fromRestApiAttributes(stack, 'LegacyApi', { restApiId: 'legacyapi1', rootResourceId: 'legacy-root' });
    const resource = apigateway.Resource.fromResourceAttributes(stack, 'LegacyV1', { restApi, ...LEGACY });
    return { endpoint: TaskEndpoint.onResource(resource, { stageName: 'live' }) };
  });
  const imports = new Stack(app, 'TenantImports');
  const tenants = { apiId: tenantsApi.restApiId, stageName: tenantsApi.deploymentStage.stageName, basePath: TENANT_PATH };
  const importedTaskManager = importOf(imports, 'ImportedTenants', ownStack, {
    restApiId: tenants.apiId, stageName: tenants.stageName, resourcePath: '/v1/{tenant}',
  });
  return [
    { ...tenants, taskManager: ownStack, callers: callersOf(Stack.of(ownStack), ownStack) },
    { ...tenants, taskManager: importedTaskManager, callers: callersOf(imports, importedTaskManager) },
    {
      apiId: shopApi.restApiId,
      stageName: shopApi.deploymentStage.stageName,
      basePath: v1.path,
      taskManager: otherStack,
      callers: callersOf(Stack.of(otherStack), otherStack),
    },
    { apiId: 'legacyapi1', stageName: 'live', basePath: LEGACY.path, taskManager: importedApi, callers: callersOf(Stack.of(importedApi), importedApi) },
  ];
}

function edgeApi(app: App): Endpoint {
  const endpoint = TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.EDGE, apiKeyRequired: true });
  return ownRestApi(managerOf(app, 'EdgeTasks', () => ({ endpoint })));
}

function privateApi(app: App): Endpoint {
  const tasks = managerOf(app, 'PrivateTasks', (stack) => ({ endpoint: privateIn(stack, 'PrivateTasks'), corsAllowOrigins: ['https://app.example.internal'] }));
  return ownRestApi(tasks, vpcEndpointIdOf('PrivateTasks'));
}

function privateApisWithoutGrants(app: App): PrivateApi[] {
  const define = (id: string, auth: (stack: Stack) => TaskApiAuth, props: TaskManagerProps = {}) =>
    managerOf(app, id, (stack) => ({ ...props, endpoint: privateIn(stack, id), auth: auth(stack) }));
  const at = (taskManager: TaskManager) => placeOf(taskManager, vpcEndpointIdOf(taskManager.node.id));
  const authorizerOf = (stack: Stack) => new apigateway.TokenAuthorizer(stack, 'PrivateAuthorizer', { handler: functionOf(stack, 'PrivateAuthorize') });
  const partners = define('PrivatePartners', (stack) => TaskApiAuth.authorizer(authorizerOf(stack), { ownerContextKey: 'partner' }), {
    corsAllowOrigins: ['https://app.example.internal'],
  });
  const authorized = functionOf(Stack.of(partners), 'AuthorizedPartner');
  authorized.addToRolePolicy(new iam.PolicyStatement({
    actions: ['execute-api:Invoke'], resources: [partners.restApi!.arnForExecuteApi('GET', '/tasks')],
  }));
  return [
    at(define('PrivateAnyone', () => TaskApiAuth.none())),
    at(define('PrivateMembers', (stack) => TaskApiAuth.cognito(new cognito.UserPool(stack, 'PrivateUsers')))),
    { ...at(partners), authorized },
  ];
}

function privateIn(stack: Stack, id: string): TaskEndpoint {
  const vpcEndpoint = ec2.InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(stack, `${id}Endpoint`, {
    vpcEndpointId: vpcEndpointIdOf(id), port: 443,
  });
  return TaskEndpoint.restApi({ endpointType: apigateway.EndpointType.PRIVATE, vpcEndpoints: [vpcEndpoint] });
}

function vpcEndpointIdOf(id: string): string {
  return `vpce-${id.toLowerCase()}`;
}

/** Returns an API of the app. */
function apiOf(stack: Stack, id: string): apigateway.RestApi {
  const api = new apigateway.RestApi(stack, id, { cloudWatchRole: false });
  api.root.addMethod('GET');
  return api;
}

type ApiAttributes = Pick<TaskManagerAttributes, 'httpApiId' | 'restApiId' | 'stageName' | 'resourcePath'>;

function importOf(stack: Stack, id: string, taskManager: TaskManager, api: ApiAttributes): ITaskManager {
  return TaskManager.fromTaskManagerAttributes(stack, id, {
    eventBusArn: taskManager.eventBus.eventBusArn,
    eventSource: taskManager.eventSource,
    undeliveredQueueArn: taskManager.undeliveredQueue.queueArn,
    ...api,
  });
}

function callersOf(stack: Stack, taskManager: ITaskManager): Callers {
  const caller = (id: string) => functionOf(stack, `${taskManager.node.id}${id}`);
  const callers = { creator: caller('Creator'), reader: caller('Reader'), canceller: caller('Canceller'), stranger: caller('Stranger') };
  taskManager.grantCreate(callers.creator);
  taskManager.grantRead(callers.reader);
  taskManager.grantCancel(callers.canceller);
  return callers;
}

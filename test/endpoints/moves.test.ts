/** Changes of the endpoint of a deployed TaskManager, and the REST API of another app. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { TaskEndpoint, TaskManager } from '../../src';
import { assumeRole } from '../support/assume-role';
import { Caller } from '../support/callers';
import { BELOW_RESOURCE, EndpointKind, HTTP_API, REST_API, shopApiOf } from '../support/endpoint-kinds';
import { temporaryDirectory } from '../support/temporary-directory';
import { signedBy } from '../support/users';

jest.setTimeout(120_000);

let engine: Engine;

beforeAll(async () => {
  engine = await startEngine({ auth: true });
});

afterAll(() => engine?.stop());

/** Deploys an app, or updates it. */
async function deployApp(define: (app: App) => void): Promise<Deployment> {
  const app = new App({ outdir: temporaryDirectory('moves') });
  define(app);
  app.synth();
  return deploy(engine, app.outdir);
}

/** Adds a TaskManager, and a role that may create and read tasks. */
function addTaskManager(stack: Stack, endpoint?: TaskEndpoint): void {
  const tasks = new TaskManager(stack, 'Tasks', { endpoint, removalPolicy: RemovalPolicy.DESTROY });
  const role = new iam.Role(stack, 'Supplier', { assumedBy: new iam.AccountRootPrincipal() });
  tasks.grantCreate(role);
  tasks.grantRead(role);
  new CfnOutput(stack, 'Url', { value: tasks.apiUrl });
  new CfnOutput(stack, 'SupplierRole', { value: role.roleArn });
}

/** Returns a caller with the role. */
async function supplier(deployment: Deployment, stack: string): Promise<Caller> {
  const credentials = await assumeRole(engine, deployment.outputs(stack).SupplierRole);
  return new Caller(deployment.apiUrl(stack, 'Url'), {}, signedBy(engine, credentials));
}

test('a TaskManager that moves to another endpoint keeps its tasks, and its callers their grants', async () => {
  const urls = new Set<string>();
  const taskIds: string[] = [];
  for (const kind of [REST_API, HTTP_API, BELOW_RESOURCE, REST_API] as EndpointKind[]) {
    const deployment = await deployApp((app) => {
      const stack = new Stack(app, 'Moving');
      addTaskManager(stack, kind.endpoint(stack, 1));
    });
    urls.add(deployment.outputs('Moving').Url);
    const caller = await supplier(deployment, 'Moving');
    taskIds.push(await caller.create());
    for (const taskId of taskIds) expect((await caller.request('GET', `tasks/${taskId}`)).status).toBe(200);
    expect((await caller.request('POST', `tasks/${taskIds[0]}/cancel`)).status).toBe(403);
  }
  expect(urls.size).toBe(4);
});

test('the routes can be below a resource of the REST API of another app', async () => {
  const shop = await deployApp((app) => {
    const stack = new Stack(app, 'Shop');
    const api = shopApiOf(stack);
    const resource = api.root.addResource('v1');
    resource.addMethod('GET', new apigateway.MockIntegration());
    new CfnOutput(stack, 'Api', { value: api.restApiId });
    new CfnOutput(stack, 'V1', { value: resource.resourceId });
    new CfnOutput(stack, 'ShopUrl', { value: api.url });
  });
  const deployment = await deployApp((app) => {
    const stack = new Stack(app, 'Tasks');
    const { Api, V1 } = shop.outputs('Shop');
    const restApi = apigateway.RestApi.fromRestApiId(stack, 'ShopApi', Api);
    const resource = apigateway.Resource.fromResourceAttributes(stack, 'V1', { restApi, resourceId: V1, path: '/v1' });
    addTaskManager(stack, TaskEndpoint.onResource(resource, { stageName: 'prod' }));
  });
  expect(deployment.apiUrl('Tasks', 'Url')).toBe(`${shop.apiUrl('Shop', 'ShopUrl')}v1/`);
  const caller = await supplier(deployment, 'Tasks');
  const taskId = await caller.create();
  expect((await caller.request('GET', `tasks/${taskId}`)).status).toBe(200);
  expect((await caller.request('POST', `tasks/${taskId}/cancel`)).status).toBe(403);
  expect((await fetch(`${shop.apiUrl('Shop', 'ShopUrl')}orders`)).status).toBe(200);
});

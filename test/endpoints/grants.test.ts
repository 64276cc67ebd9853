/** Grants, of the TaskManager and of an imported one, with the IAM of the local engine. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { ITaskManager, TaskManager, TaskManagerAttributes } from '../../src';
import { assumeRole } from '../support/assume-role';
import { Caller } from '../support/callers';
import { BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK, EndpointKind, HTTP_API, REST_API, shopApiOf } from '../support/endpoint-kinds';
import { temporaryDirectory } from '../support/temporary-directory';
import { signedBy } from '../support/users';

jest.setTimeout(120_000);

/** The calls that each grant allows. */
const GRANTS = {
  grantCreate: ['POST tasks'],
  grantRead: ['GET tasks', 'GET tasks/:id'],
  grantCancel: ['POST tasks/:id/cancel'],
  none: [],
} satisfies Record<string, string[]>;
type GrantName = keyof typeof GRANTS;
const NAMES = Object.keys(GRANTS) as GrantName[];
const CALLS = NAMES.flatMap((name) => GRANTS[name]);

interface Granted {
  readonly kind: EndpointKind;
  readonly stack: string;
  /** Returns how another app imports the TaskManager. */
  readonly imported: (tasks: TaskManager) => Partial<TaskManagerAttributes>;
}

function belowV1Of(stack: Stack): Partial<TaskManagerAttributes> {
  const { restApiId, deploymentStage: { stageName } } = shopApiOf(stack);
  return { restApiId, stageName, resourcePath: '/v1' };
}

const GRANTED: Granted[] = [
  { kind: REST_API, stack: 'Rest', imported: ({ restApi }) => ({ restApiId: restApi!.restApiId }) },
  { kind: HTTP_API, stack: 'Http', imported: ({ httpApi }) => ({ httpApiId: httpApi!.apiId }) },
  { kind: BELOW_RESOURCE, stack: 'Below', imported: (tasks) => belowV1Of(Stack.of(tasks)) },
  { kind: BELOW_RESOURCE_OF_ANOTHER_STACK, stack: 'BelowOther', imported: (tasks) => belowV1Of(tasks.node.root.node.findChild('Shop') as Stack) },
];

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  for (const { kind, stack: name, imported } of GRANTED) {
    const stack = new Stack(app, name);
    const tasks = new TaskManager(stack, 'Tasks', { endpoint: kind.endpoint(stack, 1), removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, 'Url', { value: tasks.apiUrl });
    addRoles(stack, 'Own', tasks);
    const other = new Stack(app, `${name}Imported`);
    addRoles(other, 'Imported', TaskManager.fromTaskManagerAttributes(other, 'Tasks', {
      eventBusArn: tasks.eventBus.eventBusArn,
      eventSource: tasks.eventSource,
      undeliveredQueueArn: tasks.undeliveredQueue.queueArn,
      ...imported(tasks),
    }));
  }
  app.synth();
}

/** Adds a role for each grant. */
function addRoles(stack: Stack, prefix: string, tasks: ITaskManager): void {
  for (const name of NAMES) {
    const role = new iam.Role(stack, `${prefix}${name}`, { assumedBy: new iam.AccountRootPrincipal() });
    if (name !== 'none') tasks[name](role).assertSuccess();
    new CfnOutput(stack, `${prefix}${name}Role`, { key: `${name}Role`, value: role.roleArn });
  }
}

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const assembly = temporaryDirectory('grants');
  synthesize(assembly);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(() => engine?.stop());

describe.each(GRANTED)('$kind.name', ({ stack }) => {
  const url = () => deployment.apiUrl(stack, 'Url');

  test.each([['the TaskManager', stack], ['an imported TaskManager', `${stack}Imported`]])('each grant of %s allows its routes and no others', async (_, stackOfRoles) => {
    const taskId = await new Caller(url(), {}, signedBy(engine, engine.credentials)).create();
    const allowed = await Promise.all(NAMES.map(async (name) => {
      const credentials = await assumeRole(engine, deployment.outputs(stackOfRoles)[`${name}Role`]);
      const caller = new Caller(url(), {}, signedBy(engine, credentials));
      const statuses = await Promise.all(CALLS.map(async (call) => {
        const [method, path] = call.replace(':id', taskId).split(' ');
        const { status } = await caller.request(method, path, call === 'POST tasks' ? { type: 'export' } : undefined);
        expect([200, 202, 403]).toContain(status);
        return [call, status] as const;
      }));
      return [name, statuses.filter(([, status]) => status !== 403).map(([call]) => call)];
    }));
    expect(Object.fromEntries(allowed)).toEqual(GRANTS);
  });
});

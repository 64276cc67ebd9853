/** The npm client, with each kind of endpoint. */
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskApiError, TaskClient, TaskFailedError } from '../../client/src';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { TaskManager, TaskProcessor } from '../../src';
import { BELOW_RESOURCE, BELOW_RESOURCE_OF_ANOTHER_STACK, HTTP_API, REST_API } from '../support/endpoint-kinds';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const KINDS = { Rest: REST_API, Http: HTTP_API, Below: BELOW_RESOURCE, BelowOther: BELOW_RESOURCE_OF_ANOTHER_STACK };

/** Exports one table, and fails for others. */
const EXPORTER = `exports.handler = async ({ detail: { payload } }) => {
  if (payload.table !== 'customers') throw new Error('unknown table');
  return { rows: 1000 };
};`;

function synthesize(outdir: string): void {
  const app = new App({ outdir });
  for (const [name, kind] of Object.entries(KINDS)) {
    const stack = new Stack(app, name);
    const taskManager = new TaskManager(stack, 'Tasks', { endpoint: kind.endpoint(stack, 1), removalPolicy: RemovalPolicy.DESTROY });
    const handler = new lambda.Function(stack, 'Exporter', {
      code: lambda.Code.fromInline(EXPORTER), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
    });
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler, completeOnReturn: true, retryAttempts: 0 });
    new CfnOutput(stack, 'Url', { value: taskManager.apiUrl });
  }
  app.synth();
}

let engine: Engine;
let deployment: Deployment;

beforeAll(async () => {
  const assembly = temporaryDirectory('client');
  synthesize(assembly);
  engine = await startEngine({ auth: true });
  deployment = await deploy(engine, assembly);
});

afterAll(() => engine?.stop());

describe.each(Object.entries(KINDS))('%s', (stack, { unsigned }) => {
  let client: TaskClient;
  beforeAll(() => {
    client = signingTaskClient(engine, deployment.apiUrl(stack, 'Url'));
  });

  test('runs a task and returns its result', async () => {
    expect(await client.run('export', { table: 'customers' })).toEqual({ rows: 1000 });
  });

  test('throws the error of a task that fails', async () => {
    const error = await client.run('export', { table: 'dragons' }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TaskFailedError);
    expect(error).toMatchObject({ code: 'ProcessorFailed' });
  });

  test('cancels a task, and finds it in the list', async () => {
    const { taskId } = await client.create('nobody-does-this');
    expect(await client.cancel(taskId)).toMatchObject({ taskId, status: 'CANCELLED' });
    expect(await client.get(taskId)).toMatchObject({ taskId, status: 'CANCELLED' });
    const { tasks } = await client.list({ type: 'nobody-does-this', status: 'CANCELLED' });
    expect(tasks.map((task) => task.taskId)).toEqual([taskId]);
  });

  test("throws API Gateway's error, which it does not retry", async () => {
    const error = await new TaskClient({ url: deployment.apiUrl(stack, 'Url') }).create('export').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TaskApiError);
    expect(error).toMatchObject({ status: unsigned.status, errors: [] });
    expect(error.message).toContain(Object.values(unsigned.body).at(-1));
  });
});

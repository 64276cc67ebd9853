/** A large app, deployed: a role lacks no permission if it has many, or if its TaskManager is another app's. Only on the local engine. */
import * as path from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { TaskFailedError } from '../../client/src';
import { deploy, Deployment } from '../../local/deploy/deploy';
import { Engine, startEngine } from '../../local/engine/engine';
import { signingTaskClient } from '../../local/engine/signing-task-client';
import { TaskManager, TaskManagerAttributes } from '../../src';
import { bundleFunction } from '../support/deployed-app';
import { addStacks, FUNCTIONS, TYPES } from '../support/large-app';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

let engine: Engine;
let deployments: Record<string, Deployment>;

beforeAll(async () => {
  engine = await startEngine({ auth: true });
  const legacy = await deploy(engine, synthesizeLegacyApp());
  const { eventBusArn, eventSource, undeliveredQueueArn, statusReaderArn } = legacy.outputs('Legacy');
  const large = await deploy(engine, synthesizeLargeApp({ eventBusArn, eventSource, undeliveredQueueArn, statusReaderArn }));
  deployments = { Legacy: legacy, Orders: large, Reports: large };
});

afterAll(() => engine?.stop());

/** Synthesizes the app whose TaskManager the large app imports. */
function synthesizeLegacyApp(): string {
  const app = new App({ outdir: temporaryDirectory('legacy-app') });
  const stack = new Stack(app, 'Legacy');
  const { apiUrl, eventBus: { eventBusArn }, eventSource, undeliveredQueue, statusReader } = new TaskManager(stack, 'Tasks');
  const outputs = {
    ApiUrl: apiUrl, eventBusArn, eventSource, undeliveredQueueArn: undeliveredQueue.queueArn, statusReaderArn: statusReader!.functionArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return app.synth().directory;
}

function synthesizeLargeApp(imported: TaskManagerAttributes): string {
  const outdir = temporaryDirectory('large-app');
  const app = new App({ outdir });
  addStacks(app, { code: () => bundleFunction(path.join(__dirname, 'scripted.lambda.ts'), outdir), imported });
  for (const id of ['Orders', 'Reports']) {
    const stack = app.node.findChild(id) as Stack;
    new CfnOutput(stack, 'ApiUrl', { value: (stack.node.findChild('Tasks') as TaskManager).apiUrl });
  }
  return app.synth().directory;
}

describe.each([
  [`type ${TYPES} of one function`, 'Orders', `type-${TYPES}`],
  [`the processor of function ${FUNCTIONS}`, 'Reports', `type-${FUNCTIONS}`],
  ['an imported TaskManager', 'Legacy', 'import'],
])('a task of %s', (_, stack, taskType) => {
  const run = async (payload: object) => signingTaskClient(engine, deployments[stack].apiUrl(stack, 'ApiUrl')).run(taskType, payload);

  test('is SUCCESSFUL if its function reports so', async () => {
    const running = { status: 'RUNNING', progress: { percent: 50 } };
    expect(await run({ reports: [running, { status: 'SUCCESSFUL', result: { rows: 3 } }] })).toEqual({ rows: 3 });
  });

  test('is FAILED if its function fails', async () => {
    const failure: unknown = await run({}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TaskFailedError);
    expect((failure as TaskFailedError).code).toBe('ProcessorFailed');
  });
});

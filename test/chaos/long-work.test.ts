/**
 * Workflows as processors, with IAM on. The engine runs nested executions, roles of state machines and limits only by fixes
 * (`local/engine/fixes`), so what passes here says nothing about them on AWS.
 */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { Script, STACK, synthesize } from './long-work-app';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

let target: Target;
let tasks: DeployedTaskManager;
let sfn: SFNClient;

beforeAll(async () => {
  const outdir = temporaryDirectory('long-work');
  synthesize(outdir);
  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  sfn = new SFNClient(target.sdkClientConfig);
});

afterAll(() => target?.release());

async function ended(script: Script, timeoutSeconds?: number): Promise<TaskView> {
  const { taskId } = await tasks.create('video', script, timeoutSeconds);
  return tasks.untilStatus(taskId, 'SUCCESSFUL', 'FAILED', 'CANCELLED');
}

async function executions(output: 'Workflow' | 'Wrapper') {
  const { executions: all = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: target.output(output) }));
  return all;
}

/** Returns the executions that run, with both state machines. */
async function running() {
  return [...await executions('Workflow'), ...await executions('Wrapper')].filter(({ status }) => status === 'RUNNING');
}

/** Returns the ARNs of the workflows of a task. */
async function workflowsOf(taskId: string): Promise<string[]> {
  const described = await Promise.all((await executions('Workflow')).map(async ({ executionArn }) =>
    sfn.send(new DescribeExecutionCommand({ executionArn }))));
  return described.filter(({ input }) => JSON.parse(input!).taskId === taskId).map(({ executionArn }) => executionArn!);
}

/** Waits until the workflow of a task runs. */
async function started(taskId: string): Promise<string> {
  return eventually(`the workflow of ${taskId}`, async () => (await workflowsOf(taskId))[0]);
}

const nothingRuns = async () => eventually('the end of all executions', async () => (await running()).length === 0 || undefined);

test('a task is RUNNING with the progress of its workflow, and SUCCESSFUL with its output', async () => {
  const { taskId } = await tasks.create('video', { seconds: 1, returns: { frames: [240] } } satisfies Script);
  const task = await tasks.untilStatus(taskId, 'SUCCESSFUL');
  expect(task).toMatchObject({ result: { frames: [240] }, progress: { percent: 50, message: 'encoding' } });
  expect((task.history as { status: string }[]).map(({ status }) => status)).toEqual(['PENDING', 'RUNNING', 'SUCCESSFUL']);
});

test.each([[[]], [[1]], [0], [false], [''], [{}]])('the output %j is the result', async (returns) => {
  expect(await ended({ seconds: 0, returns })).toMatchObject({ status: 'SUCCESSFUL', result: returns });
});

test('a task FAILED with the error of its workflow', async () => {
  expect(await ended({ seconds: 0, fails: 'NoSound' })).toMatchObject({
    status: 'FAILED', error: { code: 'NoSound', message: 'the film is silent' },
  });
});

test('the workflow of a cancelled task is stopped', async () => {
  const { taskId } = await tasks.create('video', { seconds: 600 } satisfies Script);
  const executionArn = await started(taskId);
  await tasks.request('POST', `tasks/${taskId}/cancel`);
  await nothingRuns();
  expect(await sfn.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({ status: 'ABORTED' });
});

test('the workflow stops at the deadline of its task', async () => {
  expect(await ended({ seconds: 600 }, 3)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
  await nothingRuns();
});

test('a task whose workflow is stopped by hand is FAILED', async () => {
  const { taskId } = await tasks.create('video', { seconds: 600 } satisfies Script);
  await sfn.send(new StopExecutionCommand({ executionArn: await started(taskId), error: 'Boss', cause: 'wrong film' }));
  expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'Boss', message: 'wrong film' } });
});

test('an event that comes again starts nothing', async () => {
  const { taskId } = await tasks.create('video', { seconds: 1, returns: 1 } satisfies Script);
  const [{ source, detail }] = await tasks.untilObserved(taskId, 'TaskCreatedEvent');
  const again = async () => {
    await new EventBridgeClient(target.sdkClientConfig).send(new PutEventsCommand({
      Entries: [{ EventBusName: target.output('TasksEventBus'), Source: source, DetailType: 'TaskCreatedEvent', Detail: JSON.stringify(detail) }],
    }));
  };
  await again();
  await tasks.untilStatus(taskId, 'SUCCESSFUL');
  await again();
  // Its event comes after those.
  await ended({ seconds: 0, returns: 2 });
  expect(await workflowsOf(taskId)).toHaveLength(1);
});

test('a payload of more than 256 KiB is in the result bucket', async () => {
  const { taskId } = await tasks.create('video', { text: 'x'.repeat(300_000) } satisfies Script);
  const { result } = await tasks.untilStatus(taskId, 'SUCCESSFUL', 'FAILED') as any;
  expect(result).toMatchObject({ taskId, payloadObject: { key: expect.stringContaining(`tasks/video/${taskId}/payload-`) } });
});

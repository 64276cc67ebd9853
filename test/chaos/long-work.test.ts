/**
 * Workflows and containers as processors, with IAM on. The engine runs nested executions, containers, roles of state machines and limits
 * only by fixes (`local/engine/fixes`), so what passes here says nothing about them on AWS.
 */
import { ECSClient, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { RenderScript, Script, STACK, synthesize } from './long-work-app';
import { TRACE } from '../support/builders';
import { DeployedTaskManager, TaskView } from '../support/deployed-task-manager';
import { eventually } from '../support/eventually';
import { deployToTarget, Target } from '../support/target';
import { temporaryDirectory } from '../support/temporary-directory';

// A deployment to AWS takes minutes.
jest.setTimeout(900_000);

let target: Target;
let tasks: DeployedTaskManager;
let sfn: SFNClient;
let ecs: ECSClient;

beforeAll(async () => {
  const outdir = temporaryDirectory('long-work');
  synthesize(outdir);
  target = await deployToTarget(outdir, STACK);
  tasks = new DeployedTaskManager(target, 'Tasks');
  sfn = new SFNClient(target.sdkClientConfig);
  ecs = new ECSClient(target.sdkClientConfig);
});

afterAll(() => target?.release());

async function ended(type: string, script: Script | RenderScript, timeoutSeconds?: number): Promise<TaskView> {
  const { taskId } = await tasks.create(type, script, timeoutSeconds);
  return tasks.untilStatus(taskId, 'SUCCESSFUL', 'FAILED', 'CANCELLED');
}

/** Returns the end of a task whose work reports progress. Short work ends before the report arrives if the machine is slow. */
async function endedWithProgress(type: string, script: Script | RenderScript): Promise<TaskView> {
  for (const seconds of [1, 5]) {
    const task = await ended(type, { ...script, seconds });
    if (task.progress) return task;
  }
  return ended(type, { ...script, seconds: 25 });
}

const statusesOf = ({ history }: TaskView) => (history as { status: string }[]).map(({ status }) => status);

async function executions(output: 'Workflow' | 'VideoWrapper' | 'RenderWrapper') {
  const { executions: all = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn: target.output(output) }));
  return all;
}

/** Returns the ARNs of the containers that run. */
async function containers(): Promise<string[]> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: target.output('Cluster') }));
  return taskArns;
}

/** Returns how many executions and containers run. */
async function running(): Promise<number> {
  const all = (await Promise.all((['Workflow', 'VideoWrapper', 'RenderWrapper'] as const).map(async (machine) => executions(machine)))).flat();
  return all.filter(({ status }) => status === 'RUNNING').length + (await containers()).length;
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

const nothingRuns = async () => eventually('the end of all work', async () => await running() === 0 || undefined);

test('a task is RUNNING with the progress of its workflow, and SUCCESSFUL with its output', async () => {
  const task = await endedWithProgress('video', { returns: { frames: [240] } });
  expect(task).toMatchObject({ status: 'SUCCESSFUL', result: { frames: [240] }, progress: { percent: 50, message: 'encoding' } });
  expect(statusesOf(task)).toEqual(['PENDING', 'RUNNING', 'SUCCESSFUL']);
});

test.each([
  [[]], [[1]], [0], [false], [''], [{}], ['{% 1 + 1 %}'], [{ 'a.$': '$.b', '$states': 1 }], ['"\\\u0000 😀 \n'],
])('the output %j is the result', async (returns) => {
  expect(await ended('video', { seconds: 0, returns })).toMatchObject({ status: 'SUCCESSFUL', result: returns });
});

test('a task FAILED with the error of its workflow', async () => {
  expect(await ended('video', { seconds: 0, fails: 'NoSound' })).toMatchObject({
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
  expect(await ended('video', { seconds: 600 }, 3)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
  await nothingRuns();
});

test('a task whose workflow is stopped by hand is FAILED', async () => {
  const { taskId } = await tasks.create('video', { seconds: 600 } satisfies Script);
  await sfn.send(new StopExecutionCommand({ executionArn: await started(taskId), error: 'Boss', cause: 'wrong film' }));
  expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'FAILED', error: { code: 'Boss', message: 'wrong film' } });
});

test('a task whose wrapper is stopped by hand is FAILED, and its workflow stops', async () => {
  const { taskId } = await tasks.create('video', { seconds: 600 } satisfies Script);
  await started(taskId);
  const [wrapper] = (await executions('VideoWrapper')).filter(({ status }) => status === 'RUNNING');
  await sfn.send(new StopExecutionCommand({ executionArn: wrapper.executionArn, error: 'Boss', cause: 'wrong film' }));
  expect(await tasks.untilEnded(taskId)).toMatchObject({
    status: 'FAILED', error: { code: 'ProcessorFailed', message: 'the execution that runs the work has ended as ABORTED: Boss: wrong film' },
  });
  await nothingRuns();
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
  await ended('video', { seconds: 0, returns: 2 });
  expect(await workflowsOf(taskId)).toHaveLength(1);
});

test('a payload of more than 256 KiB is in the result bucket', async () => {
  const { taskId } = await tasks.create('video', { text: 'x'.repeat(300_000) } satisfies Script);
  const { result } = await tasks.untilStatus(taskId, 'SUCCESSFUL', 'FAILED') as any;
  expect(result).toMatchObject({ taskId, payloadObject: { key: expect.stringContaining(`tasks/video/${taskId}/payload-`) } });
});

test.each(['video', 'render'])('the work of a task of type %s gets the trace of the request', async (type) => {
  const { taskId } = await tasks.create(type, { returnsTrace: true } satisfies Script & RenderScript, undefined, TRACE);
  expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL', result: TRACE });
});

describe('a container', () => {
  test('is RUNNING with its progress, and its result is what it returned', async () => {
    const task = await endedWithProgress('render', { returns: { pixels: [4] } });
    expect(task).toMatchObject({ status: 'SUCCESSFUL', result: { pixels: [4] }, progress: { percent: 50, message: 'rendering' } });
    expect(statusesOf(task)).toEqual(['PENDING', 'RUNNING', 'SUCCESSFUL']);
  });

  test('can upload its result', async () => {
    const { resultUrl } = await ended('render', { uploads: 'a picture' });
    expect(await (await fetch(resultUrl as string)).text()).toBe('a picture');
  });

  test.each([
    [{ fails: 'NoColour' }, { code: 'NoColour', message: 'the picture is grey' }],
    [{ throws: 'no paint' }, { code: 'ProcessorFailed', message: 'TypeError: no paint' }],
    [{ exits: 7 }, { code: 'ProcessorFailed', message: expect.stringContaining('the container exited with code 7') }],
  ] as [RenderScript, object][])('that does %j fails its task', async (script, error) => {
    expect(await ended('render', script)).toMatchObject({ status: 'FAILED', error });
  });

  test('that exits with 0 before its work has ended fails its task', async () => {
    expect(await ended('render', { exits: 0 })).toMatchObject({ status: 'FAILED', error: { code: 'ProcessorFailed' } });
  });

  test('of a cancelled task stops', async () => {
    const { taskId } = await tasks.create('render', { seconds: 600 } satisfies RenderScript);
    await eventually('its progress', async () => (await tasks.find(taskId)).progress || undefined);
    await tasks.request('POST', `tasks/${taskId}/cancel`);
    await nothingRuns();
  });

  test('stops at the deadline of its task', async () => {
    expect(await ended('render', { seconds: 600 }, 4)).toMatchObject({ status: 'FAILED', error: { code: 'TaskTimeout' } });
    await nothingRuns();
  });

  test('that is reclaimed runs again', async () => {
    const { taskId } = await tasks.create('render', { seconds: 2, returns: 'done' } satisfies RenderScript);
    const [task] = await eventually('the container', async () => {
      const arns = await containers();
      return arns.length > 0 ? arns : undefined;
    });
    await ecs.send(new StopTaskCommand({ cluster: target.output('Cluster'), task, reason: 'SpotInterruption' }));
    expect(await tasks.untilEnded(taskId)).toMatchObject({ status: 'SUCCESSFUL', result: 'done' });
  });

  test('gets a payload that is too long for its environment', async () => {
    expect(await ended('render', { text: 'x'.repeat(10_000), returns: 'read' })).toMatchObject({ status: 'SUCCESSFUL', result: 'read' });
  });
});

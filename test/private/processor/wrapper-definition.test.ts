import { Size } from 'aws-cdk-lib';
import { execute, ExecutionEnd, Integration, StateError } from '../../support/state-machine';
import { aContainerProcessor, aStateMachineProcessor, definitionOf } from '../../support/wrapper';

const NOW = Date.parse('2026-11-26T12:00:00.000Z');
const TASK = {
  taskId: '8a5c0f0b-e3f7-4b76-93a5-a1b6f2b8f0f4',
  type: 'video',
  payload: { title: 'A day' },
  createdAt: '2026-11-26T11:59:59.500Z',
  deadlineAt: '2026-11-26T12:10:00.500Z',
  reportTo: { eventBusName: 'Bus', source: 'task-manager.Stack.Tasks.processor.video' },
};
const NAME = 'a1b2-20261126T115959500Z';

interface Script {
  readonly startExecution?: Integration;
  readonly describeExecution?: Integration;
  readonly runTask?: Integration;
  readonly describeTasks?: Integration;
  readonly getObject?: Integration;
  readonly putEvents?: Integration;
}

interface Run extends ExecutionEnd {
  /** Details of the reports that EventBridge accepted. */
  readonly reports: any[];
  /** Arguments of all calls, by integration. */
  readonly calls: Record<keyof Script, any[]>;
  readonly pausesMs: number[];
}

/** Runs the wrapper of a processor, with integrations that do as the script says. */
async function run(definition: object, script: Script, input: object): Promise<Run> {
  const reports: any[] = [];
  const pausesMs: number[] = [];
  const calls = {} as Run['calls'];
  let now = NOW;
  const recorded = (name: keyof Script, then?: Integration): Integration => async (args, state) => {
    (calls[name] ??= []).push({ ...args, timeoutSeconds: state.timeoutSeconds });
    if (!then) throw new Error(`the script has no ${name}`);
    return then(args, state);
  };
  const end = await execute(definition, {
    name: NAME,
    input,
    now: () => now,
    sleep: async (ms) => {
      pausesMs.push(ms);
      now += ms;
    },
    integrations: {
      'states:startExecution.sync:2': recorded('startExecution', script.startExecution),
      'aws-sdk:sfn:describeExecution': recorded('describeExecution', script.describeExecution),
      'ecs:runTask.sync': recorded('runTask', script.runTask),
      'aws-sdk:ecs:describeTasks': recorded('describeTasks', script.describeTasks),
      'aws-sdk:s3:getObject': recorded('getObject', script.getObject),
      'events:putEvents': recorded('putEvents', async (args, state) => {
        const answer = await script.putEvents?.(args, state);
        reports.push(args.Entries[0].Detail);
        return answer ?? { FailedEntryCount: 0 };
      }),
    },
  });
  return { ...end, reports, calls, pausesMs };
}

const failing = (error: string, cause = ''): Integration => async () => { throw new StateError(error, cause); };
/** Does one thing after the other, and then the last one again and again. */
const inTurn = (...integrations: Integration[]): Integration => {
  const open = [...integrations];
  return async (args, state) => (open.length > 1 ? open.shift()! : open[0])(args, state);
};
const success = (result?: unknown) => ({ taskId: TASK.taskId, taskCreatedAt: TASK.createdAt, status: 'SUCCESSFUL', ...(result !== undefined && { result }) });
const failure = (code: string, message: unknown) => ({ taskId: TASK.taskId, taskCreatedAt: TASK.createdAt, status: 'FAILED', error: { code, message } });
const END = 'cdk-task-manager:end';

test.each([aStateMachineProcessor(), aContainerProcessor()])('a wrapper calls services in the partition of its stack', (scene) => {
  const resources = Object.values<any>(definitionOf(scene).States).flatMap(({ Resource }) => Resource ?? []);
  expect(resources.filter((resource) => !resource.startsWith('arn:AWS::Partition:states:::'))).toEqual([]);
  expect(resources.length).toBeGreaterThan(2);
});

describe('the wrapper of a state machine', () => {
  const definition = definitionOf(aStateMachineProcessor());
  const video = async (script: Script) => run(definition, script, { task: TASK, attempt: 1 });
  const succeeding = (output: unknown): Integration => async () => ({ Status: 'SUCCEEDED', Input: '{}', Output: output });
  const described = (execution: object): Script => ({
    startExecution: failing('States.TaskFailed', '{"cut'), describeExecution: async () => execution,
  });

  test('runs it under its own name, with the task as the input, until the deadline of the task', async () => {
    const { calls, states } = await video({ startExecution: succeeding({ frames: 240 }) });
    expect(calls.startExecution).toEqual([{
      StateMachineArn: expect.stringMatching(/^Machine/), Name: NAME, Input: TASK, timeoutSeconds: 600,
    }]);
    expect(states).toEqual(['Run', 'Report']);
  });

  test('reports with the source of its type', async () => {
    const { calls } = await video({ startExecution: succeeding(1) });
    expect(calls.putEvents).toEqual([expect.objectContaining({
      Entries: [{ EventBusName: 'Bus', Source: TASK.reportTo.source, DetailType: 'TaskUpdatedEvent', Detail: success(1) }],
    })]);
  });

  test.each([
    [{ frames: 240 }], [null], [false], [0], [''], ['text'], [[]], [[1]], [[[1]]], [[[]]], [{ a: [] }], [{ a: [null] }], [{ a: [[2]] }], [{}],
    [{ [END]: 'no end' }], [{ [END]: { status: 'DONE' } }], [[{ [END]: { status: 'FAILED' } }]],
  ])('reports the output %j as the result', async (output) => {
    expect((await video({ startExecution: succeeding(output) })).reports).toEqual([success(output)]);
  });

  test('reports the end that the output describes', async () => {
    const resultObject = { key: 'tasks/video/1/a' };
    const { reports } = await video({ startExecution: succeeding({ [END]: { status: 'SUCCESSFUL', resultObject, sequence: 7 } }) });
    expect(reports).toEqual([{ ...success(), resultObject }]);
    const error = { code: 'NoSound', message: 'the film is silent' };
    expect((await video({ startExecution: succeeding({ [END]: { status: 'FAILED', error } }) })).reports).toEqual([failure('NoSound', 'the film is silent')]);
  });

  test.each([
    ['its own error and cause', { Status: 'FAILED', Error: 'NoSound', Cause: 'the film is silent' }, 'NoSound', 'the film is silent'],
    ['the message of a function', { Status: 'FAILED', Error: 'TypeError', Cause: '{"errorType":"TypeError","errorMessage":"a \\"b\\" is\\nnot c","trace":[]}' },
      'TypeError', 'a "b" is\nnot c'],
    ['the first of several messages', { Status: 'FAILED', Error: 'E', Cause: '{"errorMessage":"one","cause":{"errorMessage":"two"}}' }, 'E', 'one'],
    ['a cause that is not JSON', { Status: 'FAILED', Error: 'E', Cause: '{"errorMessage":"cut' }, 'E', '{"errorMessage":"cut'],
    ['no error', { Status: 'FAILED' }, 'ProcessorFailed', 'the execution failed'],
    ['an empty error', { Status: 'FAILED', Error: '', Cause: '' }, 'ProcessorFailed', 'the execution failed'],
    ['null', { Status: 'FAILED', Error: null, Cause: null }, 'ProcessorFailed', 'the execution failed'],
    ['a time-out', { Status: 'TIMED_OUT' }, 'States.Timeout', 'the execution timed out'],
    ['a stop by hand', { Status: 'ABORTED' }, 'ProcessorFailed', 'the execution was aborted'],
  ])('reports a failure: %s', async (_, execution, code, message) => {
    const { reports, calls } = await video(described(execution));
    expect(reports).toEqual([failure(code, message)]);
    expect(calls.describeExecution[0].ExecutionArn).toMatch(/:execution:.*:a1b2-20261126T115959500Z$/);
  });

  test('reports a failure that can not be described', async () => {
    const { reports, calls } = await video({ ...described({}), describeExecution: failing('Sfn.SfnException') });
    expect(calls.describeExecution).toHaveLength(4);
    expect(reports).toEqual([failure('ProcessorFailed', `the execution ${NAME} failed, and could not be described: Sfn.SfnException`)]);
    const tooLong = await video({ ...described({}), describeExecution: async () => ({ Input: 'x'.repeat(300_000) }) });
    expect(tooLong.reports).toEqual([failure('ProcessorFailed', `the execution ${NAME} failed, and could not be described: States.DataLimitExceeded`)]);
  });

  test('describes it again if Step Functions does not know its end yet', async () => {
    const again = inTurn(async () => ({ Status: 'RUNNING' }), async () => ({ Status: 'FAILED', Error: 'NoSound', Cause: 'the film is silent' }));
    const { reports, calls } = await video({ ...described({}), describeExecution: again });
    expect(reports).toEqual([failure('NoSound', 'the film is silent')]);
    expect(calls.describeExecution).toHaveLength(2);
  });

  test('reports an output that is too large', async () => {
    const { reports } = await video({ startExecution: succeeding('x'.repeat(300_000)) });
    expect(reports).toEqual([failure('ResultTooLarge', expect.stringContaining('resultBucket'))]);
  });

  test('reports an output that is too large for a report', async () => {
    const { reports } = await video({ startExecution: succeeding('x'.repeat(262_060)) });
    expect(reports).toEqual([failure('ResultTooLarge', expect.stringContaining('resultBucket'))]);
  });

  test('fails, and leaves the end to the TaskManager, at the deadline of the task', async () => {
    const { error, reports } = await video({ startExecution: failing('States.Timeout') });
    expect({ error, reports }).toEqual({ error: 'TaskTimeout', reports: [] });
  });

  test.each([
    ['StepFunctions.ExecutionLimitExceededException', ''], ['StepFunctions.ThrottlingException', ''],
    ['StepFunctions.AWSStepFunctionsException', 'Rate exceeded'], ['StepFunctions.AccessDeniedException', ''],
  ])('starts again after %s %s', async (error, cause) => {
    const refused = failing(error, cause);
    const { reports, pausesMs, calls } = await video({ startExecution: inTurn(refused, refused, succeeding(1)) });
    expect({ reports, pausesMs }).toEqual({ reports: [success(1)], pausesMs: [1000, 2000] });
    expect(new Set(calls.startExecution.map(({ Name }) => Name))).toEqual(new Set([NAME]));
  });

  test('gives up starting in the end', async () => {
    const { reports, calls } = await video({ startExecution: failing('StepFunctions.AWSStepFunctionsException', 'not authorized') });
    expect(calls.startExecution).toHaveLength(8);
    expect(reports).toEqual([failure('ProcessorFailed', 'the work could not be started: StepFunctions.AWSStepFunctionsException: not authorized')]);
  });

  test('waits for a quota until the deadline of the task, and not longer', async () => {
    const { error, reports, calls, pausesMs } = await video({ startExecution: failing('StepFunctions.ExecutionLimitExceededException', 'too many') });
    expect({ error, reports }).toEqual({ error: 'TaskTimeout', reports: [] });
    expect(pausesMs).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 89].map((seconds) => 1000 * seconds));
    expect(calls.startExecution.at(-1).timeoutSeconds).toBe(89);
  });

  test('does not repeat a start that can not succeed', async () => {
    const { reports, calls } = await video({ startExecution: failing('StepFunctions.StateMachineDoesNotExistException', 'no such state machine') });
    expect(calls.startExecution).toHaveLength(1);
    expect(reports).toEqual([failure('ProcessorFailed', expect.stringContaining('StateMachineDoesNotExist'))]);
  });

  test('takes over an execution whose start was not answered', async () => {
    const { reports } = await video({
      startExecution: inTurn(failing('StepFunctions.SdkClientException', 'no answer'), failing('StepFunctions.ExecutionAlreadyExistsException')),
      describeExecution: async () => ({ Status: 'SUCCEEDED', Output: '{"frames":[1]}' }),
    });
    expect(reports).toEqual([success({ frames: [1] })]);
  });

  test('repeats a report until it is accepted', async () => {
    const refused = failing('EventBridge.FailedEntry', '{"Entries":[{"ErrorCode":"ThrottlingException"}]}');
    const { reports, states } = await video({
      startExecution: succeeding([1]), putEvents: inTurn(...Array<Integration>(20).fill(refused), async () => undefined),
    });
    expect(reports).toEqual([success([1])]);
    expect(states).toContain('Refused');
  });

  test.each([
    [{ a: 1 }, failure('InvalidResult', 'EventBridge refused the result')],
    [{ [END]: { status: 'FAILED', error: { code: 'NoSound', message: '…' } } }, failure('NoSound', 'the work failed, and EventBridge refused its error')],
  ])('reports a shorter failure if EventBridge refuses the report of %j for good', async (output, report) => {
    const refused = failing('EventBridge.FailedEntry', '{"Entries":[{"ErrorCode":"MalformedDetail"}]}');
    const putEvents = inTurn(...Array<Integration>(7).fill(refused), async () => undefined);
    const { reports } = await video({ startExecution: succeeding(output), putEvents });
    expect(reports).toEqual([report]);
  });
});

describe('the wrapper of a container', () => {
  const definition = definitionOf(aContainerProcessor());
  const environment = [{ Name: 'TASK_ID', Value: TASK.taskId }];
  const render = async (script: Script, input: object = { task: { ...TASK, payload: undefined }, attempt: 1, reclaims: 0, environment }) =>
    run(definition, script, input);
  const ARN = 'arn:aws:ecs:eu-west-1:111111111111:task/Cluster/0123';
  const exited = (ExitCode?: number, more: object = {}) => ({
    TaskArn: ARN, LastStatus: 'STOPPED', StopCode: 'EssentialContainerExited', Containers: [{ Name: 'sidecar', ExitCode: 137 }, { Name: 'main', ExitCode }], ...more,
  });
  const ended = (task: object): Integration => async () => task;
  /** The task fails, and its description says how. */
  const stopped = (task: object): Script => ({
    runTask: failing('States.TaskFailed', `{"Containers":[{"TaskArn":"${ARN}"},{"TaskArn":"${ARN}"}],"TaskArn":"cut`), describeTasks: async () => ({ Tasks: [task], Failures: [] }),
  });
  const stored = (value: unknown): Integration => async () => ({ Body: JSON.stringify(value), ContentLength: 1 });
  const nothingStored = failing('S3.NoSuchKeyException', 'The specified key does not exist.');

  test('runs it with the environment of the task, in a group with its own name', async () => {
    const { calls, states } = await render({ runTask: ended(exited(0)), getObject: nothingStored });
    expect(calls.runTask).toEqual([expect.objectContaining({
      LaunchType: 'FARGATE', Group: NAME, Overrides: { ContainerOverrides: [{ Name: 'main', Environment: environment }] }, timeoutSeconds: 600,
    })]);
    expect(states).toEqual(['Run', 'ReadResult', 'Report']);
  });

  test('reports success without a result if it has stored none', async () => {
    expect((await render({ runTask: ended(exited(0)), getObject: nothingStored })).reports).toEqual([success()]);
  });

  test.each([[{ url: 'x' }], [null], [[]], [[1]], ['text'], [0]])('reports the stored result %j', async (result) => {
    const { reports, calls } = await render({ runTask: ended(exited(0)), getObject: stored(result) });
    expect(reports).toEqual([success(result)]);
    expect(calls.getObject[0].Key).toBe(`tasks/render/${TASK.taskId}/result-20261126T115959500Z.json`);
  });

  test('reports the stored end', async () => {
    const resultObject = { key: 'tasks/render/1/a', contentType: 'image/png' };
    const successful = await render({ runTask: ended(exited(0)), getObject: stored({ [END]: { status: 'SUCCESSFUL', resultObject } }) });
    expect(successful.reports).toEqual([{ ...success(), resultObject }]);
    const error = { code: 'NoColour', message: 'the picture is grey' };
    const failed = await render({ ...stopped(exited(1)), getObject: stored({ [END]: { status: 'FAILED', error } }) });
    expect(failed.reports).toEqual([failure('NoColour', 'the picture is grey')]);
  });

  test.each([
    ['a plain result', { url: 'x' }],
    ['a successful end', { [END]: { status: 'SUCCESSFUL', resultObject: { key: 'a' } } }],
  ])('does not take %s of a container that failed for a success', async (_, value) => {
    const { reports } = await render({ ...stopped(exited(3)), getObject: stored(value) });
    expect(reports).toEqual([failure('ProcessorFailed', 'the container exited with code 3')]);
  });

  test.each([
    ['an exit code', exited(3, { StoppedReason: 'Essential container in task exited' }), 'the container exited with code 3: Essential container in task exited'],
    ['no memory', exited(undefined, { Containers: [{ Name: 'main', ExitCode: 137, Reason: 'OutOfMemoryError: Container killed due to memory usage' }] }),
      'the container exited with code 137: OutOfMemoryError: Container killed due to memory usage'],
    ['no start', exited(undefined, { StopCode: 'TaskFailedToStart', StoppedReason: 'CannotPullContainerError: no such image' }),
      'the container did not run to its end: CannotPullContainerError: no such image'],
    ['no container', { TaskArn: ARN, LastStatus: 'STOPPED', Containers: [], StoppedReason: 'Timeout waiting for EphemeralStorage provisioning' },
      'the container did not run to its end: Timeout waiting for EphemeralStorage provisioning'],
    ['no reason', { TaskArn: ARN, LastStatus: 'STOPPED', Containers: [] }, 'the container did not run to its end'],
  ])('reports a failure: %s', async (_, task, message) => {
    const { reports, calls } = await render({ ...stopped(task), getObject: nothingStored });
    expect(reports).toEqual([failure('ProcessorFailed', message)]);
    expect(calls.describeTasks[0].Tasks).toEqual([ARN]);
  });

  test('reports a failure that can not be described, or whose task is not known', async () => {
    const script = { ...stopped(exited(1)), getObject: nothingStored };
    const denied = await render({ ...script, describeTasks: failing('Ecs.AccessDeniedException') });
    expect(denied.reports).toEqual([failure('ProcessorFailed', 'the container failed, and its task could not be described: Ecs.AccessDeniedException')]);
    const unknown = await render({ ...script, runTask: failing('States.TaskFailed', 'cut before the ARN') });
    expect(unknown.reports).toEqual([failure('ProcessorFailed', expect.stringContaining('could not be described'))]);
  });

  test.each([[[{ TaskArn: ARN, LastStatus: 'RUNNING', Containers: [] }]], [[]]])('describes it again if ECS does not know its end yet, but %j', async (tasks) => {
    const again = inTurn(async () => ({ Tasks: tasks }), async () => ({ Tasks: [exited(3)] }));
    const { reports, calls } = await render({ ...stopped({}), describeTasks: again, getObject: nothingStored });
    expect(reports).toEqual([failure('ProcessorFailed', 'the container exited with code 3')]);
    expect(calls.describeTasks).toHaveLength(2);
  });

  test('reports a task that can not be placed', async () => {
    const { reports, calls } = await render({ runTask: failing('AmazonECS.Unknown', '{"Failures":[{"Reason":"RESOURCE:MEMORY"}]}') });
    expect(calls.runTask).toHaveLength(1);
    expect(reports).toEqual([failure('ProcessorFailed', expect.stringContaining('RESOURCE:MEMORY'))]);
  });

  test.each([
    'Capacity is unavailable at this time', "You've reached the limit on the number of vCPUs you can run concurrently",
  ])('starts again if ECS says: %s', async (reason) => {
    const full = failing('AmazonECS.Unknown', JSON.stringify({ Failures: [{ Reason: reason }] }));
    const { reports, pausesMs } = await render({ runTask: inTurn(full, ended(exited(0))), getObject: nothingStored });
    expect({ reports, pausesMs }).toEqual({ reports: [success()], pausesMs: [1000] });
  });

  test('waits for capacity for hours', async () => {
    const full = failing('AmazonECS.Unknown', '{"Failures":[{"Reason":"You\'ve reached the limit on the number of vCPUs you can run concurrently"}]}');
    const deadlineAt = '2026-11-27T12:00:00.500Z';
    const { reports, pausesMs } = await render(
      { runTask: inTurn(...Array<Integration>(20).fill(full), ended(exited(0))), getObject: nothingStored },
      { task: { ...TASK, payload: undefined, deadlineAt }, attempt: 1, reclaims: 0, environment },
    );
    expect(reports).toEqual([success()]);
    expect(Math.max(...pausesMs)).toBe(300_000);
  });

  const reclaimed = exited(undefined, { StopCode: 'SpotInterruption', StoppedReason: 'Your Spot Task was interrupted.' });

  test('runs a reclaimed container again, twice', async () => {
    const { reports, calls } = await render({ ...stopped(reclaimed), getObject: nothingStored });
    expect(calls.runTask).toHaveLength(3);
    expect(reports).toEqual([failure('ProcessorFailed', 'the container did not run to its end: Your Spot Task was interrupted.')]);
  });

  test('runs a reclaimed container again that exited with code 0', async () => {
    const graceful = exited(0, { StopCode: 'SpotInterruption', StoppedReason: 'Your Spot Task was interrupted.' });
    const script = { ...stopped(graceful), getObject: nothingStored };
    const again = await render({ ...script, runTask: inTurn(ended(graceful), ended(exited(0))) });
    expect(again.reports).toEqual([success()]);
    const always = await render({ ...script, runTask: ended(graceful) });
    expect(always.calls.runTask).toHaveLength(3);
    expect(always.reports).toEqual([failure('ProcessorFailed', 'the container was stopped: Your Spot Task was interrupted.')]);
  });

  test('reports that a container was stopped by hand, although it exited with code 0', async () => {
    const task = exited(0, { StopCode: 'UserInitiated', StoppedReason: 'Task stopped by user' });
    expect((await render({ runTask: ended(task), getObject: nothingStored })).reports)
      .toEqual([failure('ProcessorFailed', 'the container was stopped: Task stopped by user')]);
  });

  test('does not start a container a second time if it may have started', async () => {
    const { reports, calls } = await render({ runTask: failing('ECS.ServerException', 'Service Unavailable') });
    expect(calls.runTask).toHaveLength(1);
    expect(reports).toEqual([failure('ProcessorFailed', expect.stringContaining('ECS.ServerException'))]);
  });

  test('does not count the starts that ECS refused as reclaimed', async () => {
    const again = failing('ECS.ThrottlingException');
    const lost = failing('States.TaskFailed', `"${ARN}"`);
    const { reports } = await render({
      ...stopped(reclaimed), runTask: inTurn(again, lost, again, lost, ended(exited(0))), getObject: stored('done'),
    });
    expect(reports).toEqual([success('done')]);
  });

  test.each([
    ['is too large', stored('x'.repeat(300_000)), 'ResultTooLarge', expect.stringContaining('resultObject')],
    ['is not JSON', async () => ({ Body: '{' }), 'InvalidResult', 'the stored result is not JSON'],
    ['can not be read', failing('S3.S3Exception', 'Access Denied'), 'InvalidResult', 'the stored result could not be read: S3.S3Exception'],
  ] as [string, Integration, string, unknown][])('reports a stored result that %s', async (_, getObject, code, message) => {
    expect((await render({ runTask: ended(exited(0)), getObject })).reports).toEqual([failure(code, message)]);
    const ofFailed = await render({ ...stopped(exited(1)), getObject });
    expect(ofFailed.reports).toEqual([failure('ProcessorFailed', 'the container exited with code 1')]);
  });

  test('reads no result without a result bucket', async () => {
    const withoutBucket = definitionOf(aContainerProcessor({}, { maxRequestSize: Size.kibibytes(2) }));
    const input = { task: TASK, attempt: 1, reclaims: 0, environment };
    const { reports, states } = await run(withoutBucket, { runTask: ended(exited(0)) }, input);
    expect({ reports, states }).toEqual({ reports: [success()], states: ['Run', 'Report'] });
  });
});

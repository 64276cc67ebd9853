import { DescribeExecutionCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { Executions } from '../../../src/runtime/work/executions';
import { NestedExecution } from '../../../src/runtime/work/nested-execution';
import { workName } from '../../../src/runtime/work/work-name';
import { WorkStopper } from '../../../src/runtime/work/work-stopper';
import { EVENT_SOURCE, TRACE } from '../../support/builders';
import { aWorkTask, executionArn, FakeExecutions, MACHINE_ARN, WRAPPER_ARN } from '../../support/work';

const sfn = mockClient(SFNClient);
const sleep = jest.fn(async (_: number) => {});
const executionsOf = (stateMachineArn: string) => new Executions({ sfn: new SFNClient({}), stateMachineArn, sleep });
const wrappers = executionsOf(WRAPPER_ARN);
const stopper = new WorkStopper({ wrappers, work: new NestedExecution(executionsOf(MACHINE_ARN)) });

const task = aWorkTask();
const NAME = workName({ source: `${EVENT_SOURCE}.processor.video`, taskId: task.taskId, createdAt: task.createdAt });
const WRAPPER = executionArn(WRAPPER_ARN, NAME);
const NESTED = executionArn(MACHINE_ARN, NAME);

let executions: FakeExecutions;
let logged: jest.SpyInstance[];

beforeEach(() => {
  sfn.reset();
  sleep.mockReset();
  executions = new FakeExecutions(sfn);
  logged = (['info', 'error'] as const).map((level) => jest.spyOn(console, level).mockImplementation());
});

afterEach(() => jest.restoreAllMocks());

const DONE = { batchItemFailures: [] };
const FAILED = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };

const anEnd = (detailType: string, detail: object = {}) => ({
  messageId: 'message-1',
  body: JSON.stringify({
    'source': EVENT_SOURCE,
    'detail-type': detailType,
    'detail': { taskId: task.taskId, type: 'video', status: 'CANCELLED', createdAt: task.createdAt, ...detail },
  }),
}) as SQSRecord;

const stop = (message: SQSRecord = anEnd('TaskCancelledEvent')): Promise<SQSBatchResponse> => stopper.stopEnded({ Records: [message] });

describe('the end of a task', () => {
  test.each([['TaskSuccessfulEvent', 'SUCCESSFUL'], ['TaskFailedEvent', 'FAILED'], ['TaskCancelledEvent', 'CANCELLED']])(
    'by %s stops its wrapper and its work, and says why', async (detailType, status) => {
      executions.set(WRAPPER, 'RUNNING');
      executions.set(NESTED, 'RUNNING');
      expect(await stop(anEnd(detailType, { status }))).toEqual(DONE);
      expect(sfn.commandCalls(StopExecutionCommand).map(({ args: [{ input }] }) => input)).toEqual([WRAPPER, NESTED].map((arn) =>
        ({ executionArn: arn, error: 'TaskEnded', cause: `task ${task.taskId} has ended as ${status}` })));
    });

  test('of another task with the same id stops nothing', async () => {
    executions.set(WRAPPER, 'RUNNING');
    expect(await stop(anEnd('TaskCancelledEvent', { createdAt: '2026-11-23T10:00:00.001Z' }))).toEqual(DONE);
    expect(executions.stopped).toEqual([]);
  });

  test('whose work was never started stops nothing', async () => {
    expect(await stop()).toEqual(DONE);
    expect(executions.stopped).toEqual([]);
  });

  test('that comes right after the start of its wrapper is not lost, although Step Functions does not know the wrapper yet', async () => {
    sleep.mockImplementationOnce(async () => {}).mockImplementationOnce(async () => executions.set(WRAPPER, 'RUNNING'));
    executions.set(NESTED, 'RUNNING');
    expect(await stop()).toEqual(DONE);
    expect(executions.stopped).toEqual([WRAPPER, NESTED]);
  });

  test('that its wrapper has reported as successful costs one look', async () => {
    executions.set(WRAPPER, 'SUCCEEDED');
    expect(await stop(anEnd('TaskSuccessfulEvent', { status: 'SUCCESSFUL' }))).toEqual(DONE);
    expect(sfn.calls()).toHaveLength(1);
  });

  test('that its wrapper has reported as failed stops work that it does not know of', async () => {
    executions.set(WRAPPER, 'SUCCEEDED');
    executions.set(NESTED, 'RUNNING');
    expect(await stop(anEnd('TaskFailedEvent', { status: 'FAILED' }))).toEqual(DONE);
    expect(executions.stopped).toEqual([NESTED]);
  });

  test.each(['FAILED', 'TIMED_OUT', 'ABORTED'] as const)('whose wrapper is %s still stops its work', async (status) => {
    executions.set(WRAPPER, status);
    executions.set(NESTED, 'RUNNING');
    expect(await stop()).toEqual(DONE);
    expect(executions.stopped).toEqual([NESTED]);
  });

  test('is in the log with its id, its type and its trace', async () => {
    executions.set(WRAPPER, 'RUNNING');
    const [info, error] = logged;
    const about = { taskId: task.taskId, taskType: 'video', traceId: TRACE.traceparent.split('-')[1] };
    await stop(anEnd('TaskCancelledEvent', TRACE));
    expect(info.mock.calls).toEqual([[{ message: 'work stopped: the task has ended', ...about, status: 'CANCELLED' }]]);
    sfn.on(DescribeExecutionCommand).rejects(new Error('Rate exceeded'));
    await stop(anEnd('TaskCancelledEvent', TRACE));
    expect(error.mock.calls).toEqual([[{ message: 'work not stopped', messageId: 'message-1', ...about, error: 'Error: Rate exceeded' }]]);
  });

  test('with nothing of its result in the log', async () => {
    executions.set(WRAPPER, 'RUNNING');
    await stop(anEnd('TaskFailedEvent', { owner: 'secret', error: { code: 'secret', message: 'secret' } }));
    expect(JSON.stringify(logged.map(({ mock }) => mock.calls))).not.toContain('secret');
  });
});

describe('work', () => {
  test('that still runs after its stop makes the message come again', async () => {
    executions.set(WRAPPER, 'ABORTED');
    sfn.on(DescribeExecutionCommand, { executionArn: NESTED }).resolves({ status: 'RUNNING' });
    expect(await stop()).toEqual(FAILED);
    expect(executions.stopped).toEqual([NESTED]);
  });

  test('whose wrapper still runs after its stop makes the message come again', async () => {
    sfn.on(DescribeExecutionCommand, { executionArn: WRAPPER }).resolves({ status: 'RUNNING' });
    expect(await stop()).toEqual(FAILED);
  });

  test('that can\'t be stopped makes the message come again', async () => {
    executions.set(WRAPPER, 'ABORTED');
    executions.set(NESTED, 'RUNNING');
    sfn.on(StopExecutionCommand).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
    expect(await stop()).toEqual(FAILED);
  });

  test('that appears after its wrapper was stopped is stopped', async () => {
    executions.set(WRAPPER, 'RUNNING');
    sleep.mockImplementationOnce(async () => {}).mockImplementationOnce(async () => executions.set(NESTED, 'RUNNING'));
    expect(await stop()).toEqual(DONE);
    expect(executions.stopped).toEqual([WRAPPER, NESTED]);
  });

  test('that does not appear is looked for during five seconds', async () => {
    executions.set(WRAPPER, 'RUNNING');
    expect(await stop()).toEqual(DONE);
    expect(sleep.mock.calls).toEqual(Array(10).fill([500]));
  });

  test('whose start was not answered is looked for, also if its wrapper has reported that it failed', async () => {
    executions.set(WRAPPER, 'SUCCEEDED');
    sleep.mockImplementationOnce(async () => executions.set(NESTED, 'RUNNING'));
    expect(await stop(anEnd('TaskFailedEvent', { status: 'FAILED' }))).toEqual(DONE);
    expect(executions.stopped).toEqual([NESTED]);
  });

  test('that has ended with its wrapper costs no wait', async () => {
    executions.set(WRAPPER, 'RUNNING');
    executions.set(NESTED, 'FAILED');
    expect(await stop()).toEqual(DONE);
    expect(sleep).not.toHaveBeenCalled();
    expect(executions.stopped).toEqual([WRAPPER]);
  });
});

test.each<[string, SQSRecord]>([
  ['that is not JSON', { messageId: 'message-1', body: 'secret' } as SQSRecord],
  ['of another event', anEnd('TaskRunningEvent')],
  ['without a task id', anEnd('TaskCancelledEvent', { taskId: undefined })],
])('a message %s stays in the queue, so that the dead-letter queue gets it', async (_, message) => {
  expect(await stop(message)).toEqual(FAILED);
  expect(JSON.stringify(logged.map(({ mock }) => mock.calls))).not.toContain('secret');
});

test('the stop says whether the work was started', async () => {
  const key = { source: `${EVENT_SOURCE}.processor.video`, taskId: task.taskId, createdAt: task.createdAt };
  expect(await stopper.stop(key, 'CANCELLED')).toBe(false);
  executions.set(WRAPPER, 'SUCCEEDED');
  expect(await stopper.stop(key, 'CANCELLED')).toBe(true);
  executions.set(WRAPPER, 'RUNNING');
  expect(await stopper.stop(key, 'CANCELLED')).toBe(true);
});

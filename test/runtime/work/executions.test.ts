import {
  DescribeExecutionCommand, ExecutionAlreadyExists, ExecutionDoesNotExist, ExecutionLimitExceeded, ExecutionStatus,
  GetExecutionHistoryCommand, SFNClient, StartExecutionCommand, StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { Executions } from '../../../src/runtime/work/executions';
import { executionArn, MACHINE_ARN } from '../../support/work';

const sfn = mockClient(SFNClient);
const sleep = jest.fn(async (_: number) => {});
const executionsOf = (stateMachineArn = MACHINE_ARN) => new Executions({ sfn: new SFNClient({}), stateMachineArn, sleep });
const executions = executionsOf();
const ARN = executionArn(MACHINE_ARN, 'name');

beforeEach(() => {
  sfn.reset();
  sleep.mockClear();
});

const isStatus = (...statuses: ExecutionStatus[]) =>
  statuses.reduce((stub, status) => stub.resolvesOnce({ status }), sfn.on(DescribeExecutionCommand));
const inputsOf = (command: any) => sfn.commandCalls(command).map(({ args: [{ input }] }) => input);

describe('a start', () => {
  test('starts an execution with its name and its input', async () => {
    await executions.start('name', '{"task":{}}');
    expect(inputsOf(StartExecutionCommand)).toEqual([{ stateMachineArn: MACHINE_ARN, name: 'name', input: '{"task":{}}' }]);
  });

  test.each(['live', '3'])('of the qualified ARN …:%s keeps the qualifier', async (qualifier) => {
    await executionsOf(`${MACHINE_ARN}:${qualifier}`).start('name', '{}');
    expect(inputsOf(StartExecutionCommand)).toMatchObject([{ stateMachineArn: `${MACHINE_ARN}:${qualifier}` }]);
  });

  test('of a name that is taken counts as started', async () => {
    sfn.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: {} }));
    await expect(executions.start('name', '{}')).resolves.toBeUndefined();
  });

  test('fails if Step Functions refuses it for another reason', async () => {
    sfn.on(StartExecutionCommand).rejects(new ExecutionLimitExceeded({ message: 'too many executions', $metadata: {} }));
    await expect(executions.start('name', '{}')).rejects.toThrow('too many executions');
  });
});

describe('a look', () => {
  test.each<[ExecutionStatus, object]>([
    ['RUNNING', { isRunning: true, hasSucceeded: false }],
    ['SUCCEEDED', { isRunning: false, hasSucceeded: true }],
    ['FAILED', { isRunning: false, hasSucceeded: false }],
    ['TIMED_OUT', { isRunning: false, hasSucceeded: false }],
    ['ABORTED', { isRunning: false, hasSucceeded: false }],
  ])('at an execution that is %s returns %j', async (status, found) => {
    isStatus(status);
    expect(await executions.find('name')).toEqual(found);
    expect(inputsOf(DescribeExecutionCommand)).toEqual([{ executionArn: ARN, includedData: 'METADATA_ONLY' }]);
  });

  test.each(['live', '3'])('at an execution of the qualified ARN …:%s names it without the qualifier', async (qualifier) => {
    isStatus('RUNNING');
    await executionsOf(`${MACHINE_ARN}:${qualifier}`).find('name');
    expect(inputsOf(DescribeExecutionCommand)).toEqual([{ executionArn: ARN, includedData: 'METADATA_ONLY' }]);
  });

  test('at an execution that does not exist returns nothing', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} }));
    expect(await executions.find('name')).toBeUndefined();
  });

  test('fails if Step Functions does not answer it', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new Error('Rate exceeded'));
    await expect(executions.find('name')).rejects.toThrow('Rate exceeded');
  });
});

describe('a stop', () => {
  test('stops an execution that runs, says why, and returns that it ran', async () => {
    isStatus('RUNNING', 'ABORTED');
    expect(await executions.stop('name', 'task t has ended as CANCELLED')).toEqual({ isRunning: true, hasSucceeded: false });
    expect(inputsOf(StopExecutionCommand)).toEqual([{ executionArn: ARN, error: 'TaskEnded', cause: 'task t has ended as CANCELLED' }]);
  });

  test('waits until the execution has stopped', async () => {
    isStatus('RUNNING', 'RUNNING', 'RUNNING', 'ABORTED');
    await executions.stop('name', 'cause');
    expect(sleep.mock.calls).toEqual([[500], [500]]);
  });

  test('does not take an execution for stopped that Step Functions does not know in another look', async () => {
    const unknown = new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} });
    sfn.on(DescribeExecutionCommand).resolvesOnce({ status: 'RUNNING' }).rejectsOnce(unknown).resolves({ status: 'ABORTED' });
    await executions.stop('name', 'cause');
    expect(sleep.mock.calls).toEqual([[500]]);
  });

  test('fails if the execution does not stop', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ status: 'RUNNING' });
    await expect(executions.stop('name', 'cause')).rejects.toThrow('execution name has not stopped');
  });

  test('leaves an execution alone that has ended', async () => {
    isStatus('FAILED');
    expect(await executions.stop('name', 'cause')).toEqual({ isRunning: false, hasSucceeded: false });
    expect(inputsOf(StopExecutionCommand)).toEqual([]);
  });

  test('looks five seconds for an execution, and returns nothing if there is none', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} }));
    expect(await executions.stop('name', 'cause')).toBeUndefined();
    expect(inputsOf(StopExecutionCommand)).toEqual([]);
    expect(sleep.mock.calls).toEqual(Array(10).fill([500]));
  });
});

test('the history has the events of all pages, the latest first', async () => {
  const event = (id: number) => ({ id, timestamp: new Date(), type: 'TaskSubmitted' as const });
  sfn.on(GetExecutionHistoryCommand, { nextToken: undefined }).resolves({ events: [event(3), event(2)], nextToken: 'more' })
    .on(GetExecutionHistoryCommand, { nextToken: 'more' }).resolves({ events: [event(1)], nextToken: 'last' })
    .on(GetExecutionHistoryCommand, { nextToken: 'last' }).resolves({});
  const ids: (number | undefined)[] = [];
  for await (const { id } of executions.history('name')) ids.push(id);
  expect(ids).toEqual([3, 2, 1]);
  expect(inputsOf(GetExecutionHistoryCommand)).toMatchObject(Array(3).fill({ executionArn: ARN, reverseOrder: true }));
});

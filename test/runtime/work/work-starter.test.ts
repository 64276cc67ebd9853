import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { TaskStatusReply } from '../../../src/protocol/wire';
import { WorkTask } from '../../../src/protocol/work';
import { EventSender } from '../../../src/runtime/events/event-sender';
import { ContainerTask } from '../../../src/runtime/work/container-task';
import { Executions } from '../../../src/runtime/work/executions';
import { NestedExecution } from '../../../src/runtime/work/nested-execution';
import { Work } from '../../../src/runtime/work/work';
import { workName } from '../../../src/runtime/work/work-name';
import { WorkStarter, WorkStarterOptions } from '../../../src/runtime/work/work-starter';
import { WorkStopper } from '../../../src/runtime/work/work-stopper';
import { EVENT_SOURCE, NOW, STATUS_READER_ARN, TRACE } from '../../support/builders';
import { aWorkTask, executionArn, FakeExecutions, MACHINE_ARN, WRAPPER_ARN } from '../../support/work';

const sfn = mockClient(SFNClient);
const eventbridge = mockClient(EventBridgeClient);
const sleep = async () => {};
const executionsOf = (stateMachineArn: string) => new Executions({ sfn: new SFNClient({}), stateMachineArn, sleep });
const wrappers = executionsOf(WRAPPER_ARN);
const nested = new NestedExecution(executionsOf(MACHINE_ARN));
const task = aWorkTask();
const NAME = workName({ source: task.reportTo.source, taskId: task.taskId, createdAt: task.createdAt });

let executions: FakeExecutions;
let status: TaskStatusReply['status'];
let statusOf: jest.Mock;
let logged: jest.SpyInstance[];

beforeEach(() => {
  sfn.reset();
  eventbridge.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  executions = new FakeExecutions(sfn);
  status = 'PENDING';
  statusOf = jest.fn(async () => ({ status }));
  logged = (['info', 'warn', 'error'] as const).map((level) => jest.spyOn(console, level).mockImplementation());
});

afterEach(() => jest.restoreAllMocks());

/** Returns the message of a task in the queue of the starter. */
const aMessageOf = (detail: unknown, event: object = {}) => ({
  messageId: 'message-1',
  attributes: { ApproximateReceiveCount: '1' },
  body: JSON.stringify({ 'source': EVENT_SOURCE, 'detail-type': 'TaskCreatedEvent', detail, ...event }),
}) as unknown as SQSRecord;

function starterOf(options: Partial<WorkStarterOptions> = {}): WorkStarter {
  const { work = nested } = options;
  const sender = new EventSender(new EventBridgeClient({}), sleep);
  const stopper = new WorkStopper({ wrappers, work });
  return new WorkStarter({ wrappers, work, stopper, sender, statusOf, attempts: 3, now: () => NOW, ...options });
}

/** Starts the work of a task, or handles any message. */
async function start(given: WorkTask | SQSRecord = task, options: Partial<WorkStarterOptions> = {}): Promise<SQSBatchResponse> {
  const message = 'body' in given ? given : aMessageOf(given);
  return starterOf(options).handle({ Records: [message] });
}

const DONE = { batchItemFailures: [] };
const FAILED = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };

const starts = () => sfn.commandCalls(StartExecutionCommand).map(({ args: [{ input }] }) => input);
const reports = () => eventbridge.commandCalls(PutEventsCommand).flatMap(({ args: [{ input }] }) => input.Entries!)
  .map(({ EventBusName, Source, DetailType, Detail }) => ({ EventBusName, Source, DetailType, detail: JSON.parse(Detail!) }));
const log = () => JSON.stringify(logged.map(({ mock }) => mock.calls));

/** Makes Step Functions refuse the start. */
const refuse = (name: string) => sfn.on(StartExecutionCommand).rejects(Object.assign(new Error('refused'), { name }));

describe('a new task', () => {
  test('starts the wrapper with a name of its own, and the task as its input', async () => {
    const given = { ...task, owner: 'ann', payload: { title: 'März' } };
    expect(await start(given)).toEqual(DONE);
    expect(starts()).toEqual([{ stateMachineArn: WRAPPER_ARN, name: NAME, input: expect.any(String) }]);
    expect(JSON.parse(starts()[0].input!)).toEqual({ task: given, attempt: 1 });
  });

  test.each([null, 0, false, ''])('keeps the payload %j', async (payload) => {
    await start({ ...task, payload });
    expect(JSON.parse(starts()[0].input!).task).toEqual({ ...task, payload });
  });

  test('keeps the trace context of its request', async () => {
    await start({ ...task, tracestate: 'vendor=1' });
    expect(JSON.parse(starts()[0].input!).task).toEqual({ ...task, traceparent: TRACE.traceparent, tracestate: 'vendor=1' });
  });

  test('of an earlier version, without a trace context, is started', async () => {
    const { traceparent, ...earlier } = task;
    expect(await start(earlier)).toEqual(DONE);
    expect(JSON.parse(starts()[0].input!).task).toEqual(earlier);
  });

  test('keeps nothing of the event but what is the task', async () => {
    await start({ ...task, status: 'PENDING', version: 1, updatedAt: task.createdAt } as WorkTask);
    expect(JSON.parse(starts()[0].input!).task).toEqual(task);
  });

  test('is reported as RUNNING, to where its event says', async () => {
    await start();
    expect(reports()).toEqual([{
      EventBusName: 'Bus',
      Source: task.reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      detail: { taskId: task.taskId, taskCreatedAt: task.createdAt, status: 'RUNNING' },
    }]);
  });

  test('whose event comes again starts nothing more', async () => {
    sfn.on(StartExecutionCommand).rejects(new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: {} }));
    expect(await start()).toEqual(DONE);
  });

  test('whose RUNNING is refused is started all the same', async () => {
    eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
    expect(await start()).toEqual(DONE);
    expect(starts()).toHaveLength(1);
    expect(log()).toContain('report failed');
  });

  test.each([0, 999])('with %i milliseconds to its deadline is not started', async (left) => {
    expect(await start({ ...task, deadlineAt: new Date(NOW.getTime() + left).toISOString() })).toEqual(DONE);
    expect(starts()).toEqual([]);
    expect(reports()).toEqual([]);
  });

  test('past its deadline is not started, but what an earlier attempt has started is stopped if the task has ended', async () => {
    status = 'CANCELLED';
    executions.set(executionArn(WRAPPER_ARN, NAME), 'RUNNING');
    executions.set(executionArn(MACHINE_ARN, NAME), 'RUNNING');
    expect(await start({ ...task, deadlineAt: NOW.toISOString() })).toEqual(DONE);
    expect(starts()).toEqual([]);
    expect(executions.stopped).toEqual([WRAPPER_ARN, MACHINE_ARN].map((arn) => executionArn(arn, NAME)));
  });

  test('past its deadline whose work was never started needs no other attempt', async () => {
    status = 'CANCELLED';
    expect(await start({ ...task, deadlineAt: NOW.toISOString() })).toEqual(DONE);
  });

  test('with a second to its deadline is started', async () => {
    await start({ ...task, deadlineAt: new Date(NOW.getTime() + 1_000).toISOString() });
    expect(starts()).toHaveLength(1);
  });

  test.each<[string, () => Promise<unknown>, object]>([
    ['whose RUNNING is refused', async () => {
      eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
      return start();
    }, { message: 'report failed' }],
    ['past its deadline', async () => start({ ...task, deadlineAt: NOW.toISOString() }), { message: 'work not started: the deadline of the task has passed' }],
    ['that can never be started', async () => {
      refuse('InvalidName');
      return start();
    }, { message: 'work not started', code: 'ProcessorFailed' }],
    ['that can\'t be started now', async () => {
      refuse('ThrottlingException');
      return start();
    }, { message: 'work not started', messageId: 'message-1' }],
    ['that has ended meanwhile', async () => {
      status = 'CANCELLED';
      return start();
    }, { message: 'work stopped: the task has ended', status: 'CANCELLED' }],
  ])('%s is in the log with its id, its type and its trace', async (_, happen, line) => {
    await happen();
    const { taskId, traceparent } = task;
    const lines = logged.flatMap(({ mock }) => mock.calls.map(([one]) => one));
    expect(lines).toContainEqual(expect.objectContaining({ ...line, taskId, taskType: 'video', traceId: traceparent!.split('-')[1] }));
  });

  test('leaves nothing of its payload and its owner in the log', async () => {
    refuse('InvalidName');
    await start({ ...task, owner: 'secret-owner', payload: 'secret-payload' });
    await start({ ...task, payload: `secret-payload${'x'.repeat(300_000)}` });
    expect(log()).toContain(task.taskId);
    expect(log()).not.toContain('secret');
  });
});

describe('the question after the start', () => {
  test('asks for the task of the event', async () => {
    await start();
    expect(statusOf.mock.calls).toEqual([[STATUS_READER_ARN, { taskId: task.taskId, taskType: 'video', createdAt: task.createdAt }]]);
  });

  test('comes after the start, so that an end after it finds what to stop', async () => {
    statusOf.mockImplementation(async () => {
      expect(starts()).toHaveLength(1);
      return { status };
    });
    expect(await start()).toEqual(DONE);
  });

  test.each(['PENDING', 'RUNNING'] as const)('leaves the work of a task alone that is %s', async (answer) => {
    status = answer;
    await start();
    expect(executions.stopped).toEqual([]);
  });

  test.each(['SUCCESSFUL', 'FAILED', 'CANCELLED', 'ENDED'] as const)('stops what it has started if the task is %s', async (answer) => {
    status = answer;
    executions.set(executionArn(MACHINE_ARN, NAME), 'RUNNING');
    expect(await start()).toEqual(DONE);
    expect(executions.stopped).toEqual([executionArn(WRAPPER_ARN, NAME), executionArn(MACHINE_ARN, NAME)]);
  });

  test('makes the message come again if it is not answered', async () => {
    statusOf.mockRejectedValue(new Error('the status reader failed'));
    expect(await start()).toEqual(FAILED);
    expect(log()).toContain('the status reader failed');
  });

  test('stops its work after the last attempt if its status is not known: the reporter can not fail a task that has ended', async () => {
    statusOf.mockRejectedValue(new Error('the status reader failed'));
    const attempt = (count: number) => (
      { ...aMessageOf(task), attributes: { ApproximateReceiveCount: String(count) } } as unknown as SQSRecord
    );
    expect(await start(attempt(2))).toEqual(FAILED);
    expect(executions.stopped).toEqual([]);
    expect(await start(attempt(3))).toEqual(FAILED);
    expect(executions.stopped).toEqual([executionArn(WRAPPER_ARN, NAME)]);
  });

  test('makes the message come again if the task has ended, and Step Functions does not know the execution yet', async () => {
    status = 'CANCELLED';
    sfn.on(StartExecutionCommand).resolves({});
    expect(await start()).toEqual(FAILED);
  });

  test('is left out if the TaskManager has no function that answers', async () => {
    const { statusReaderArn, ...reportTo } = task.reportTo;
    expect(await start({ ...task, reportTo })).toEqual(DONE);
    expect(statusOf).not.toHaveBeenCalled();
    expect(starts()).toHaveLength(1);
  });
});

describe('a start that is refused', () => {
  test.each(['InvalidArn', 'InvalidExecutionInput', 'InvalidName', 'StateMachineDeleting', 'StateMachineDoesNotExist', 'ValidationException'])(
    'as %s fails the task at once', async (name) => {
      refuse(name);
      expect(await start()).toEqual(DONE);
      expect(reports().map(({ detail }) => detail)).toEqual([{
        taskId: task.taskId,
        taskCreatedAt: task.createdAt,
        status: 'FAILED',
        error: { code: 'ProcessorFailed', message: `the work could not be started: ${name}` },
      }]);
    });

  test.each(['ThrottlingException', 'ExecutionLimitExceeded', 'AccessDeniedException', 'InternalFailure', 'TimeoutError', 'OutOfTime'])(
    'as %s makes the message come again', async (name) => {
      refuse(name);
      expect(await start()).toEqual(FAILED);
      expect(reports()).toEqual([]);
    });

  test('for good makes the message come again if the failure can\'t be reported', async () => {
    refuse('StateMachineDoesNotExist');
    eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
    expect(await start()).toEqual(FAILED);
  });
});

describe('a long payload', () => {
  const container = new ContainerTask({
    ecs: undefined as never, clusterArn: 'Cluster', family: 'Family', containerName: 'main', resultBucketName: 'results', wrappers, sleep,
  });
  const KEY = `tasks/video/${task.taskId}/payload-20261123T100000000Z.json`;
  const KINDS: [string, Work, number][] = [['a state machine', nested, 256 * 1024 - 1024], ['a container', container, 8192]];

  /** Returns the longest payload of letters that the work takes. */
  function longestFor(work: Work): string {
    let length = 1;
    while (work.inputFor({ ...task, payload: 'x'.repeat(length * 2) })) length *= 2;
    for (let step = length; step >= 1; step = Math.floor(step / 2)) {
      if (work.inputFor({ ...task, payload: 'x'.repeat(length + step) })) length += step;
    }
    return 'x'.repeat(length);
  }

  test.each(KINDS)('for %s that just fits is handed over', async (_, work) => {
    const payload = longestFor(work);
    const put = jest.fn();
    expect(await start({ ...task, payload }, { work, payloads: { name: 'results', put } })).toEqual(DONE);
    expect(starts()[0].input).toContain(payload);
    expect(put).not.toHaveBeenCalled();
  });

  test.each(KINDS)('for %s that is one character longer is put into the bucket', async (_, work) => {
    const payload = `${longestFor(work)}x`;
    const put = jest.fn(async () => { expect(starts()).toEqual([]); });
    expect(await start({ ...task, payload }, { work, payloads: { name: 'results', put } })).toEqual(DONE);
    expect(put.mock.calls).toEqual([[KEY, JSON.stringify(payload)]]);
    expect(starts()[0].input).not.toContain(payload);
    expect(starts()[0].input).toContain(KEY);
  });

  test.each(KINDS)('for %s has the length that AWS allows, with a margin', (_, work, most) => {
    const [fits] = [work.inputFor({ ...task, payload: longestFor(work) })!];
    const { environment } = JSON.parse(fits);
    const text = environment ? JSON.stringify({ ContainerOverrides: [{ Name: 'main', Environment: environment }] }) : fits;
    expect(text).toHaveLength(most);
  });

  test('for a state machine is named in its input', async () => {
    await start({ ...task, payload: 'x'.repeat(300_000) }, { payloads: { name: 'results', put: jest.fn() } });
    expect(JSON.parse(starts()[0].input!)).toEqual({ task: { ...task, payloadObject: { bucketName: 'results', key: KEY } }, attempt: 1 });
  });

  test('for a state machine is measured in bytes', async () => {
    const put = jest.fn();
    await start({ ...task, payload: 'ü'.repeat(140_000) }, { payloads: { name: 'results', put } });
    expect(put).toHaveBeenCalledTimes(1);
  });

  test('for a container is named in its environment', async () => {
    await start({ ...task, payload: 'x'.repeat(9_000) }, { work: container, payloads: { name: 'results', put: jest.fn() } });
    const { environment } = JSON.parse(starts()[0].input!);
    expect(environment).toContainEqual({ Name: 'TASK_PAYLOAD_URI', Value: `s3://results/${KEY}` });
    expect(JSON.stringify(environment)).not.toContain('"TASK_PAYLOAD"');
  });

  test.each(KINDS)('for %s without a bucket fails the task as PayloadTooLarge', async (_, work) => {
    expect(await start({ ...task, payload: `${longestFor(work)}x` }, { work })).toEqual(DONE);
    expect(starts()).toEqual([]);
    expect(reports().map(({ detail }) => detail)).toEqual([{
      taskId: task.taskId,
      taskCreatedAt: task.createdAt,
      status: 'FAILED',
      error: { code: 'PayloadTooLarge', message: 'the payload is too long for the work: set the resultBucket of the TaskManager' },
    }]);
  });

  test('that S3 does not take makes the message come again', async () => {
    const put = jest.fn(async () => { throw new Error('S3 answered 503 to the payload'); });
    expect(await start({ ...task, payload: 'x'.repeat(300_000) }, { payloads: { name: 'results', put } })).toEqual(FAILED);
    expect(starts()).toEqual([]);
  });
});

describe('a message', () => {
  test.each<[string, SQSRecord]>([
    ['that is not JSON', { messageId: 'message-1', body: 'secret' } as SQSRecord],
    ['of another event', aMessageOf(task, { 'detail-type': 'TaskCancelledEvent' })],
    ['without a task id', aMessageOf({ ...task, taskId: undefined })],
    ['without a place to report to', aMessageOf({ ...task, reportTo: undefined })],
  ])('%s stays in the queue, so that the dead-letter queue gets it', async (_, message) => {
    expect(await start(message)).toEqual(FAILED);
    expect(starts()).toEqual([]);
    expect(log()).not.toContain('secret');
  });

  test('that fails does not keep the others from their start', async () => {
    const messages = [{ ...aMessageOf({}), messageId: 'bad' }, aMessageOf(task)];
    expect(await starterOf().handle({ Records: messages })).toEqual({ batchItemFailures: [{ itemIdentifier: 'bad' }] });
    expect(starts()).toHaveLength(1);
  });
});

/** What the conformance cases of all languages do not cover. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { OutOfTime, TaskFailure, taskProcessor, TaskProcessorOptions, TaskWork } from '../../processor/src';
import { aCreatedEvent, aTask, NOW } from '../support/builders';

const eventbridge = mockClient(EventBridgeClient);
const lambda = mockClient(LambdaClient);
const s3 = mockClient(S3Client);
const logger = { info: jest.fn(), warn: jest.fn() };

beforeAll(() => {
  process.env.AWS_REGION = 'eu-central-1';
});

beforeEach(() => {
  for (const client of [eventbridge, lambda, s3]) client.reset();
  eventbridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

const reports = () => eventbridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => JSON.parse(input.Entries![0].Detail!));

function anEvent(reportTo: object = {}): object {
  const { detail, ...event } = aCreatedEvent(aTask({ payload: '{"table":"customers"}' })) as { detail: any };
  return { ...event, time: NOW.toISOString(), detail: { ...detail, reportTo: { ...detail.reportTo, ...reportTo } } };
}

async function run(work: TaskWork<any>, options: TaskProcessorOptions = {}, reportTo?: object): Promise<unknown> {
  return taskProcessor(work, { logger, ...options })(anEvent(reportTo));
}

describe('options', () => {
  test.each<[TaskProcessorOptions, string]>([
    [{ heartbeatSeconds: 0 }, 'heartbeatSeconds must be a whole number from 1 to 86400, got 0'],
    [{ heartbeatSeconds: 86_401 }, 'heartbeatSeconds must be a whole number from 1 to 86400, got 86401'],
    [{ heartbeatSeconds: 1.5 }, 'heartbeatSeconds must be a whole number from 1 to 86400, got 1.5'],
    [{ progressIntervalSeconds: -1 }, 'progressIntervalSeconds must be from 0 to 86400, got -1'],
    [{ progressIntervalSeconds: NaN }, 'progressIntervalSeconds must be from 0 to 86400, got NaN'],
    [{ progressIntervalSeconds: 86_401 }, 'progressIntervalSeconds must be from 0 to 86400, got 86401'],
    [{ statusIntervalSeconds: 0.5 }, 'statusIntervalSeconds must be from 1 to 86400, got 0.5'],
    [{ statusIntervalSeconds: Infinity }, 'statusIntervalSeconds must be from 1 to 86400, got Infinity'],
  ])('%j are refused when the function starts', (options, message) => {
    expect(() => taskProcessor(() => 1, options)).toThrow(new Error(message));
  });

  test('eventBridge sends the reports', async () => {
    const own = { send: jest.fn().mockResolvedValue({ FailedEntryCount: 0 }) };
    await run(() => 1, { eventBridge: own as unknown as EventBridgeClient });
    expect(own.send).toHaveBeenCalledTimes(2);
    expect(reports()).toEqual([]);
  });

  test('logger gets the log entries, without payloads, results and messages', async () => {
    eventbridge.on(PutEventsCommand).rejectsOnce(Object.assign(new Error('secret'), { name: 'ThrottlingException' })).resolves({});
    await run(() => 'secret');
    expect(logger.warn.mock.calls).toEqual([[{ message: 'report failed', taskId: aTask().taskId, status: 'RUNNING', error: 'ThrottlingException' }]]);
  });
});

test('the work gets the task of the event', async () => {
  const work = jest.fn();
  await run(work);
  const { taskId, type, createdAt, deadlineAt } = aTask();
  expect(work).toHaveBeenCalledWith(
    { taskId, type, payload: { table: 'customers' }, owner: undefined, createdAt, deadlineAt, upload: expect.any(Function) },
    { progress: expect.any(Function), signal: expect.any(AbortSignal) },
  );
});

test('the work starts without waiting for EventBridge, and the handler ends when RUNNING is sent', async () => {
  let accept = (_: object) => {};
  eventbridge.on(PutEventsCommand).callsFakeOnce(async () => new Promise((resolve) => { accept = resolve; })).resolves({});
  const steps: string[] = [];
  const handling = run(() => void steps.push('worked')).then(() => steps.push('ended'));
  await new Promise(setImmediate);
  expect(steps).toEqual(['worked']);
  accept({ FailedEntryCount: 0 });
  await handling;
  expect(steps).toEqual(['worked', 'ended']);
});

test('a busy work that awaits its progress lets timers and requests have their turn', async () => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask'] });
  let isSent = false;
  await run(async (_, { progress }) => {
    setTimeout(() => { isSent = true; }, 0);
    while (!isSent) await progress(50);
  });
  expect(isSent).toBe(true);
});

test.each(['text', 7, null, {}])('progress refuses the message %j if it is not a string', async (message) => {
  const call = run(async (_, { progress }) => progress(undefined, message as string));
  await (typeof message === 'string' ? call : expect(call).rejects.toThrow(`the message must be a string, got ${typeof message}`));
});

test('a retry is prepared for errors that are no Error, too', async () => {
  await expect(run(async () => Promise.reject('text'), { heartbeatSeconds: 60 })).rejects.toBe('text');
  expect(reports().at(-1)).toMatchObject({ status: 'RUNNING', heartbeatSeconds: 0 });
});

describe('a TaskFailure', () => {
  test('of another copy of the package fails the task', async () => {
    let copy!: typeof import('../../processor/src');
    jest.isolateModules(() => { copy = jest.requireActual('../../processor/src'); });
    expect(copy.TaskFailure).not.toBe(TaskFailure);
    await run(() => { throw new copy.TaskFailure('UnknownTable', 'no such table'); });
    expect(reports().at(-1)).toMatchObject({ status: 'FAILED', error: { code: 'UnknownTable', message: 'no such table' } });
  });

  test('with a code that is no string fails the task', async () => {
    await run(() => { throw new TaskFailure(404 as unknown as string, 'no such table'); });
    expect(reports().at(-1)).toMatchObject({ status: 'FAILED', error: { code: '404', message: 'no such table' } });
  });
});

test('a StatusReader that does not answer is not asked again until it does', async () => {
  lambda.on(InvokeCommand).callsFake(async () => new Promise(() => {}));
  await run(async () => {
    await jest.advanceTimersByTimeAsync(30_000);
  }, {}, { statusReaderArn: 'arn:aws:lambda:us-east-1:111111111111:function:reader' });
  expect(lambda.commandCalls(InvokeCommand)).toHaveLength(1);
});

test('the StatusReader has three seconds to answer', async () => {
  const timeout = jest.spyOn(AbortSignal, 'timeout');
  lambda.on(InvokeCommand).resolves({ Payload: Buffer.from('{"status":"RUNNING"}') as any });
  await run(async () => {
    await jest.advanceTimersByTimeAsync(5_000);
  }, {}, { statusReaderArn: 'arn:aws:lambda:us-east-1:111111111111:function:reader' });
  expect(lambda.send.args).toEqual([[expect.any(InvokeCommand), { abortSignal: timeout.mock.results[0].value }]]);
  expect(timeout).toHaveBeenCalledWith(3_000);
});

describe('an upload', () => {
  const PART = 5 * 1024 * 1024;
  const bucket = { resultBucketName: 'results' };

  test('of a stream is sent in parts, as the stream has them', async () => {
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: '1' });
    s3.on(CompleteMultipartUploadCommand).resolves({});
    let produced = 0;
    async function* content() {
      for (; produced < 40; produced++) yield Buffer.alloc(PART / 4);
    }
    const inMemory: number[] = [];
    s3.on(UploadPartCommand).callsFake(async ({ PartNumber }) => {
      inMemory.push(produced - 4 * (PartNumber - 1));
      return { ETag: '"1"' };
    });
    await run(async (task) => task.upload(content(), { contentType: 'text/plain' }), {}, bucket);
    expect(s3.commandCalls(UploadPartCommand)).toHaveLength(10);
    // The parts in flight, and what the stream has ready.
    expect(Math.max(...inMemory)).toBeLessThanOrEqual(30);
    expect(reports().at(-1)).toMatchObject({ status: 'SUCCESSFUL', resultObject: { contentType: 'text/plain' } });
  });

  test('stops when the signal of the work aborts, and removes its parts', async () => {
    s3.on(CreateMultipartUploadCommand).resolves({ UploadId: '1' });
    const parts: ((reply: object) => void)[] = [];
    s3.on(UploadPartCommand).callsFake(async () => new Promise((resolve) => parts.push(resolve)));
    const removed = new Promise<object>((resolve) => s3.on(AbortMultipartUploadCommand).callsFake(resolve));
    async function* content() {
      for (let i = 0; i < 4; i++) yield Buffer.alloc(PART);
    }
    const context = { getRemainingTimeInMillis: () => 60_000 };
    const handling = taskProcessor(async (task) => {
      const upload = task.upload(content(), { contentType: 'text/plain' });
      await Promise.all([upload, jest.advanceTimersByTimeAsync(55_000)]);
    }, { logger })(anEvent(bucket), context);
    await expect(handling).rejects.toBeInstanceOf(OutOfTime);
    for (const finish of parts) finish({ ETag: '"1"' });
    expect(await removed).toMatchObject({ Bucket: 'results', UploadId: '1' });
  });

  test('does not start if the signal aborts while its packages are loaded', async () => {
    const handling = taskProcessor(async (task) => {
      const upload = task.upload('text', { contentType: 'text/plain' });
      jest.advanceTimersByTime(55_000);
      await upload;
    }, { logger })(anEvent(bucket), { getRemainingTimeInMillis: () => 60_000 });
    await expect(handling).rejects.toBeInstanceOf(OutOfTime);
    expect(s3.calls()).toEqual([]);
  });

  test('that fails throws the error of S3', async () => {
    s3.rejects(new Error('no access'));
    await expect(run(async (task) => task.upload('text', { contentType: 'text/plain' }), {}, bucket)).rejects.toThrow('no access');
  });
});

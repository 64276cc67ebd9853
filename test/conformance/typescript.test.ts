/** Runs the conformance cases with the helper for TypeScript. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import {
  asText, Case, Conformance, environmentOf, eventOf, Expected, expanded, Outcome, SchemaScript, Step, traceIdOf, withKeys,
} from './case';
import { StandardSchema, Task, TaskEnded, TaskFailure, taskProcessor, TaskTools } from '../../processor/src';
import { taskServices } from '../../processor/src/aws-services';
import { runIn } from '../../processor/src/container/run';
import { FakeProcess } from '../support/fake-process';

const CONFORMANCE: Conformance = JSON.parse(readFileSync(path.join(__dirname, 'cases.json'), 'utf8'));
const START = Date.parse(CONFORMANCE.startAt);
const { taskId, type, reportTo, ...created } = CONFORMANCE.createdEvent.detail;

const eventbridge = mockClient(EventBridgeClient);
const lambda = mockClient(LambdaClient);
const s3 = mockClient(S3Client);
const sqs = mockClient(SQSClient);

beforeAll(() => {
  // Uploads look for the endpoint of the bucket, even with a mock.
  process.env.AWS_REGION = 'eu-central-1';
});

beforeEach(() => {
  jest.useFakeTimers({ now: START, doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
  for (const client of [eventbridge, lambda, s3, sqs]) client.reset();
});

afterEach(() => {
  jest.useRealTimers();
});

test.each(CONFORMANCE.cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
  const { event, options: { schema, ...options } = {}, remainingMs = 900_000, ...script }: Case = expanded(one);
  const reports = eventBus(script.eventBus);
  const statusRequests = statusReader(script.statusReader);
  const { uploads, ends } = bucket(script.container);
  queue(script.queue);
  const log = captureLog();
  const process = script.container && new FakeProcess(environmentOf(script, CONFORMANCE));
  const createdAt = process?.env.TASK_CREATED_AT ?? created.createdAt;
  const work = new ScriptedWork(script.work, process);

  const run = async (task: Task, tools: TaskTools) => work.run(task, tools);
  const allOptions = { ...options, ...(schema && { schema: aSchema(schema) }) };
  const handle = async () => {
    const context = { getRemainingTimeInMillis: () => remainingMs - sinceStart() };
    return taskProcessor(run, allOptions)(eventOf({ ...one, event }, CONFORMANCE), context);
  };
  const runProcess = async () => runIn(process!, run, allOptions, taskServices());
  const outcome = await outcomeOf((process ? runProcess : handle)(), work);

  const keys = uploads.map(({ key }) => key);
  const expected: Expected = withKeys(script.expected, keys);
  expect(work.failure).toBeUndefined();
  if (process) expect({ exits: process.exitCode, ...(ends.length > 0 && { stores: ends.at(-1) }) }).toEqual(expected.outcome);
  else expect(outcome).toEqual('throws' in expected.outcome ? { throws: expect.objectContaining(expected.outcome.throws) } : expected.outcome);
  expect(reports).toEqual(expected.reports.map(({ sequence, ...report }) => ({
    taskId, taskCreatedAt: createdAt, ...report, ...(sequence !== undefined && { sequence: START + sequence }),
  })));
  expect(work.hasStarted).toBe(expected.workStarts ?? true);
  if (expected.statusRequests !== undefined) expect(statusRequests).toHaveLength(expected.statusRequests);
  expect(statusRequests).toEqual(statusRequests.map(() => ({ taskId, taskType: type, createdAt })));
  if (expected.uploads) expect(uploads.map(({ key, ...upload }) => upload)).toEqual(expected.uploads);
  expect(keys).toEqual(keys.map(() => expect.stringMatching(new RegExp(`^tasks/${type}/${taskId}/[0-9a-f-]{36}$`))));
  if (expected.warnings !== undefined) expect(log.filter(([level]) => level === 'warn')).toHaveLength(expected.warnings);
  if (expected.prints !== undefined) expect(process!.printed).toHaveLength(expected.prints);
  const traceId = traceIdOf(one, CONFORMANCE);
  expect(log).toEqual(log.map(([level]) => [level, expect.objectContaining({ taskId, ...(traceId && { traceId }) })]));
  expect(JSON.stringify(log)).not.toContain('confidential');
  expect(jest.getTimerCount()).toBe(0);
});

test('has a case for each step and each option, and names no case twice', () => {
  const steps: string[] = [
    'expectPayload', 'expectTrace', 'advanceMs', 'progress', 'upload', 'sigterm', 'waitUntilCancelled', 'return', 'returnNothing', 'returnUnserializable', 'fail', 'throw',
    'throwReason',
  ];
  const options = ['heartbeatSeconds', 'progressIntervalSeconds', 'statusIntervalSeconds', 'schema'];
  const { cases } = CONFORMANCE;
  expect(new Set(cases.flatMap(({ work }) => work.flatMap((step) => Object.keys(step))))).toEqual(new Set([...steps, 'rejects']));
  expect(new Set(cases.flatMap((one) => Object.keys(one.options ?? {})))).toEqual(new Set(options));
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

/** Does what the script of a case says. */
class ScriptedWork {
  public hasStarted = false;
  public hasEnded = false;
  /** Why the helper did not do what a step expects. */
  public failure?: unknown;

  constructor(private readonly steps: Step[], private readonly process: FakeProcess | undefined) {}

  public async run(task: Task, tools: TaskTools): Promise<unknown> {
    this.hasStarted = true;
    try {
      for (const step of this.steps.slice(0, -1)) await take(step, task, tools, this.process);
    } catch (failure) {
      this.failure = failure;
    }
    this.hasEnded = true;
    return end(this.steps.at(-1)!, tools);
  }
}

async function take(step: Step, task: Task, { progress, signal }: TaskTools, process: FakeProcess | undefined): Promise<void> {
  if ('expectPayload' in step) {
    expect(task.payload).toEqual(step.expectPayload);
  } else if ('expectTrace' in step) {
    const { traceparent = null, tracestate = null } = task;
    expect({ traceparent, tracestate }).toEqual(step.expectTrace);
  } else if ('advanceMs' in step) {
    await advance(step.advanceMs);
  } else if ('progress' in step) {
    await settles(progress(step.progress.percent, step.progress.message), step.rejects);
  } else if ('upload' in step) {
    await settles(task.upload(step.upload.body, step.upload), step.rejects);
  } else if ('sigterm' in step) {
    process!.sigterm();
    await new Promise((resolve) => setImmediate(resolve));
  } else if ('waitUntilCancelled' in step) {
    const { reason, status, atMs } = step.waitUntilCancelled;
    while (!signal.aborted && sinceStart() < atMs) await advance(1000);
    expect(sinceStart()).toBe(atMs);
    expect(signal.reason?.name).toBe(reason);
    if (status !== undefined) expect((signal.reason as TaskEnded).status).toBe(status);
  } else {
    throw new Error(`only the last step can be ${JSON.stringify(step)}`);
  }
}

function end(step: Step, { signal }: TaskTools): unknown {
  if ('return' in step) return step.return;
  if ('returnNothing' in step) return undefined;
  if ('returnUnserializable' in step) return 1n;
  if ('fail' in step) throw new TaskFailure(step.fail.code, step.fail.message);
  if ('throw' in step) throw Object.assign(new Error(step.throw.message), { name: step.throw.name });
  if ('throwReason' in step) throw signal.reason;
  throw new Error(`the last step can't be ${JSON.stringify(step)}`);
}

/** Checks that a call of the work is rejected as expected, or else that it is not. */
async function settles(call: Promise<void>, rejects: unknown): Promise<void> {
  if (rejects === undefined) return call;
  await expect(call).rejects.toMatchObject({ message: rejects });
}

function sinceStart(): number {
  return Date.now() - START;
}

async function advance(ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 1000) await jest.advanceTimersByTimeAsync(Math.min(leftMs, 1000));
}

/** Lets time go on after the work until the handler has ended. */
async function outcomeOf(handling: Promise<unknown>, work: ScriptedWork): Promise<Outcome> {
  let outcome: Outcome | undefined;
  void handling.then(
    (value) => { outcome = { returns: value === undefined ? null : JSON.parse(JSON.stringify(value)) }; },
    ({ name, message }) => { outcome = { throws: { name, message } }; },
  );
  while (!outcome) {
    await new Promise((resolve) => setImmediate(resolve));
    const isWorking = work.hasStarted && !work.hasEnded;
    if (!isWorking && jest.getTimerCount() > 0) await jest.advanceTimersToNextTimerAsync();
  }
  return outcome;
}

function aSchema(script: SchemaScript): StandardSchema {
  return {
    '~standard': { version: 1, vendor: 'conformance', validate: () => ('issues' in script ? { issues: script.issues } : { value: script.returns }) },
  };
}

/** Returns the reports that EventBridge accepts, as they come. */
function eventBus(refusals: Case['eventBus'] = []): object[] {
  const accepted: object[] = [];
  const left = refusals.map(({ times, ...refusal }) => ({ ...refusal, times: times === 'always' ? Infinity : times }));
  eventbridge.on(PutEventsCommand).callsFake(({ Entries: [entry, ...more] }) => {
    expect(more).toEqual([]);
    const { Detail, ...address } = entry;
    expect(address).toEqual({ EventBusName: reportTo.eventBusName, Source: reportTo.source, DetailType: 'TaskUpdatedEvent' });
    const report = JSON.parse(Detail);
    const refusal = left.find(({ status, times }) => status === report.status && times > 0);
    if (!refusal) {
      accepted.push(report);
      return { FailedEntryCount: 0, Entries: [{ EventId: 'id' }] };
    }
    refusal.times--;
    if (refusal.answer === 'throws') throw new Error('confidential');
    return { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'confidential' }] };
  });
  return accepted;
}

/** Returns the requests of the StatusReader, as they come. */
function statusReader(answers: Case['statusReader'] = ['RUNNING']): object[] {
  const requests: object[] = [];
  lambda.on(InvokeCommand).callsFake(({ FunctionName, Payload }) => {
    expect(FunctionName).toBe(reportTo.statusReaderArn);
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(JSON.parse(Buffer.from(Payload).toString()));
    if (typeof answer === 'string') return { Payload: Buffer.from(JSON.stringify({ status: answer })) };
    if ('throws' in answer) throw new Error('confidential');
    return { FunctionError: 'Unhandled', Payload: Buffer.from(JSON.stringify({ errorMessage: 'confidential' })) };
  });
  return requests;
}

interface UploadedObject {
  readonly key: string;
  readonly bucket: string;
  readonly body: string;
  readonly contentType: string;
}

/** Returns the uploaded objects and the stored ends of a container, as they come. */
function bucket({ objects = {}, bucket: failures = [] }: NonNullable<Case['container']> = {}) {
  const uploads: UploadedObject[] = [];
  const ends: unknown[] = [];
  const left = { read: 0, write: 0 };
  for (const { operation, times } of failures) left[operation] = times === 'always' ? Infinity : times;
  const uri = (object: { Bucket: string; Key: string }) => `s3://${object.Bucket}/${object.Key}`;
  const failIf = (operation: 'read' | 'write') => {
    if (left[operation]-- > 0) throw new Error('confidential');
  };
  s3.on(GetObjectCommand).callsFake((object) => {
    failIf('read');
    return { Body: { transformToString: async () => asText(objects[uri(object)]) } };
  });
  s3.on(PutObjectCommand).callsFake((object) => {
    const { Bucket, Key, Body, ContentType } = object;
    const body = Buffer.from(Body).toString();
    if (uri(object) === CONFORMANCE.environment.TASK_RESULT_URI) {
      failIf('write');
      expect(ContentType).toBe('application/json');
      ends.push(JSON.parse(body));
    } else {
      uploads.push({ bucket: Bucket, key: Key, body, contentType: ContentType });
    }
    return {};
  });
  return { uploads, ends };
}

function queue({ maxReceiveCount, fails }: NonNullable<Case['queue']> = { fails: true }): void {
  const policy = { deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:111122223333:dead-letters', maxReceiveCount };
  sqs.on(GetQueueAttributesCommand).callsFake(({ QueueUrl }) => {
    expect(QueueUrl).toMatch(/\/111122223333\/shop-export-queue$/);
    if (fails) throw new Error('confidential');
    return { Attributes: maxReceiveCount === undefined ? undefined : { RedrivePolicy: JSON.stringify(policy) } };
  });
}

/** Returns the entries of the log, as they come. */
function captureLog(): unknown[][] {
  const log: unknown[][] = [];
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((...entry) => { log.push([level, ...entry]); });
  }
  return log;
}

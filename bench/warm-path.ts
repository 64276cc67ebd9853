import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createdRecord, createRequest, pollRequest, progressMessage, SOURCE, taskItem } from './events';
import { ChangeLog } from '../src/runtime/events/change-log';
import { EventSender } from '../src/runtime/events/event-sender';
import { StatusPublisher } from '../src/runtime/events/status-publisher';
import { StatusUpdater } from '../src/runtime/events/status-updater';
import { Router } from '../src/runtime/http/router';
import { InvocationMetrics } from '../src/runtime/support/invocation-metrics';
import { sdkClientSettings } from '../src/runtime/support/sdk-client-settings';
import { TaskStore } from '../src/runtime/task/task-store';
import { round } from '../test/support/stats';

/** CPU time of a function for one request or record, in microseconds. */
export interface WarmPath {
  readonly what: string;
  /** Without the AWS SDK: only our own code. */
  readonly ownMicroseconds: number;
  /** With the SDK, which builds, signs and parses each call, but without a network. */
  readonly withSdkMicroseconds: number;
}

const ITEM = taskItem();

/** Fixed responses of the services. */
const ANSWERS: Record<string, object> = {
  PutItem: {},
  GetItem: { Item: ITEM },
  UpdateItem: { Attributes: ITEM },
  PutEvents: { FailedEntryCount: 0, Entries: [{ EventId: 'id' }] },
};

/** Measures each handler over a number of calls, after it is warm. */
export async function measureWarmPath(calls: number): Promise<WarmPath[]> {
  const [own, withSdk] = [handlers(stubClient), handlers(offlineClient)];
  const results: WarmPath[] = [];
  for (const [what, { records, run }] of Object.entries(own)) {
    results.push({
      what,
      ownMicroseconds: await cpuMicroseconds(run, calls, records),
      withSdkMicroseconds: await cpuMicroseconds(withSdk[what].run, calls, records),
    });
  }
  return results;
}

/** Returns the CPU time of a call for one of its records. */
export async function cpuMicroseconds(run: () => Promise<unknown>, calls: number, records: number): Promise<number> {
  const rounds = Math.ceil(calls / records);
  for (let i = 0; i < rounds / 5; i++) await run();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await run();
  const { user, system } = process.cpuUsage(start);
  return round((user + system) / rounds / records);
}

type MakeSdkClient = <C extends object>(type: new (config: any) => C) => C;

function handlers(sdkClient: MakeSdkClient): Record<string, { records: number; run: () => Promise<unknown> }> {
  const store = new TaskStore(sdkClient(DynamoDBClient), 'TaskStatus', 604_800);
  const now = () => new Date();
  const router = new Router({
    store,
    now,
    taskTimeoutSeconds: 86_400,
    maxRequestBytes: 65_536,
    maxWaitSeconds: 0,
    ownerOf: () => undefined,
    sleep: async () => {},
  });
  const publisher = new StatusPublisher({
    store,
    now,
    sender: new EventSender(sdkClient(EventBridgeClient)),
    bus: { eventBusName: 'Bus', eventSource: SOURCE },
    changes: new ChangeLog(new InvocationMetrics(SOURCE), []),
    sqs: {} as SQSClient,
    deadLetterQueueUrl: '',
    hasTime: () => true,
  });
  const updater = new StatusUpdater({ store, now, metrics: new InvocationMetrics(SOURCE), eventSource: SOURCE, undeliveredQueueArn: '' });
  const records = Array.from({ length: 10 }, createdRecord);
  const messages = records.map((_, i) => progressMessage(ITEM.taskId.S!, i));
  const [create, poll] = [createRequest(), pollRequest(ITEM.taskId.S!)];
  return {
    'create, a request': { records: 1, run: () => router.answer(create) },
    'poll, a request': { records: 1, run: () => router.answer(poll) },
    'publish, a single record': { records: 1, run: () => publisher.publish({ Records: records.slice(0, 1) }) },
    'publish, one of ten records': { records: 10, run: () => publisher.publish({ Records: records }) },
    'update, a single message': { records: 1, run: () => updater.update({ Records: messages.slice(0, 1) }) },
    'update, one of ten messages': { records: 10, run: () => updater.update({ Records: messages }) },
  };
}

/** Returns an SDK client that runs no code of the SDK. */
export const stubClient: MakeSdkClient = (type) => Object.assign(Object.create(type.prototype), {
  send: async (command: object) => ANSWERS[command.constructor.name.replace(/Command$/, '')],
});

/** Returns an SDK client that does everything but send its requests. */
export const offlineClient: MakeSdkClient = (type) => new type({
  ...sdkClientSettings({ reserveMs: 0 }),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  requestHandler: {
    handle: async ({ headers }: { headers: Record<string, string> }) => {
      const body = JSON.stringify(ANSWERS[headers['x-amz-target'].split('.')[1]]);
      return { response: { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Readable.from([Buffer.from(body)]) } };
    },
  },
});

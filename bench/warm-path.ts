import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createdRecord, createRequest, pollRequest, progressMessage, SOURCE, taskItem } from './events';
import { EventSender } from '../src/runtime/events/event-sender';
import { StatusPublisher } from '../src/runtime/events/status-publisher';
import { StatusUpdater } from '../src/runtime/events/status-updater';
import { Router } from '../src/runtime/http/router';
import { sdkClientSettings } from '../src/runtime/support/sdk-client-settings';
import { TaskStore } from '../src/runtime/task/task-store';
import { round } from '../test/support/stats';

/** What a function takes of a processor, in microseconds. */
export interface WarmPath {
  readonly what: string;
  /** Without the AWS SDK: what is our own. */
  readonly ownMicroseconds: number;
  /** With the SDK, but without a network: what it does to make, sign and read each call. */
  readonly withSdkMicroseconds: number;
}

const ITEM = taskItem();

/** What the services answer, always. */
const ANSWERS: Record<string, object> = {
  PutItem: {},
  GetItem: { Item: ITEM },
  UpdateItem: { Attributes: ITEM },
  PutEvents: { FailedEntryCount: 0, Entries: [{ EventId: 'id' }] },
};

/** Times each handler, after so many calls that warm it up. */
export async function measureWarmPath(calls: number): Promise<WarmPath[]> {
  const [own, withSdk] = [handlers(cutOffClient), handlers(offlineClient)];
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

async function cpuMicroseconds(run: () => Promise<unknown>, calls: number, records: number): Promise<number> {
  const rounds = Math.ceil(calls / records);
  for (let i = 0; i < rounds / 5; i++) await run();
  const start = process.cpuUsage();
  for (let i = 0; i < rounds; i++) await run();
  const { user, system } = process.cpuUsage(start);
  return round((user + system) / rounds / records);
}

type MakeClient = <C extends object>(type: new (config: any) => C) => C;

function handlers(client: MakeClient): Record<string, { records: number; run: () => Promise<unknown> }> {
  const store = new TaskStore(client(DynamoDBClient), 'TaskStatus', 604_800);
  const now = () => new Date();
  const router = new Router({
    store,
    now,
    taskTimeoutSeconds: 86_400,
    maxRequestBytes: 65_536,
    maxWaitSeconds: 0,
    ownerOf: () => undefined,
    allowOrigins: [],
    sleep: async () => {},
  });
  const publisher = new StatusPublisher({
    store,
    now,
    sender: new EventSender(client(EventBridgeClient)),
    bus: { eventBusName: 'Bus', eventSource: SOURCE },
    sqs: {} as SQSClient,
    deadLetterQueueUrl: '',
    hasTime: () => true,
  });
  const updater = new StatusUpdater({ store, now, eventSource: SOURCE, undeliveredQueueArn: '' });
  const records = Array.from({ length: 10 }, createdRecord);
  const messages = records.map((_, i) => progressMessage(ITEM.taskId.S!, i));
  const [create, poll] = [createRequest(), pollRequest(ITEM.taskId.S!)];
  return {
    'create, a request': { records: 1, run: () => router.answer(create) },
    'poll, a request': { records: 1, run: () => router.answer(poll) },
    'publish, a record alone': { records: 1, run: () => publisher.publish({ Records: records.slice(0, 1) }) },
    'publish, a record of ten': { records: 10, run: () => publisher.publish({ Records: records }) },
    'update, a message alone': { records: 1, run: () => updater.update({ Records: messages.slice(0, 1) }) },
    'update, a message of ten': { records: 10, run: () => updater.update({ Records: messages }) },
  };
}

/** Has none of the SDK but the class. */
const cutOffClient: MakeClient = (type) => Object.assign(Object.create(type.prototype), {
  send: async (command: object) => ANSWERS[command.constructor.name.replace(/Command$/, '')],
});

/** Does all that the SDK does, but for the sending. */
const offlineClient: MakeClient = (type) => new type({
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

import { Readable } from 'node:stream';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import { systemClock, type Clock } from './clock';
import { loadLambda, loadS3, loadSqs } from './optional-packages';
import type { Services, TaskServices } from './services';
import { EVENT } from '../../src/protocol/wire';

/** Maximum time to ask for a status. Meanwhile, the retry of a task waits. */
const STATUS_MS = 3_000;

const CONNECTION_MS = 2_000;

/** By default, the SDK would wait for an answer until the function's time is up, and in a container forever. */
export const CLIENT_SETTINGS = { requestHandler: { connectionTimeout: CONNECTION_MS, requestTimeout: 5_000, throwOnRequestTimeout: true } };

interface TaskPackages {
  readonly loadLambda: typeof loadLambda;
  readonly loadS3: typeof loadS3;
}

interface Packages extends TaskPackages {
  readonly loadSqs: typeof loadSqs;
}

/** Calls AWS for a function. */
export function awsServices(
  eventBridge?: EventBridgeClient, clock?: Clock, packages: Packages = { loadLambda, loadS3, loadSqs },
): Services {
  return {
    ...taskServices(eventBridge, clock, packages),

    async maxReceiveCount(queueArn) {
      const { GetQueueAttributesCommand, SQSClient } = await packages.loadSqs();
      const [, , , region, account, name] = queueArn.split(':');
      // The URL only names the queue. The request goes where the client sends all requests.
      const sqs = new SQSClient({ ...CLIENT_SETTINGS, useQueueUrlAsEndpoint: false });
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({
        QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`, AttributeNames: ['RedrivePolicy'],
      }));
      return Attributes?.RedrivePolicy && Number(JSON.parse(Attributes.RedrivePolicy).maxReceiveCount) || undefined;
    },
  };
}

/** Calls AWS for a task. Clients other than that of EventBridge are loaded and made when they are first used. */
export function taskServices(
  eventBridge = new EventBridgeClient(CLIENT_SETTINGS), clock = systemClock, packages: TaskPackages = { loadLambda, loadS3 },
): TaskServices {
  let lambda: LambdaClient;
  let s3: S3Client;
  return {
    clock,

    async send({ eventBusName, source }, report) {
      const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({
        Entries: [{ EventBusName: eventBusName, Source: source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(report) }],
      }));
      // PutEvents answers 200 even if it refuses the event.
      if (FailedEntryCount) throw named(Entries?.[0]?.ErrorCode, 'EventBridge refused the event');
    },

    async status(statusReaderArn, request) {
      const { InvokeCommand, LambdaClient } = await packages.loadLambda();
      lambda ??= new LambdaClient(CLIENT_SETTINGS);
      const { FunctionError, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: statusReaderArn, Payload: new TextEncoder().encode(JSON.stringify(request)) }),
        { abortSignal: AbortSignal.timeout(STATUS_MS) },
      );
      if (FunctionError) throw named(FunctionError, 'the StatusReader failed');
      return JSON.parse(new TextDecoder().decode(Payload)).status;
    },

    async upload({ bucket, key, body, contentType }, signal) {
      const [{ S3Client }, { Upload }] = await packages.loadS3();
      // While the packages were loaded, it could abort.
      signal.throwIfAborted();
      // Without a time-out for requests: a part takes as long as it takes.
      s3 ??= new S3Client({ requestHandler: { connectionTimeout: CONNECTION_MS } });
      const isStream = typeof body !== 'string' && !(body instanceof Uint8Array);
      const upload = new Upload({
        client: s3,
        params: {
          Bucket: bucket, Key: key, ContentType: contentType, Body: isStream ? Readable.from(body, { objectMode: false }) : body,
        },
      });
      const abort = () => void upload.abort();
      signal.addEventListener('abort', abort);
      try {
        await upload.done();
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
  };
}

function named(name: string | undefined, message: string): Error {
  return Object.assign(new Error(message), name && { name });
}

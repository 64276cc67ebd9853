import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { EventSender } from './events/event-sender';
import { environmentNumber } from './support/configuration';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';
import { configuredWork, REPLY_MS } from './work/configured-work';
import { PayloadBucket } from './work/payload-bucket';
import { WorkStarter } from './work/work-starter';
import { TaskStatusReply, TaskStatusRequest } from '../protocol/wire';

const time = { reserveMs: REPLY_MS };
const settings = sdkClientSettings(time);
const lambda = new LambdaClient(settings);

const starter = new WorkStarter({
  ...configuredWork(),
  sender: new EventSender(new EventBridgeClient(settings)),
  statusOf,
  payloads: PayloadBucket.fromEnvironment(time),
  attempts: environmentNumber('ATTEMPTS'),
  now: () => new Date(),
});

async function statusOf(statusReaderArn: string, request: TaskStatusRequest): Promise<TaskStatusReply> {
  const command = new InvokeCommand({ FunctionName: statusReaderArn, Payload: JSON.stringify(request) });
  const { FunctionError, Payload } = await lambda.send(command);
  if (FunctionError || !Payload) throw new Error('the status reader failed');
  return JSON.parse(Payload.transformToString()) as TaskStatusReply;
}

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return starter.handle(event);
}

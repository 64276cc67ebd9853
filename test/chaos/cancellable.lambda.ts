import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail, TaskStatusReply, TaskStatusRequest } from '../../src/protocol/wire';

const eventBridge = new EventBridgeClient({});
const lambda = new LambdaClient({});
const sqs = new SQSClient({});

const PAUSE_MS = 100;

/** What happened to the work on a task, as a message of a queue. */
export interface WorkMessage {
  readonly taskId: string;
  readonly work: 'not started' | 'started' | 'stopped' | 'done';
  readonly status: TaskStatusReply['status'];
}

/** A processor that works for a number of steps, and stops when its task has ended. It sends what it does to a queue. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { steps, throwsWhenStopped } = detail.payload as { steps: number; throwsWhenStopped?: boolean };
  let status = await statusOf(detail);
  if (!isOpen(status)) return say(detail, 'not started', status);
  await say(detail, 'started', status);
  await report(detail, { status: 'RUNNING' });
  for (let step = 0; step < steps; step++) {
    await delay(PAUSE_MS);
    status = await statusOf(detail);
    if (isOpen(status)) continue;
    await say(detail, 'stopped', status);
    if (throwsWhenStopped) throw new Error('the work was stopped');
    return;
  }
  await say(detail, 'done', status);
  await report(detail, { status: 'SUCCESSFUL', result: { steps } });
}

function isOpen(status: string): boolean {
  return status === 'PENDING' || status === 'RUNNING';
}

async function statusOf({ taskId, type, createdAt, reportTo }: TaskCreatedDetail): Promise<TaskStatusReply['status']> {
  const question: TaskStatusRequest = { taskId, taskType: type, createdAt };
  const { FunctionError, Payload } = await lambda.send(new InvokeCommand({
    FunctionName: reportTo.statusReaderArn, Payload: JSON.stringify(question),
  }));
  if (FunctionError) throw new Error(`the status reader failed: ${FunctionError}`);
  return (JSON.parse(Payload!.transformToString()) as TaskStatusReply).status;
}

async function say({ taskId }: TaskCreatedDetail, work: WorkMessage['work'], status: TaskStatusReply['status']): Promise<void> {
  const message: WorkMessage = { taskId, work, status };
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.WORK_QUEUE_URL, MessageBody: JSON.stringify(message) }));
}

async function report({ taskId, createdAt, reportTo }: TaskCreatedDetail, update: object): Promise<void> {
  const { FailedEntryCount } = await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: reportTo.eventBusName,
      Source: reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId, taskCreatedAt: createdAt, ...update }),
    }],
  }));
  if (FailedEntryCount) throw new Error('the report was refused');
}

import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { EventBridgeEvent } from 'aws-lambda';
import { say } from './work-queue';
import { TaskCreatedDetail, TaskStatusReply, TaskStatusRequest } from '../../src/protocol/wire';
import { report } from '../support/report';

const lambda = new LambdaClient({});

const PAUSE_MS = 100;

/** A processor without the helper, which works for a number of steps and stops if its task ends. It sends what it does to a queue. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { taskId, payload } = detail;
  const { steps, throwsWhenStopped } = payload as { steps: number; throwsWhenStopped?: boolean };
  let status = await statusOf(detail);
  if (!isOpen(status)) return say({ taskId, work: 'not started', status });
  await say({ taskId, work: 'started' });
  await report(detail, { status: 'RUNNING' });
  for (let step = 0; step < steps; step++) {
    await delay(PAUSE_MS);
    status = await statusOf(detail);
    if (isOpen(status)) continue;
    await say({ taskId, work: 'stopped', status });
    if (throwsWhenStopped) throw new Error('the work was stopped');
    return;
  }
  await say({ taskId, work: 'done' });
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

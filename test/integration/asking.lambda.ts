import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report } from '../support/report';

const lambda = new LambdaClient({});

/** A processor whose result is what a function answers to the question for the status of the task. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { asked = detail.reportTo.statusReaderArn } = detail.payload as { asked?: string };
  const result = await ask(asked!, detail).catch(({ name }) => ({ error: name }));
  await report(detail, { status: 'SUCCESSFUL', result });
}

async function ask(FunctionName: string, { taskId, type, createdAt }: TaskCreatedDetail): Promise<unknown> {
  const question = { taskId, taskType: type, createdAt };
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(question) }));
  return JSON.parse(Payload!.transformToString());
}

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';

const eventBridge = new EventBridgeClient({});
const lambda = new LambdaClient({});

/** A processor whose result is what a function answers to the question for the status of the task. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { taskId, createdAt, reportTo } = detail;
  const { asked = reportTo.statusReaderArn } = detail.payload as { asked?: string };
  const result = await ask(asked!, detail).catch(({ name }) => ({ error: name }));
  await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: reportTo.eventBusName,
      Source: reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId, taskCreatedAt: createdAt, status: 'SUCCESSFUL', result }),
    }],
  }));
}

async function ask(FunctionName: string, { taskId, type, createdAt }: TaskCreatedDetail): Promise<unknown> {
  const question = { taskId, taskType: type, createdAt };
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(question) }));
  return JSON.parse(Payload!.transformToString());
}

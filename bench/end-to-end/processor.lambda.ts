import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';

const eventBridge = new EventBridgeClient({});

/** Does nothing, and reports when it started. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const startedAt = new Date().toISOString();
  await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: detail.reportTo.eventBusName,
      Source: detail.reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId: detail.taskId, status: 'SUCCESSFUL', result: { startedAt } }),
    }],
  }));
}

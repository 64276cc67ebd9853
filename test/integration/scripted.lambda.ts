import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';

const eventBridge = new EventBridgeClient({});

/** A processor that sends each of `payload.reports`, one after the other. */
export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { reports } = detail.payload as { reports: object[] };
  for (const report of reports) {
    const { FailedEntryCount, Entries } = await eventBridge.send(new PutEventsCommand({
      Entries: [{
        EventBusName: detail.reportTo.eventBusName,
        Source: detail.reportTo.source,
        DetailType: 'TaskUpdatedEvent',
        Detail: JSON.stringify({ taskId: detail.taskId, taskCreatedAt: detail.createdAt, ...report }),
      }],
    }));
    if (FailedEntryCount) throw new Error(`could not report: ${Entries?.[0].ErrorCode}`);
  }
}

import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EventBridgeEvent } from 'aws-lambda';
import type { TaskCreatedDetail } from '../../src/protocol/wire';

/** Makes a processor that reports as the docs show it without a helper: RUNNING, and the result. */
export function handWrittenProcessor(work: () => Promise<unknown>, eventBridge: EventBridgeClient) {
  return async ({ detail: { taskId, createdAt, reportTo } }: EventBridgeEvent<string, TaskCreatedDetail>): Promise<void> => {
    const report = async (update: object) => {
      const { FailedEntryCount } = await eventBridge.send(new PutEventsCommand({
        Entries: [{
          EventBusName: reportTo.eventBusName,
          Source: reportTo.source,
          DetailType: 'TaskUpdatedEvent',
          Detail: JSON.stringify({ taskId, taskCreatedAt: createdAt, ...update }),
        }],
      }));
      if (FailedEntryCount) throw new Error('EventBridge refused the report');
    };
    await report({ status: 'RUNNING', sequence: 1 });
    await report({ status: 'SUCCESSFUL', result: await work() });
  };
}

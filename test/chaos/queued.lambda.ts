import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';

const eventBridge = new EventBridgeClient({});

/** What the processor of the test does, and when: its result has the times of all its attempts. */
export interface Script {
  readonly workMs?: number;
  readonly throws?: boolean;
}

/** When it ran, in milliseconds of the machine that all functions of the local engine share. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export async function handler({ Records: [{ body }, ...more] }: SQSEvent): Promise<void> {
  const start = Date.now();
  const { detail } = JSON.parse(body) as { detail: TaskCreatedDetail };
  const { workMs = 0, throws } = detail.payload as Script;
  if (more.length > 0) throw new Error('got several messages at once');
  if (throws) throw new Error('no luck');
  await new Promise((resolve) => setTimeout(resolve, workMs));
  const result: Interval = { start, end: Date.now() };
  const { FailedEntryCount } = await eventBridge.send(new PutEventsCommand({
    Entries: [{
      EventBusName: detail.reportTo.eventBusName,
      Source: detail.reportTo.source,
      DetailType: 'TaskUpdatedEvent',
      Detail: JSON.stringify({ taskId: detail.taskId, taskCreatedAt: detail.createdAt, status: 'SUCCESSFUL', result }),
    }],
  }));
  if (FailedEntryCount) throw new Error('could not report');
}

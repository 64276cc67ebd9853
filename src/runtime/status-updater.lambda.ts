import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { environmentVariable } from './configuration';
import { parseUpdatedEvent } from './events';
import { withStorableResult } from './task';
import { TaskStore } from './task-store';

const store = new TaskStore(new DynamoDBClient({}), environmentVariable('TABLE_NAME'));
const eventSource = environmentVariable('EVENT_SOURCE');

/** Writes what processors report. A message that fails stays in the queue, the others leave it. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const outcomes = await Promise.allSettled(Records.map(update));
  return {
    batchItemFailures: outcomes.flatMap((outcome, i) => {
      if (outcome.status === 'fulfilled') return [];
      console.error({ message: 'update failed', messageId: Records[i].messageId, error: String(outcome.reason) });
      return [{ itemIdentifier: Records[i].messageId }];
    }),
  };
}

async function update(record: SQSRecord): Promise<void> {
  const { taskType, update: reported } = parseUpdatedEvent(record, eventSource);
  const outcome = await store.update(taskType, withStorableResult(reported), new Date());
  if (!outcome.applied) {
    console.info({ message: 'update ignored', taskId: reported.taskId, status: reported.status, reason: outcome.reason });
  }
}

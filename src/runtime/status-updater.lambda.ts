import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environmentNumber, environmentVariable } from './configuration';
import { StatusUpdater } from './status-updater';
import { TaskStore } from './task-store';

const updater = new StatusUpdater({
  store: new TaskStore(new DynamoDBClient({}), environmentVariable('TABLE_NAME'), environmentNumber('RETENTION_SECONDS')),
  eventSource: environmentVariable('EVENT_SOURCE'),
  now: () => new Date(),
});

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return updater.update(event);
}

import { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { environmentVariable } from './configuration';
import { StatusUpdater } from './status-updater';
import { TaskStore } from './task-store';

const updater = new StatusUpdater({
  store: TaskStore.fromEnvironment(),
  eventSource: environmentVariable('EVENT_SOURCE'),
  now: () => new Date(),
});

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  return updater.update(event);
}

import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { StatusUpdater } from './events/status-updater';
import { environmentVariable } from './support/configuration';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';

/** To say which messages failed: a function that is cut off says nothing, and all come again. */
const REPLY_MS = 2_000;

const updater = new StatusUpdater({
  store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }),
  eventSource: environmentVariable('EVENT_SOURCE'),
  undeliveredQueueArn: environmentVariable('UNDELIVERED_QUEUE_ARN'),
  now: () => new Date(),
});

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return updater.update(event);
}

import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { StatusUpdater } from './events/status-updater';
import { environmentVariable, optionalEnvironmentVariable } from './support/configuration';
import { InvocationMetrics } from './support/invocation-metrics';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';

/** Time to return which messages failed. If the function times out, the queue repeats all of them. */
const REPLY_MS = 2_000;

const eventSource = environmentVariable('EVENT_SOURCE');

const updater = new StatusUpdater({
  store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }),
  metrics: new InvocationMetrics(eventSource),
  eventSource,
  undeliveredQueueArn: environmentVariable('UNDELIVERED_QUEUE_ARN'),
  hasResultBucket: optionalEnvironmentVariable('RESULT_BUCKET_NAME') !== undefined,
  now: () => new Date(),
});

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return updater.update(event);
}

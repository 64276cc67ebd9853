import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { EventSender } from './events/event-sender';
import { Reporter } from './events/reporter';
import { optionalEnvironmentVariable } from './support/configuration';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';

/** Time to return an error, so that Lambda retries. */
const REPLY_MS = 2_000;

const attempts = optionalEnvironmentVariable('ATTEMPTS');

const reporter = new Reporter({
  sender: new EventSender(new EventBridgeClient(sdkClientSettings({ reserveMs: REPLY_MS }))),
  attempts: attempts === undefined ? undefined : Number(attempts),
});

/** Is invoked as the destination of a processor's function, or with messages of a queue that the function failed to process. */
export async function handler(event: unknown, context: Context): Promise<SQSBatchResponse | void> {
  INVOCATION_BUDGET.begin(context);
  return attempts === undefined ? reporter.report(event) : reporter.reportFailures(event as SQSEvent);
}

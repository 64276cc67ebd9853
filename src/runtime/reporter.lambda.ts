import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Context } from 'aws-lambda';
import { EventSender } from './events/event-sender';
import { Reporter } from './events/reporter';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';

/** Time to return an error, so that Lambda retries. */
const REPLY_MS = 2_000;

const reporter = new Reporter({ sender: new EventSender(new EventBridgeClient(sdkClientSettings({ reserveMs: REPLY_MS }))) });

export async function handler(event: unknown, context: Context): Promise<void> {
  INVOCATION_BUDGET.begin(context);
  await reporter.report(event);
}

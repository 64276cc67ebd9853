import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CLIENT_SETTINGS } from './client-settings';
import { EventSender } from './event-sender';
import { ProcessorReporter } from './processor-reporter';

const reporter = new ProcessorReporter({ sender: new EventSender(new EventBridgeClient(CLIENT_SETTINGS)) });

export async function handler(event: unknown): Promise<void> {
  await reporter.report(event);
}

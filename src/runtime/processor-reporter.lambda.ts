import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { EventSender } from './event-sender';
import { ProcessorReporter } from './processor-reporter';

const reporter = new ProcessorReporter({ sender: new EventSender(new EventBridgeClient({})) });

export async function handler(event: unknown): Promise<void> {
  await reporter.report(event);
}

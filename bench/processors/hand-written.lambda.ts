import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { handWrittenProcessor } from './hand-written';

export const handler = handWrittenProcessor(async () => ({ rows: 3 }), new EventBridgeClient());

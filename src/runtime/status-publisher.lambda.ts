import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { CLIENT_SETTINGS } from './client-settings';
import { environmentVariable } from './configuration';
import { EventSender } from './event-sender';
import { StatusPublisher } from './status-publisher';
import { TaskStore } from './task-store';

const publisher = new StatusPublisher({
  store: TaskStore.fromEnvironment(),
  sender: new EventSender(new EventBridgeClient(CLIENT_SETTINGS)),
  bus: { eventBusName: environmentVariable('EVENT_BUS_NAME'), eventSource: environmentVariable('EVENT_SOURCE') },
  // Hardly ever needed, and takes its time to make.
  get sqs() {
    return new SQSClient(CLIENT_SETTINGS);
  },
  deadLetterQueueUrl: environmentVariable('DEAD_LETTER_QUEUE_URL'),
  now: () => new Date(),
});

export async function handler(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  return publisher.publish(event);
}

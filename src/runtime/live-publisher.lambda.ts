import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { LivePublisher } from './live/live-publisher';
import { LiveQueue } from './live/live-queue';
import { LiveTable } from './live/live-table';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';

const TIME = { reserveMs: 1_000 };

const publisher = new LivePublisher({
  table: LiveTable.withClient(new DynamoDBClient(sdkClientSettings(TIME))),
  queue: LiveQueue.fromEnvironment(TIME),
  now: () => new Date(),
});

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<void> {
  INVOCATION_BUDGET.begin(context);
  await publisher.publish(event);
}

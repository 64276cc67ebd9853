import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { LiveQueue } from './live/live-queue';
import { LiveSender } from './live/live-sender';
import { LiveTable } from './live/live-table';
import { Pace } from './live/pace';
import { Sockets } from './live/sockets';
import { environmentNumber } from './support/configuration';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';

/** Time to return which messages failed. If the function times out, the queue repeats all of them. */
const TIME = { reserveMs: 2_000 };

/** One client for both tables, so that they share its connections. */
const dynamodb = new DynamoDBClient(sdkClientSettings(TIME));

const sender = new LiveSender({
  table: LiveTable.withClient(dynamodb),
  queue: LiveQueue.fromEnvironment(TIME),
  sockets: Sockets.fromEnvironment(TIME),
  store: TaskStore.withClient(dynamodb),
  // The function has as many environments as its queue invokes at the same time, so that each can have its share of the posts.
  pace: new Pace(
    environmentNumber('POSTS_PER_SECOND'), () => performance.now(), delay, () => INVOCATION_BUDGET.remainingMs(TIME.reserveMs),
  ),
  now: () => new Date(),
});

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return sender.send(event);
}

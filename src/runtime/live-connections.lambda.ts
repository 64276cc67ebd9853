import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { ownerFrom } from './http/owner';
import { LiveConnections } from './live/live-connections';
import { LiveQueue } from './live/live-queue';
import { LiveTable } from './live/live-table';
import { optionalEnvironmentVariable } from './support/configuration';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';

/** Time to return an error. API Gateway ends a request after 29 seconds. */
const TIME = { reserveMs: 2_000 };

/** One client for both tables, so that they share its connections. */
const dynamodb = new DynamoDBClient(sdkClientSettings(TIME));

const connections = new LiveConnections({
  table: LiveTable.withClient(dynamodb),
  queue: LiveQueue.fromEnvironment(TIME),
  store: TaskStore.withClient(dynamodb),
  ownerOf: ownerFrom(optionalEnvironmentVariable('OWNER')),
  allowOrigins: optionalEnvironmentVariable('ALLOW_ORIGINS')?.split(',') ?? [],
  expiryContextKey: optionalEnvironmentVariable('EXPIRY_CONTEXT_KEY'),
  now: () => new Date(),
});

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  INVOCATION_BUDGET.begin(context);
  return event.requestContext.eventType === 'CONNECT' ? connections.connect(event) : connections.answer(event);
}

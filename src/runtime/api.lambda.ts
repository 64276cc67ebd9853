import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Api } from './api';
import { environmentNumber, environmentVariable } from './configuration';
import { TaskStore } from './task-store';

const api = new Api({
  store: new TaskStore(new DynamoDBClient({}), environmentVariable('TABLE_NAME'), environmentNumber('RETENTION_SECONDS')),
  taskTimeoutSeconds: environmentNumber('TASK_TIMEOUT_SECONDS'),
  now: () => new Date(),
});

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return api.answer(event);
}

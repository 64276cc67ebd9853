import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Api } from './api';
import { environmentNumber } from './configuration';
import { TaskStore } from './task-store';

const api = new Api({
  store: TaskStore.fromEnvironment(),
  taskTimeoutSeconds: environmentNumber('TASK_TIMEOUT_SECONDS'),
  now: () => new Date(),
});

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return api.answer(event);
}

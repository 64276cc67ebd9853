import { setTimeout as delay } from 'node:timers/promises';
import { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { Api } from './api';
import { environmentNumber, optionalEnvironmentVariable } from './configuration';
import { ownerFrom } from './owner';
import { TaskStore } from './task-store';
import { TaskTypes } from './task-types';

const api = new Api({
  store: TaskStore.fromEnvironment(),
  taskTimeoutSeconds: environmentNumber('TASK_TIMEOUT_SECONDS'),
  maxRequestBytes: environmentNumber('MAX_REQUEST_BYTES'),
  maxWaitSeconds: environmentNumber('MAX_WAIT_SECONDS'),
  ownerOf: ownerFrom(optionalEnvironmentVariable('OWNER')),
  allowOrigins: optionalEnvironmentVariable('ALLOW_ORIGINS')?.split(',') ?? [],
  taskTypes: TaskTypes.besideCode(__dirname),
  now: () => new Date(),
  sleep: delay,
});

export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return api.answer(event);
}

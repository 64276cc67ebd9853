import { setTimeout as delay } from 'node:timers/promises';
import { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { Api } from './api';
import { environmentNumber, optionalEnvironmentVariable } from './configuration';
import { ownerFrom } from './owner';
import { TaskStore } from './task-store';
import { TaskTypes } from './task-types';
import { INVOCATION_BUDGET } from './time-budget';

/** To say that there was no time: API Gateway gives up after 29 seconds, in which the function may have to start first. */
const REPLY_MS = 2_000;

const api = new Api({
  store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }),
  taskTimeoutSeconds: environmentNumber('TASK_TIMEOUT_SECONDS'),
  maxRequestBytes: environmentNumber('MAX_REQUEST_BYTES'),
  maxWaitSeconds: environmentNumber('MAX_WAIT_SECONDS'),
  ownerOf: ownerFrom(optionalEnvironmentVariable('OWNER')),
  allowOrigins: optionalEnvironmentVariable('ALLOW_ORIGINS')?.split(',') ?? [],
  taskTypes: TaskTypes.besideCode(__dirname),
  now: () => new Date(),
  sleep: delay,
});

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  INVOCATION_BUDGET.begin(context);
  return api.answer(event);
}

import { setTimeout as delay } from 'node:timers/promises';
import { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { corsFromEnvironment } from './http/cors';
import { ownerFrom } from './http/owner';
import { ResultUrls } from './http/result-urls';
import { Router } from './http/router';
import { TaskTypes } from './http/task-types';
import { environmentNumber, optionalEnvironmentVariable } from './support/configuration';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';

/** Time to answer that the request took too long. API Gateway ends it after 29 seconds, which include the start of the function. */
const REPLY_MS = 2_000;

const router = new Router({
  store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }),
  taskTimeoutSeconds: environmentNumber('TASK_TIMEOUT_SECONDS'),
  maxRequestBytes: environmentNumber('MAX_REQUEST_BYTES'),
  maxWaitSeconds: environmentNumber('MAX_WAIT_SECONDS'),
  ownerOf: ownerFrom(optionalEnvironmentVariable('OWNER')),
  cors: corsFromEnvironment(),
  resultUrls: ResultUrls.fromEnvironment(),
  isTraced: optionalEnvironmentVariable('X_RAY') === 'true',
  taskTypes: TaskTypes.besideCode(__dirname),
  now: () => new Date(),
  sleep: delay,
});

export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  INVOCATION_BUDGET.begin(context);
  return router.answer(event);
}

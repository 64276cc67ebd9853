import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Context } from 'aws-lambda';
import { environmentVariable } from './support/configuration';
import { InvocationMetrics } from './support/invocation-metrics';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';
import { handOverEvent, parseSweepRequest } from './task/sweep-request';
import { Sweeper } from './task/sweeper';
import { TaskStore } from './task/task-store';

/** Time to report what failed. A function that times out reports nothing. */
const TIME = { reserveMs: 2_000 };

const store = TaskStore.fromEnvironment(TIME);

const metrics = new InvocationMetrics(environmentVariable('EVENT_SOURCE'));

/** Rarely needed, and slow to create. */
let lambda: LambdaClient | undefined;

export async function handler(event: unknown, context: Context): Promise<void> {
  INVOCATION_BUDGET.begin(context);
  const sweeper = new Sweeper({
    store,
    metrics,
    now: () => new Date(),
    remainingMs: () => context.getRemainingTimeInMillis(),
    handOver: async (shards) => {
      lambda ??= new LambdaClient(sdkClientSettings(TIME));
      return lambda.send(new InvokeCommand({
        FunctionName: context.functionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(handOverEvent(shards))),
      }));
    },
  });
  await sweeper.sweep(parseSweepRequest(event));
}

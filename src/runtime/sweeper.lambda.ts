import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Context } from 'aws-lambda';
import { clientSettings } from './client-settings';
import { handOverEvent, parseSweepRequest } from './sweep-request';
import { Sweeper } from './sweeper';
import { TaskStore } from './task-store';
import { INVOCATION_BUDGET } from './time-budget';

/** To say what failed: a function that is cut off says nothing. */
const TIME = { reserveMs: 2_000 };

const store = TaskStore.fromEnvironment(TIME);

export async function handler(event: unknown, context: Context): Promise<void> {
  INVOCATION_BUDGET.begin(context);
  const sweeper = new Sweeper({
    store,
    now: () => new Date(),
    remainingMs: () => context.getRemainingTimeInMillis(),
    // Hardly ever needed, and a client takes its time to make.
    handOver: async (shards) => new LambdaClient(clientSettings(TIME)).send(new InvokeCommand({
      FunctionName: context.functionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(handOverEvent(shards))),
    })),
  });
  await sweeper.sweep(parseSweepRequest(event));
}

import { Context } from 'aws-lambda';
import { Sweeper } from './sweeper';
import { TaskStore } from './task-store';
import { INVOCATION_BUDGET } from './time-budget';

/** To say what failed: a function that is cut off says nothing. */
const REPLY_MS = 2_000;

const sweeper = new Sweeper({
  store: TaskStore.fromEnvironment({ reserveMs: REPLY_MS }),
  now: () => new Date(),
});

export async function handler(_event: unknown, context: Context): Promise<void> {
  INVOCATION_BUDGET.begin(context);
  await sweeper.sweep();
}

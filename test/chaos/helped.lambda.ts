import { setTimeout as delay } from 'node:timers/promises';
import { say } from './work-queue';
import { TaskEnded, taskProcessor } from '../../processor/src';

/** A processor with the helper, which works for a number of steps. It sends what it does to a queue. */
export const handler = taskProcessor<{ steps: number }, { steps: number }>(async ({ taskId, payload: { steps } }, { signal }) => {
  await say({ taskId, work: 'started' });
  try {
    for (let step = 0; step < steps; step++) await delay(100, undefined, { signal });
  } finally {
    const { reason } = signal;
    await say({ taskId, ...(reason instanceof TaskEnded ? { work: 'stopped', status: reason.status } : { work: 'done' }) });
  }
  return { steps };
}, { statusIntervalSeconds: 1 });

import { CHECK_SHARDS } from './index-keys';
import { isTerminal } from './task';
import { TaskStore } from './task-store';
import { ERROR_CODE } from '../protocol';

export interface SweeperOptions {
  readonly store: TaskStore;
  readonly now: () => Date;
}

const TIMEOUTS = new Set<string>([ERROR_CODE.TASK_TIMEOUT, ERROR_CODE.HEARTBEAT_TIMEOUT]);

/** Ends the tasks whose time is over. */
export class Sweeper {
  constructor(private readonly options: SweeperOptions) {}

  /** Looks at each task that it is time for. Throws at the end what failed on the way; the next sweep meets it again. */
  async sweep(): Promise<void> {
    const now = this.options.now();
    const shards = Array.from({ length: CHECK_SHARDS }, (_, shard) => this.sweepShard(shard, now));
    const errors = (await Promise.allSettled(shards)).flatMap((outcome) => outcome.status === 'fulfilled' ? outcome.value : [outcome.reason]);
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} checks failed, the first one with: ${errors[0]}`);
  }

  private async sweepShard(shard: number, now: Date): Promise<unknown[]> {
    const errors: unknown[] = [];
    for await (const taskIds of this.options.store.tasksToCheck(shard, now)) {
      const checks = await Promise.allSettled(taskIds.map((taskId) => this.check(taskId, now)));
      errors.push(...checks.flatMap((outcome) => outcome.status === 'rejected' ? [outcome.reason] : []));
    }
    return errors;
  }

  private async check(taskId: string, now: Date): Promise<void> {
    const { store } = this.options;
    const task = await store.find(taskId);
    // The index lags behind: the task may have ended, or its check may have been moved on.
    if (!task?.checkAt || task.checkAt > now.toISOString()) return;
    const current = await store.upToDate(task, this.options.now);
    if (!current) return;
    if (current.error && TIMEOUTS.has(current.error.code)) console.info({ message: 'task timed out', taskId, code: current.error.code });
    if (!isTerminal(current.status)) await store.checkAgain(current);
  }
}

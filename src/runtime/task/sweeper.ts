import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { SweepRequest } from './sweep-request';
import { CheckPage, CheckPlace } from './task-items';
import { TaskStore } from './task-store';
import { METRIC } from '../../protocol/metrics';
import { InvocationMetrics } from '../support/invocation-metrics';
import { inWaves } from '../support/waves';

export interface SweeperOptions {
  readonly store: TaskStore;
  readonly metrics: InvocationMetrics;
  readonly now: () => Date;
  /** Returns the time that the function has left. */
  readonly remainingMs: () => number;
  /** Hands over shards to another invocation. */
  readonly handOver: (shards: number[]) => Promise<unknown>;
}

/** A sweep that takes longer is shared with other invocations. */
export const ALONE_MS = 5_000;

/** Number of invocations that share a large sweep, including the first one. */
const INVOCATIONS = 5;

/** No call starts in the last part of the function's time. Even two calls in sequence that nobody answers end within it. */
const RESERVE_MS = 35_000;

/** Returns whether it is too late to start another call. */
type IsOver = () => boolean;

/** Runs one sweep, or one invocation's part of it: finds the overdue tasks and ends them. */
export class Sweeper {
  private readonly errors: unknown[] = [];

  /** Age of the oldest check that was due, in milliseconds. */
  private oldestAge = 0;

  constructor(private readonly options: SweeperOptions) {}

  /**
   * Checks each task that is due for a check. A large sweep is shared with other invocations, and the next sweep does what is left. Throws
   * the errors of failed calls at the end; the next sweep repeats them.
   */
  public async sweep({ shards, isHandedOver }: SweepRequest): Promise<void> {
    const { remainingMs } = this.options;
    const startMs = remainingMs();
    const reserveMs = Math.min(RESERVE_MS, startMs / 2);
    const isLate = () => remainingMs() < reserveMs;

    let rest = shards;
    if (!isHandedOver) {
      rest = await this.work(rest, () => isLate() || startMs - remainingMs() >= ALONE_MS);
      if (rest.length > 0) rest = await this.share(rest);
    }
    rest = await this.work(rest, isLate);
    this.writeMetrics();
    if (rest.length > 0) console.warn({ message: 'sweep not finished: the next one continues', shards: rest.length });
    const { errors } = this;
    if (errors.length > 0) throw new AggregateError(errors, `failed calls of the sweep: ${errors.length}, the first with: ${errors[0]}`);
  }

  /** Searches the shards in parallel until the time is up. Returns the unfinished ones. */
  private async work(shards: number[], isOver: IsOver): Promise<number[]> {
    const now = this.options.now();
    const left = new Set<number>();
    const ifTime = async (shard: number, call: () => Promise<void>) => {
      if (isOver()) left.add(shard);
      else await call().catch((error) => this.errors.push(error));
    };
    let places: CheckPlace[] = shards.map((shard) => ({ shard }));
    while (places.length > 0) {
      const pages: CheckPage[] = [];
      await inWaves(places, (place) => ifTime(place.shard, async () => {
        const page = await this.options.store.tasksToCheck(place, now);
        if (page.oldestCheckAt !== undefined) this.oldestAge = Math.max(this.oldestAge, now.getTime() - Date.parse(page.oldestCheckAt));
        pages.push(page);
      }));
      const tasks = pages.flatMap(({ shard, taskIds }) => taskIds.map((taskId) => ({ shard, taskId })));
      await Promise.all(lanes(tasks).map((lane) => inWaves(lane, ({ shard, taskId }) => ifTime(shard, () => this.check(taskId)))));
      places = pages.flatMap(({ next }) => next ?? []);
    }
    return shards.filter((shard) => left.has(shard));
  }

  /** A metric costs only in hours in which it has values, so a sweep that finds nothing writes none. */
  private writeMetrics(): void {
    const { metrics } = this.options;
    if (this.oldestAge > 0) metrics.measure(METRIC.OLDEST_OVERDUE_CHECK_AGE, MetricUnit.Seconds, this.oldestAge / 1000);
    metrics.write();
  }

  private async check(taskId: string): Promise<void> {
    const code = await this.options.store.check(taskId, this.options.now);
    if (code !== undefined) console.info({ message: 'task timed out', taskId, code });
  }

  /** Hands over parts of the shards to other invocations. Returns what is left: the first part, and those that could not be handed over. */
  private async share(shards: number[]): Promise<number[]> {
    const [own, ...others] = Array.from({ length: INVOCATIONS }, (_, part) => shards.filter((_shard, i) => i % INVOCATIONS === part));
    const refused = await Promise.all(others.filter((part) => part.length > 0).map((part) => (
      this.options.handOver(part).then(() => [], (error) => {
        this.errors.push(error);
        return part;
      })
    )));
    return [...own, ...refused.flat()];
  }
}

/** Splits items into two waves that run in parallel: while one waits for its last calls, the other continues. */
function lanes<T>(items: T[]): T[][] {
  return [0, 1].map((lane) => items.filter((_, i) => i % 2 === lane));
}

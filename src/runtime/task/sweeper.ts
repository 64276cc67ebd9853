import { SweepRequest } from './sweep-request';
import { CheckPage, CheckPlace } from './task-items';
import { TaskStore } from './task-store';
import { inWaves } from '../support/waves';

export interface SweeperOptions {
  readonly store: TaskStore;
  readonly now: () => Date;
  /** How long the function may still run. */
  readonly remainingMs: () => number;
  /** Has another invocation look into these shards. */
  readonly handOver: (shards: number[]) => Promise<unknown>;
}

/** A sweep that takes longer is a large one, and is shared. */
export const ALONE_MS = 5_000;

/** How many invocations share a large sweep, the first one included. */
const INVOCATIONS = 5;

/** No call starts in the last part of the function's time: two calls, one after the other, end in it, even if nobody answers them. */
const RESERVE_MS = 35_000;

/** Tells whether it is too late to start another call. */
type IsOver = () => boolean;

/** One sweep, or the part of it that an invocation has: ends the tasks whose time is over. */
export class Sweeper {
  private readonly errors: unknown[] = [];

  constructor(private readonly options: SweeperOptions) {}

  /**
   * Looks at each task that it is time for. A large sweep is shared with other invocations, and what nobody gets to in time is left to the
   * next sweep. Throws at the end what failed on the way; the next sweep meets it again.
   */
  async sweep({ shards, isHandedOver }: SweepRequest): Promise<void> {
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
    if (rest.length > 0) console.warn({ message: 'the sweep is not finished, the next one goes on', shards: rest.length });
    const { errors } = this;
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} checks failed, the first one with: ${errors[0]}`);
  }

  /** Goes through the shards side by side, until the time is over. Returns those that it has not finished. */
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
      await inWaves(places, (place) => ifTime(place.shard, async () => { pages.push(await this.options.store.tasksToCheck(place, now)); }));
      const tasks = pages.flatMap(({ shard, taskIds }) => taskIds.map((taskId) => ({ shard, taskId })));
      await Promise.all(lanes(tasks).map((lane) => inWaves(lane, ({ shard, taskId }) => ifTime(shard, () => this.check(taskId)))));
      places = pages.flatMap(({ next }) => next ?? []);
    }
    return shards.filter((shard) => left.has(shard));
  }

  private async check(taskId: string): Promise<void> {
    const code = await this.options.store.check(taskId, this.options.now);
    if (code !== undefined) console.info({ message: 'task timed out', taskId, code });
  }

  /** Has other invocations take their parts of the shards. Returns what is left for this one: its own part, and those that nobody took. */
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

/** Two waves side by side keep all sockets of the client busy: while one waits for its last calls, the other goes on. */
function lanes<T>(items: T[]): T[][] {
  return [0, 1].map((lane) => items.filter((_, i) => i % 2 === lane));
}

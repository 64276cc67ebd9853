import type { Connection } from './connection';
import { ALL_TASKS, isSameFilter, TaskFilter } from './routes';
import { Store } from './store';
import { isLater, TaskCollection } from './task-collection';
import type { VirtualRange } from './virtual-range';
import type { Task, TaskSummary } from '../../client/src/task';
import type { TaskClient } from '../../client/src/task-client';
import { isTerminal } from '../../src/protocol/wire';

/** The most tasks that a page of the API has. */
const PAGE_SIZE = 100;

/** The most pages that are searched for a task that matches. A filter that matches nothing must not read all tasks that there are. */
const MAX_PAGES = 5;

/** The list of a page that is open for weeks starts anew when it has more tasks, unless somebody has scrolled in it. */
const MAX_TASKS = 20_000;

/** A tab in the background has no frames: so many changes do not wait for one. */
const MAX_WAITING = 1_000;

/** Pause before the tasks are followed again after an error that is no matter of the connection. */
const RETRY_MS = 10_000;

/** The tasks that the list shows: pages that are loaded on demand, and all changes. */
export class TaskList extends Store {
  public collection = new TaskCollection(ALL_TASKS, Date.now());
  public isLoading = false;
  /** Why the last page could not be loaded. */
  public error?: Error;
  /** Whether the last pages had no task that matches. Then the next ones are only loaded if somebody asks for them. */
  public hasFoundNothing = false;
  /** Number of new tasks above the ones that somebody reads. */
  public unseen = 0;
  /** Place at which somebody left the list. */
  public scrollTop = 0;
  /** The row that the arrow keys have reached. */
  public activeId?: string;
  /** Task types that were seen. */
  public readonly types = new Set<string>();
  private nextToken?: string;
  /** The newest state of each task that has changed since the last frame. */
  private readonly changes = new Map<string, TaskSummary>();
  private frame?: number;
  /** Time at which the newest task was created that is known. */
  private newest = '';

  constructor(private readonly client: TaskClient, private readonly connection: Connection) {
    super();
    let { mended } = connection;
    connection.subscribe(() => {
      if (mended === connection.mended) return;
      mended = connection.mended;
      if (this.error) void this.loadMore();
    });
  }

  /** Shows the tasks of a filter. */
  public open(filter: TaskFilter): void {
    const isLoaded = this.collection.ids.length > 0 || this.isLoading;
    if (!isLoaded || !isSameFilter(filter, this.collection.filter)) this.start(filter);
  }

  private start(filter: TaskFilter): void {
    this.collection = new TaskCollection(filter, Date.now());
    this.nextToken = this.error = this.activeId = undefined;
    this.unseen = this.scrollTop = 0;
    this.isLoading = false;
    void this.loadMore();
  }

  /** Loads the next page. Pages without a task that matches are skipped, but only some. */
  public async loadMore(): Promise<void> {
    const { collection } = this;
    if (this.isLoading || !collection.hasMore) return;
    this.isLoading = true;
    this.error = undefined;
    this.changed();
    try {
      const { status, type } = collection.filter;
      const loaded = collection.ids.length;
      for (let pages = 0; pages < MAX_PAGES && collection.hasMore && collection.ids.length === loaded; pages++) {
        const { tasks, nextToken } = await this.client.list({ status, type, limit: PAGE_SIZE, nextToken: this.nextToken });
        if (collection !== this.collection) return;
        this.nextToken = nextToken;
        this.learnTypes(tasks);
        collection.addPage(tasks, nextToken);
      }
      this.hasFoundNothing = collection.hasMore && collection.ids.length === loaded;
    } catch (error) {
      if (collection !== this.collection) return;
      this.error = error as Error;
    }
    this.isLoading = false;
    this.changed();
  }

  /** Follows all tasks for as long as the page is open. */
  public async follow(): Promise<never> {
    for (;;) {
      const controller = new AbortController();
      const { mended } = this.connection;
      const unsubscribe = this.connection.subscribe(() => this.connection.mended !== mended && controller.abort());
      try {
        for await (const task of this.client.watchAll({ signal: controller.signal })) this.learn(task);
      } catch (error) {
        if (!controller.signal.aborted) {
          this.connection.fail(error);
          await new Promise<void>((resolve) => {
            setTimeout(resolve, RETRY_MS);
            controller.signal.addEventListener('abort', () => resolve());
          });
        }
      } finally {
        unsubscribe();
      }
    }
  }

  /** Shows a new task or a change, with all others of the same frame. */
  public learn(task: TaskSummary): void {
    const pending = this.changes.get(task.taskId);
    if (!pending || !isLater(pending, task)) this.changes.set(task.taskId, task);
    if (this.changes.size >= MAX_WAITING) this.showChanges();
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.showChanges();
    });
  }

  /** Shows a task without its content, which the list does not keep. */
  public learnSummary({ payload, result, resultUrl, resultUrlExpiresAt, ...summary }: Task): void {
    this.learn(summary);
  }

  /** Reads the rows of tasks that have not ended. The client finds lost changes of the newest tasks, and not of others. */
  public async refresh({ start, end }: VirtualRange): Promise<void> {
    const { ids, filter } = this.collection;
    const rows = ids.slice(isSameFilter(filter, ALL_TASKS) ? Math.max(start, PAGE_SIZE) : start, end);
    // What fails is read again the next time, and the connection knows of it.
    await Promise.allSettled(rows.filter((id) => !isTerminal(this.collection.get(id)!.status)).map(async (id) => {
      this.learnSummary(await this.client.get(id));
    }));
  }

  private showChanges(): void {
    const { newest, collection } = this;
    const changes = [...this.changes.values()];
    this.changes.clear();
    this.learnTypes(changes);
    collection.update(changes);
    const created = changes.map(({ createdAt }) => createdAt).filter((createdAt) => createdAt > newest);
    for (const createdAt of created) if (createdAt > this.newest) this.newest = createdAt;
    if (collection.ids.length > MAX_TASKS && this.scrollTop < 1) this.start(collection.filter);
    // The client lists a page of the newest tasks: while the computer slept, more can have come.
    else if (newest && created.length >= PAGE_SIZE) void this.fill(newest);
    this.changed();
  }

  /** Loads the tasks that were created after a time. */
  private async fill(after: string): Promise<void> {
    const { collection } = this;
    const { status, type } = collection.filter;
    let nextToken: string | undefined;
    try {
      do {
        const page = await this.client.list({ status, type, limit: PAGE_SIZE, nextToken });
        if (collection !== this.collection) return;
        collection.update(page.tasks);
        this.changed();
        nextToken = page.tasks.every(({ createdAt }) => createdAt > after) ? page.nextToken : undefined;
      } while (nextToken !== undefined);
    } catch (error) {
      this.connection.fail(error);
    }
  }

  public setUnseen(unseen: number): void {
    if (unseen === this.unseen) return;
    this.unseen = unseen;
    this.changed();
  }

  private learnTypes(tasks: readonly TaskSummary[]): void {
    for (const { type } of tasks) this.types.add(type);
  }
}

import { AGES, TaskFilter } from './routes';
import type { TaskSummary } from '../../client/src/task';
import type { TaskStatus } from '../../src/protocol/wire';
import { MINUTE } from '../src/duration';

/** Place of a task in the list: newest first. */
export type TaskPlace = Pick<TaskSummary, 'createdAt' | 'taskId'>;

/** The tasks that the list shows, newest first. */
export class TaskCollection {
  /** Ids of the tasks, newest first. */
  public ids: readonly string[] = [];
  /** Whether there are older tasks that were not loaded yet. */
  public hasMore = true;
  private readonly tasks = new Map<string, TaskSummary>();
  private readonly statuses = new Map<TaskStatus, number>();
  /** Changes of tasks that a later page can contain, perhaps in an older state. */
  private readonly beyond = new Map<string, TaskSummary>();
  private readonly notBefore: string;

  /** @param now time at which the list is opened. Tasks that get too old while somebody reads it stay. */
  constructor(public readonly filter: TaskFilter, now: number) {
    this.notBefore = filter.age ? new Date(now - AGES[filter.age] * MINUTE).toISOString() : '';
  }

  public get(taskId: string): TaskSummary | undefined {
    return this.tasks.get(taskId);
  }

  /** Number of loaded tasks of a status. */
  public count(status: TaskStatus): number {
    return this.statuses.get(status) ?? 0;
  }

  /** Returns whether a task still matches the filter. One that no longer does stays in the list until the filter changes. */
  public matches(task: TaskSummary): boolean {
    const { status, type } = this.filter;
    return (status.length === 0 || status.includes(task.status)) && (!type || type === task.type) && task.createdAt >= this.notBefore;
  }

  /** Adds a page of the API, which follows the pages before it. */
  public addPage(tasks: readonly TaskSummary[], nextToken: string | undefined): void {
    this.hasMore = nextToken !== undefined && !tasks.some(({ createdAt }) => createdAt < this.notBefore);
    // Lists are not strongly consistent: a page can be older than a change.
    this.put(tasks.filter((task) => isLater(task, this.tasks.get(task.taskId)) && (this.tasks.has(task.taskId) || this.matches(task))));
    this.update([...this.beyond.values()]);
  }

  /** Adds new tasks and changes, in the order in which they came. */
  public update(tasks: Iterable<TaskSummary>): void {
    const oldest = this.tasks.get(this.ids.at(-1) ?? '');
    const shown = new Map<string, TaskSummary>();
    for (const task of tasks) {
      const { taskId } = task;
      const known = shown.get(taskId) ?? this.tasks.get(taskId);
      if (known && isLater(known, task)) continue;
      const isBeyond = this.hasMore && !(oldest && compare(task, oldest) < 0);
      if (known || this.matches(task) && !isBeyond) shown.set(taskId, task);
      if (!known && isBeyond) this.beyond.set(taskId, task);
      else this.beyond.delete(taskId);
    }
    this.put([...shown.values()]);
  }

  /** Returns the index of the first task that is not newer than `place`. */
  public indexOf(place: TaskPlace): number {
    return lowerBound(this.ids, (id) => compare(this.tasks.get(id)!, place) < 0);
  }

  private put(tasks: readonly TaskSummary[]): void {
    const added: TaskSummary[] = [];
    for (const task of tasks) {
      const known = this.tasks.get(task.taskId);
      if (known) this.statuses.set(known.status, this.count(known.status) - 1);
      this.statuses.set(task.status, this.count(task.status) + 1);
      // A later task can have the same id.
      if (known && known.createdAt !== task.createdAt) this.ids = this.ids.filter((id) => id !== task.taskId);
      if (known?.createdAt !== task.createdAt) added.push(task);
      this.tasks.set(task.taskId, task);
    }
    if (added.length > 0) this.ids = merge(this.ids, added.sort(compare).map(({ taskId }) => taskId), (id) => this.tasks.get(id)!);
  }
}

/** Merges two sorted lists. Most often, all of one comes before all of the other, or after it. */
function merge(ids: readonly string[], added: readonly string[], taskOf: (id: string) => TaskSummary): string[] {
  const result: string[] = [];
  let start = 0;
  for (const id of added) {
    const end = lowerBound(ids, (other) => compare(taskOf(other), taskOf(id)) < 0);
    for (let index = start; index < end; index++) result.push(ids[index]);
    result.push(id);
    start = Math.max(start, end);
  }
  for (let index = start; index < ids.length; index++) result.push(ids[index]);
  return result;
}

function lowerBound(ids: readonly string[], isBefore: (id: string) => boolean): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isBefore(ids[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(a: TaskPlace, b: TaskPlace): number {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt ? -1 : 1;
  return a.taskId < b.taskId ? -1 : Number(a.taskId > b.taskId);
}

export function isLater(task: TaskSummary, than: TaskSummary | undefined): boolean {
  return !than || orderOf(task) > orderOf(than);
}

/** Returns a text that is greater for a later state. Statuses count before times, because the clocks of servers differ. */
function orderOf({ createdAt, history, updatedAt }: TaskSummary): string {
  return `${createdAt} ${history.length} ${updatedAt}`;
}

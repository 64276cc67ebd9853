import { Task } from './task';
import { ListedKey } from './task-items';
import { TaskStore } from './task-store';
import { TaskStatus } from '../../protocol/wire';
import { inWaves } from '../support/waves';

/** How many tasks are read at once to find those of a status. */
const TASKS_A_STEP = 100;

/** After so many, a request ends with what it has found: its page may be short, and even empty. */
const MAX_STEPS = 5;

/** Which tasks a caller wants to see, newest first. */
export interface ListRequest {
  readonly status?: TaskStatus[];
  readonly type?: string;
  readonly limit: number;
  /** The place in the list that the page before ended at. */
  readonly after?: string;
}

export interface TaskPage {
  readonly tasks: Task[];
  /** The place where the next page begins. Missing at the end of the list. */
  readonly next?: string;
}

/** Collects a page of an owner's tasks, newest first. */
export async function listTasks(store: TaskStore, owner: string | undefined, request: ListRequest, now: () => Date): Promise<TaskPage> {
  const { limit, type, status } = request;
  const isFiltered = type !== undefined || status !== undefined;
  const tasks: Task[] = [];
  let place = request.after;
  for (let step = 0; step < MAX_STEPS; step++) {
    const count = isFiltered ? TASKS_A_STEP : limit - tasks.length;
    const keys = (await store.listKeys(owner, count, place)).slice(0, count);
    const found = await currentTasks(store, keys.filter((key) => type === undefined || key.type === type), now);
    for (const { taskId, createdKey } of keys) {
      const task = found.get(taskId);
      if (task && task.owner === owner && (status === undefined || status.includes(task.status))) tasks.push(task);
      place = createdKey;
      if (tasks.length === limit) return { tasks, next: place };
    }
    if (keys.length < count) return { tasks };
  }
  return { tasks, next: place };
}

/** Reads tasks as they are now: one that is overdue is ended before it is shown. */
async function currentTasks(store: TaskStore, keys: ListedKey[], now: () => Date): Promise<Map<string, Task>> {
  const heads = await store.findAll(keys.map(({ taskId }) => taskId));
  const tasks = await inWaves(heads, (task) => store.upToDate(task, now));
  return new Map(tasks.flatMap((task) => task ? [[task.taskId, task]] : []));
}

import { Task } from './task';
import { ListedKey } from './task-items';
import { TaskStore } from './task-store';
import { TaskStatus } from '../../protocol/wire';
import { inWaves } from '../support/waves';

/** Number of tasks that are read at a time to find those that match a filter. */
const TASKS_A_STEP = 100;

/** Maximum number of reads for a page. After them, the page can be short or even empty. */
const MAX_STEPS = 5;

/** The tasks that a caller asks for, newest first. */
export interface ListRequest {
  readonly status?: TaskStatus[];
  readonly type?: string;
  readonly limit: number;
  /** The place in the list where the previous page ended. */
  readonly after?: string;
}

export interface TaskPage {
  readonly tasks: Task[];
  /** The place in the list where this page ends. Missing if it is the last one. */
  readonly next?: string;
}

/** Returns a page of an owner's tasks, newest first. */
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

/** Reads tasks as they are now. Overdue tasks are ended first. */
async function currentTasks(store: TaskStore, keys: ListedKey[], now: () => Date): Promise<Map<string, Task>> {
  const heads = await store.findAll(keys.map(({ taskId }) => taskId));
  const tasks = await inWaves(heads, (task) => store.upToDate(task, now));
  return new Map(tasks.flatMap((task) => task ? [[task.taskId, task]] : []));
}

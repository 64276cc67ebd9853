import { Task } from './task';
import { TaskStore } from './task-store';
import { ENDED, TaskStatusReply, TaskStatusRequest } from '../../protocol/wire';

export interface StatusReaderOptions {
  readonly store: TaskStore;
  readonly now: () => Date;
}

/** Answers processors with the status of their task, and with nothing else. */
export class StatusReader {
  constructor(private readonly options: StatusReaderOptions) {}

  /** Reads the status of a task. An overdue task is ended first. A request that matches another task of the same id gets `ENDED`. */
  public async read(request: TaskStatusRequest): Promise<TaskStatusReply> {
    const { store, now } = this.options;
    const found = await store.find(request.taskId);
    const task = matches(found, request) ? await store.upToDate(found, now) : undefined;
    return { status: matches(task, request) ? task.status : ENDED };
  }
}

function matches(task: Task | undefined, { taskType, createdAt }: TaskStatusRequest): task is Task {
  return task?.type === taskType && task.createdAt === createdAt;
}

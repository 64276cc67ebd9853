import type { ReceivedTask } from './event';
import type { TaskLogger } from './options';
import type { TaskServices } from './services';
import { ENDED, isTerminal, type TaskStatusReply } from '../../src/protocol/wire';

export type Status = TaskStatusReply['status'];

/** Asks the StatusReader of the TaskManager for the status of a task. */
export class StatusQuestion {
  private hasWarned = false;

  constructor(private readonly task: ReceivedTask, private readonly services: TaskServices, private readonly log: TaskLogger) {}

  public get canAsk(): boolean {
    return this.task.reportTo.statusReaderArn !== undefined;
  }

  /** Returns undefined if the status is not known. The work then goes on: a StatusReader that fails must not fail the tasks. */
  public async ask(): Promise<Status | undefined> {
    const { taskId, type: taskType, createdAt, reportTo: { statusReaderArn } } = this.task;
    if (statusReaderArn === undefined) return undefined;
    try {
      return await this.services.status(statusReaderArn, { taskId, taskType, createdAt });
    } catch (error) {
      if (!this.hasWarned) this.log.warn({ message: 'status not known: the task goes on', error: (error as Error).name });
      this.hasWarned = true;
      return undefined;
    }
  }

  public isEnd(status: Status): boolean {
    return status === ENDED || isTerminal(status);
  }
}

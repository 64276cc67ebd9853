import { persistently } from './clock';
import type { ReceivedTask } from './event';
import type { TaskLogger } from './options';
import type { TaskServices } from './services';
import type { TaskEnd, TaskUpdatedDetail } from '../../src/protocol/wire';

type Running = Omit<TaskUpdatedDetail & { readonly status: 'RUNNING' }, 'status' | 'taskId' | 'taskCreatedAt'>;

/** Sends the reports of a task. */
export class Reports {
  private readonly inFlight = new Set<Promise<void>>();

  constructor(private readonly task: ReceivedTask, private readonly services: TaskServices, private readonly log: TaskLogger) {}

  /** Sends a RUNNING in the background. Nothing depends on it, so a failure is only logged. */
  public running(report: Running): void {
    const sending = this.send({ status: 'RUNNING', ...report }).catch((error) => this.warn('RUNNING', error));
    this.inFlight.add(sending);
    void sending.then(() => this.inFlight.delete(sending));
  }

  /** Waits until the reports in the background have been sent, or have failed. */
  public async settled(): Promise<void> {
    await Promise.all(this.inFlight);
  }

  /**
   * Reports the end of the task, or that its heartbeat is taken back.
   *
   * @throws Error if EventBridge accepts no attempt
   */
  public async sendSurely(report: TaskEnd | { readonly status: 'RUNNING' } & Running): Promise<void> {
    try {
      await persistently(async () => this.send(report), (error) => this.warn(report.status, error), this.services.clock);
    } catch (cause) {
      throw new Error(`EventBridge did not accept the report that the task is ${report.status}`, { cause });
    }
  }

  private async send(report: TaskEnd | { readonly status: 'RUNNING' } & Running): Promise<void> {
    const { taskId, createdAt, reportTo } = this.task;
    await this.services.send(reportTo, { taskId, taskCreatedAt: createdAt, ...report });
  }

  private warn(status: string, error: unknown): void {
    this.log.warn({ message: 'report failed', status, error: (error as Error).name });
  }
}

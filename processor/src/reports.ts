import type { TaskLogger } from './options';
import type { Services } from './services';
import type { TaskCreatedDetail, TaskEnd, TaskUpdatedDetail } from '../../src/protocol/wire';

type Running = Omit<TaskUpdatedDetail & { readonly status: 'RUNNING' }, 'status' | 'taskId' | 'taskCreatedAt'>;

/** Pauses between the attempts to report an end. The SDK has its own ones between those of a call. */
const PAUSES_MS = [100, 400, 1600];

/** Sends the reports of a task. */
export class Reports {
  private readonly inFlight = new Set<Promise<void>>();

  constructor(private readonly task: TaskCreatedDetail, private readonly services: Services, private readonly logger: TaskLogger) {}

  /** Sends a RUNNING in the background. Nothing depends on it, so a failure is only logged. */
  public running(report: Running): void {
    const sending = this.send({ status: 'RUNNING', ...report }).catch((error) => this.warn('report failed', 'RUNNING', error));
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
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.send(report);
      } catch (error) {
        this.warn('report failed', report.status, error);
        if (attempt === PAUSES_MS.length) {
          throw new Error(`EventBridge did not accept the report that the task is ${report.status}`, { cause: error });
        }
        await this.services.clock.sleep(PAUSES_MS[attempt]);
      }
    }
  }

  private async send(report: TaskEnd | { readonly status: 'RUNNING' } & Running): Promise<void> {
    const { taskId, createdAt, reportTo } = this.task;
    await this.services.send(reportTo, { taskId, taskCreatedAt: createdAt, ...report });
  }

  private warn(message: string, status: string, error: unknown): void {
    this.logger.warn({ message, taskId: this.task.taskId, status, error: (error as Error).name });
  }
}

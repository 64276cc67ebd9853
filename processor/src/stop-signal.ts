import { every, type Clock } from './clock';
import { TaskEnded } from './errors';
import type { Status, StatusQuestion } from './status-question';

/** Asks the work to stop when the task has ended, or for another reason. */
export class StopSignal {
  private readonly controller = new AbortController();
  private cancelQuestions?: () => void;
  private end?: Status;
  private hasStopped = false;

  /** @param onEnd called when the task has ended */
  constructor(private readonly clock: Clock, private readonly onEnd: () => void) {}

  public get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Terminal status of the task, as far as known. */
  public get endedAs(): Status | undefined {
    return this.end;
  }

  public start(question: StatusQuestion, statusMs: number): void {
    let isAsking = false;
    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      const status = await question.ask();
      isAsking = false;
      if (status && question.isEnd(status) && !this.hasStopped) this.taskEnded(status);
    };
    if (question.canAsk) this.cancelQuestions = every(statusMs, () => void ask(), this.clock);
  }

  public taskEnded(status: Status): void {
    this.end = status;
    this.cancelQuestions?.();
    this.onEnd();
    this.abort(new TaskEnded(status));
  }

  public abort(reason: Error): void {
    this.controller.abort(reason);
  }

  public stop(): void {
    this.hasStopped = true;
    this.cancelQuestions?.();
  }
}

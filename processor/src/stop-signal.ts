import { every, type Clock } from './clock';
import { OutOfTime, TaskEnded } from './errors';
import type { Status, StatusQuestion } from './status-question';

/** The part of Lambda's context that the helper uses. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Time for the work to stop, and for what follows it. */
const RESERVE_MS = 5_000;

/** Asks the work to stop when the task has ended, or when the time of the function is nearly up. */
export class StopSignal {
  private readonly controller = new AbortController();
  private cancelQuestions?: () => void;
  private cancelOutOfTime?: () => void;
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

  public start(question: StatusQuestion, statusMs: number, context: LambdaContext | undefined): void {
    let isAsking = false;
    const ask = async () => {
      if (isAsking) return;
      isAsking = true;
      const status = await question.ask();
      isAsking = false;
      if (status && question.isEnd(status) && !this.hasStopped) this.taskEnded(status);
    };
    if (question.canAsk) this.cancelQuestions = every(statusMs, () => void ask(), this.clock);
    if (context) {
      const remainingMs = context.getRemainingTimeInMillis();
      this.cancelOutOfTime = this.clock.after(remainingMs - Math.min(RESERVE_MS, remainingMs / 10), () => this.outOfTime());
    }
  }

  public taskEnded(status: Status): void {
    this.end = status;
    this.cancelQuestions?.();
    this.onEnd();
    this.controller.abort(new TaskEnded(status));
  }

  public outOfTime(): void {
    this.controller.abort(new OutOfTime());
  }

  public stop(): void {
    this.hasStopped = true;
    this.cancelQuestions?.();
    this.cancelOutOfTime?.();
  }
}

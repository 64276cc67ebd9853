import { every, type Clock } from './clock';
import type { Settings } from './options';
import type { Reports } from './reports';
import { storableText } from '../../src/protocol/json';
import { MAX_PROGRESS_MESSAGE } from '../../src/protocol/limits';
import type { TaskProgress } from '../../src/protocol/wire';

/** Reports that the work goes on: RUNNING at the start, progress, and heartbeats. */
export class Progress {
  private latest?: TaskProgress;
  private sequence = 0;
  private reportedAt = -Infinity;
  private cancelWaiting?: () => void;
  private cancelHeartbeat?: () => void;
  private hasStopped = false;

  constructor(private readonly reports: Reports, private readonly settings: Settings, private readonly clock: Clock) {}

  public start(): void {
    const { heartbeatSeconds } = this.settings;
    this.send(heartbeatSeconds);
    if (heartbeatSeconds) this.cancelHeartbeat = every(heartbeatSeconds * 1000 / 3, () => this.sendLatest(heartbeatSeconds), this.clock);
  }

  /** Reports at once, or when the time since the last report is over. Then the latest progress counts. */
  public report(progress: TaskProgress): void {
    this.latest = progress;
    if (this.hasStopped) return;
    const pauseMs = this.reportedAt + this.settings.progressMs - this.clock.now();
    if (pauseMs <= 0) this.sendLatest();
    else this.cancelWaiting ??= this.clock.after(pauseMs, () => this.sendLatest());
  }

  /** Takes a heartbeat back, because the pause before a retry is longer. */
  public async takeBackHeartbeat(): Promise<void> {
    if (!this.cancelHeartbeat) return;
    // A report that is under way could arm it again.
    await this.reports.settled();
    await this.reports.sendSurely({ status: 'RUNNING', ...this.next(0) });
  }

  /** Drops the progress that waits. */
  public stop(): void {
    this.hasStopped = true;
    this.cancelWaiting?.();
    this.cancelHeartbeat?.();
  }

  private sendLatest(heartbeatSeconds?: number): void {
    this.cancelWaiting?.();
    this.cancelWaiting = undefined;
    this.reportedAt = this.clock.now();
    this.send(heartbeatSeconds);
  }

  private send(heartbeatSeconds?: number): void {
    this.reports.running(this.next(heartbeatSeconds));
  }

  /** Makes the next report. Each has the latest progress, because it can overtake the one before. */
  private next(heartbeatSeconds?: number) {
    // By the clock, so that those of a retry are newer.
    this.sequence = Math.max(this.sequence + 1, this.clock.now());
    return {
      sequence: this.sequence,
      ...(this.latest && { progress: this.latest }),
      ...(heartbeatSeconds !== undefined && { heartbeatSeconds }),
    };
  }
}

/** @throws Error if the progress is not valid */
export function parseProgress(percent: number | undefined, message: string | undefined): TaskProgress {
  if (percent === undefined && message === undefined) throw new Error('progress needs a percent, a message or both');
  if (percent !== undefined && !(typeof percent === 'number' && percent >= 0 && percent <= 100)) {
    throw new Error(`percent must be a number from 0 to 100, got ${percent}`);
  }
  if (message !== undefined && typeof message !== 'string') throw new Error(`the message must be a string, got ${typeof message}`);
  return {
    ...(percent !== undefined && { percent }),
    ...(message !== undefined && { message: storableText(message, MAX_PROGRESS_MESSAGE) }),
  };
}

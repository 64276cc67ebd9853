import { ChildProcess, spawn, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** For zombies, where nothing reaps them, a group may seem to live on: we don't wait for it any longer than this. */
const LAST_WAIT_MS = 2_000;

/**
 * A process that leads a group of its own, so that it can be ended together with all that it started.
 *
 * Its standard input stays open and silent as long as this process lives: `local/engine/parent.py` waits for its end.
 */
export class ProcessGroup {
  public readonly process: ChildProcess;

  /** Settles when the leader has ended, or could not be started. Never rejects. */
  public readonly ended: Promise<{ readonly code?: number; readonly error?: Error }>;

  private stopping?: Promise<void>;

  constructor(command: string, args: string[], options: SpawnOptions & { readonly output: number | 'pipe' }) {
    const { output, ...others } = options;
    this.process = spawn(command, args, { ...others, detached: true, stdio: ['pipe', output, output] });
    // A write error on a pipe that we never write to: the process ended, and `ended` tells.
    this.process.stdin?.on('error', () => {});
    this.ended = new Promise(resolve => {
      this.process.once('error', error => resolve({ error }));
      this.process.once('close', code => resolve({ code: code ?? undefined }));
    });
  }

  /** Ends the whole group: politely, and after the grace period by force. */
  public async stop(graceMs: number): Promise<void> {
    this.stopping ??= this.end(graceMs);
    return this.stopping;
  }

  private async end(graceMs: number): Promise<void> {
    if (this.process.pid === undefined) {
      return;
    }
    if (!this.hasExited()) {
      this.signal('SIGTERM');
      const grace = new AbortController();
      await Promise.race([once(this.process, 'exit'), delay(graceMs, undefined, { signal: grace.signal }).catch(() => {})]);
      grace.abort();
    }
    // Also when the leader is gone: those it started may not have followed.
    this.signal('SIGKILL');
    await this.ended;
    const deadline = Date.now() + LAST_WAIT_MS;
    while (this.signal(0) && Date.now() < deadline) {
      await delay(10);
    }
  }

  private hasExited(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Tells whether there was anybody to receive it. */
  private signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.process.pid!, signal);
    } catch {
      return false;
    }
  }
}

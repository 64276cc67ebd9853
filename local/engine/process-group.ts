import { ChildProcess, spawn, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Zombie processes can make a group look alive. This limits the wait for it. */
const LAST_WAIT_MS = 2_000;

/**
 * A process that leads its own process group, so that it can be ended together with all its children.
 *
 * Its standard input stays open, without data, until this process ends. `local/engine/parent.py` waits for that.
 */
export class ProcessGroup {
  public readonly process: ChildProcess;

  /** Resolves when the process has ended, or could not be started. Never rejects. */
  public readonly ended: Promise<{ readonly code?: number; readonly error?: Error }>;

  private stopping?: Promise<void>;

  constructor(command: string, args: string[], options: SpawnOptions & { readonly output: number | 'pipe' }) {
    const { output, ...others } = options;
    this.process = spawn(command, args, { ...others, detached: true, stdio: ['pipe', output, output] });
    // The pipe fails when the process ends, which `ended` reports.
    this.process.stdin?.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.process.once('error', (error) => resolve({ error }));
      this.process.once('close', (code) => resolve({ code: code ?? undefined }));
    });
  }

  /** Ends the whole group with SIGTERM and, after the grace period, with SIGKILL. */
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
    // Also if the leader has ended: its children may still run.
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

  /** Sends a signal to the group. Returns whether the group exists. */
  private signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.process.pid!, signal);
    } catch {
      return false;
    }
  }
}

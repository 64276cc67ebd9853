import type { ContainerProcess, ContainerProcessListeners } from '../../processor/src/container/process';

/** The process of the container of a case. */
export class FakeProcess implements ContainerProcess {
  public exitCode?: number;
  public readonly printed: unknown[] = [];
  private listeners!: ContainerProcessListeners;

  constructor(public readonly env: Record<string, string>) {}

  public start(listeners: ContainerProcessListeners): void {
    this.listeners = listeners;
  }

  public sigterm(): void {
    this.listeners.onSigterm();
  }

  public crash(error: unknown): void {
    this.listeners.onCrash(error);
  }

  public print(error: unknown): void {
    this.printed.push(error);
  }

  public async exit(code: number): Promise<void> {
    this.exitCode = code;
  }
}

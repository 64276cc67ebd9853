import { Environment } from './invocation';

/** How a job ended. */
export interface JobEnd {
  readonly isSuccess: boolean;
  /** Whether somebody has stopped the job. */
  readonly isStopped?: boolean;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** Something that runs in AWS until it ends or is stopped: an execution or a container. */
export class Job {
  public readonly startedAt: number;
  public endedAt?: number;
  public end?: JobEnd;
  private readonly listeners: (() => void)[] = [];

  constructor(protected readonly environment: Environment, public readonly arn: string, public readonly name: string) {
    this.startedAt = environment.clock.now;
  }

  public get hasEnded(): boolean {
    return this.end !== undefined;
  }

  /** Calls a function when the job ends. */
  public onEnd(listener: () => void): void {
    if (this.hasEnded) listener();
    else this.listeners.push(listener);
  }

  /** Ends the job, unless it has ended. */
  public endWith(end: JobEnd): void {
    if (this.hasEnded) return;
    this.end = end;
    this.endedAt = this.environment.clock.now;
    for (const listener of this.listeners) listener();
  }

  /** Stops the job at once. */
  public stop(error?: string): void {
    this.endWith({ isSuccess: false, isStopped: true, error });
  }

  /** Lets time pass. Does not return if the job ends meanwhile. */
  public async pass(ms: number): Promise<void> {
    await this.environment.clock.sleep(Math.ceil(ms));
    if (this.hasEnded) await new Promise(() => {});
  }
}

/** Maximum time by which descriptions of a job lag behind. */
const DESCRIPTION_LAG_MS = 2_000;

/** What a service says about a job. It can be a moment old. */
export function seen(job: Job | undefined, { clock, random }: Environment): { readonly isRunning: boolean } | undefined {
  const at = clock.now - (random.chance(0.2) ? random.int(0, DESCRIPTION_LAG_MS) : 0);
  if (!job || job.startedAt > at) return undefined;
  return { isRunning: job.endedAt === undefined || job.endedAt > at };
}

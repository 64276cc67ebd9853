import { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ended, Outcome, Program } from '../support/program';

/** `task-manager console` as users run it. */
export class ConsoleProcess {
  /** Starts it, and waits until it has printed its address. */
  public static async start(program: Program, ...parameters: string[]): Promise<ConsoleProcess> {
    const child = program.start('console', ...parameters);
    const outcome = ended(child);
    const url = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout!).on('line', (line) => {
        if (line.trim().startsWith('http:')) resolve(line.trim());
      });
      void outcome.then(({ code, stderr }) => reject(new Error(`the console ended with ${code}: ${stderr}`)));
    });
    return new ConsoleProcess(url, child, outcome);
  }

  private constructor(public readonly url: string, private readonly child: ChildProcess, private readonly outcome: Promise<Outcome>) {}

  public get port(): string {
    return new URL(this.url).port;
  }

  /** Ends it as Ctrl-C does, or as a crash does. */
  public async stop(signal: 'SIGINT' | 'SIGKILL' = 'SIGINT'): Promise<Outcome> {
    this.child.kill(signal);
    return this.outcome;
  }
}

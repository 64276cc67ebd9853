import { Execution, Executions } from './executions';
import { Work } from './work';
import { EXECUTION_MARGIN_BYTES, MAX_EXECUTION_BYTES, WorkInput, WorkTask } from '../../protocol/work';

/** How often to look for an execution that may still be started, and the pause between two looks. */
const LOOKS = 5;
const PAUSE_MS = 1_000;

/** Work that is a state machine of the user. The wrapper starts it under its own name. */
export class NestedExecution implements Work {
  constructor(private readonly executions: Executions, private readonly sleep: (ms: number) => Promise<unknown>) {}

  public inputFor(task: WorkTask): string | undefined {
    const input = JSON.stringify({ task, attempt: 1 } satisfies WorkInput);
    return Buffer.byteLength(input) <= MAX_EXECUTION_BYTES - EXECUTION_MARGIN_BYTES ? input : undefined;
  }

  public async stop(name: string, wrapper: Execution, cause: string): Promise<void> {
    for (let look = 0; ; look++) {
      const found = await this.executions.stop(name, cause);
      if (found || !wrapper.isRunning || look === LOOKS) return;
      await this.sleep(PAUSE_MS);
    }
  }
}

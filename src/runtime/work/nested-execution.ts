import { Executions } from './executions';
import { Work } from './work';
import { EXECUTION_MARGIN_BYTES, MAX_EXECUTION_BYTES, WorkInput, WorkTask } from '../../protocol/work';

/** Work that is a state machine of the user. The wrapper starts it under its own name. */
export class NestedExecution implements Work {
  constructor(private readonly executions: Executions) {}

  public inputFor(task: WorkTask): string | undefined {
    const input = JSON.stringify({ task, attempt: 1 } satisfies WorkInput);
    return Buffer.byteLength(input) <= MAX_EXECUTION_BYTES - EXECUTION_MARGIN_BYTES ? input : undefined;
  }

  public async stop(name: string, cause: string): Promise<void> {
    await this.executions.stop(name, cause);
  }
}

import {
  DescribeExecutionCommand, DescribeExecutionOutput, ExecutionAlreadyExists, ExecutionDoesNotExist, GetExecutionHistoryCommand,
  HistoryEvent, SFNClient, StartExecutionCommand, StopExecutionCommand,
} from '@aws-sdk/client-sfn';

/** Pause between two looks at an execution. What Step Functions says about it can be a moment old. */
const PAUSE_MS = 500;
const LOOKS = 10;

/** Error of an execution that was stopped because its task has ended. */
export const TASK_ENDED = 'TaskEnded';

/** What is known about an execution. */
export interface Execution {
  readonly isRunning: boolean;
  readonly hasSucceeded: boolean;
}

export interface ExecutionsOptions {
  readonly sfn: SFNClient;
  /** The ARN of the state machine, also with an alias or a version. */
  readonly stateMachineArn: string;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** The executions of a state machine. */
export class Executions {
  private readonly sfn: SFNClient;
  private readonly stateMachineArn: string;
  private readonly sleep: (ms: number) => Promise<unknown>;

  constructor({ sfn, stateMachineArn, sleep }: ExecutionsOptions) {
    this.sfn = sfn;
    this.stateMachineArn = stateMachineArn;
    this.sleep = sleep;
  }

  /** Starts an execution. One of the same name, running or closed, counts as started. */
  public async start(name: string, input: string): Promise<void> {
    try {
      await this.sfn.send(new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input }));
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  /** Returns undefined if there is no execution of that name. */
  public async find(name: string): Promise<Execution | undefined> {
    try {
      // Input and output of an execution can be encrypted with a key that the caller has no permission for.
      const { status } = await this.sfn.send(new DescribeExecutionCommand({ executionArn: this.arn(name), includedData: 'METADATA_ONLY' }));
      return { isRunning: status === 'RUNNING', hasSucceeded: status === 'SUCCEEDED' };
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return undefined;
      throw error;
    }
  }

  /** Returns all that Step Functions says about an execution. Throws if there is none of that name. */
  public async describe(name: string): Promise<DescribeExecutionOutput> {
    return this.sfn.send(new DescribeExecutionCommand({ executionArn: this.arn(name) }));
  }

  /**
   * Stops an execution if it runs, and waits until it has stopped. Returns what it was before; undefined if there is none. Looks for it
   * several times: its start can be under way.
   *
   * Throws if it does not stop.
   */
  public async stop(name: string, cause: string): Promise<Execution | undefined> {
    const before = await this.lookFor(name);
    if (!before?.isRunning) return before;
    await this.sfn.send(new StopExecutionCommand({ executionArn: this.arn(name), error: TASK_ENDED, cause }));
    for (let look = 0; look < LOOKS; look++) {
      const now = await this.find(name);
      if (now && !now.isRunning) return before;
      await this.sleep(PAUSE_MS);
    }
    throw new Error(`execution ${name} has not stopped`);
  }

  private async lookFor(name: string): Promise<Execution | undefined> {
    for (let look = 0; ; look++) {
      const found = await this.find(name);
      if (found || look === LOOKS) return found;
      await this.sleep(PAUSE_MS);
    }
  }

  /** Returns the events of an execution, the latest first. */
  public async* history(name: string): AsyncGenerator<HistoryEvent> {
    let nextToken: string | undefined;
    do {
      const page = await this.sfn.send(new GetExecutionHistoryCommand({ executionArn: this.arn(name), reverseOrder: true, nextToken }));
      yield* page.events ?? [];
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  private arn(name: string): string {
    // Without an alias or a version.
    const stateMachineArn = this.stateMachineArn.split(':').slice(0, 7).join(':');
    return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  }
}

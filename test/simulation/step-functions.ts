import {
  DescribeExecutionCommand, ExecutionAlreadyExists, ExecutionDoesNotExist, GetExecutionHistoryCommand, HistoryEvent, StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { Environment, ServiceError } from './invocation';
import { Job, seen } from './job';

/** Length of the pages of a history. */
const PAGE = 3;

/** An execution of a state machine. */
export class Execution extends Job {
  public readonly history: HistoryEvent[] = [];

  constructor(environment: Environment, arn: string, name: string, public readonly input: string) {
    super(environment, arn, name);
  }
}

export interface StateMachine {
  /** Returns the name of the error if an execution can't be started with an input. */
  refusalOf?(input: string): string | undefined;
  /** Runs an execution that has been started. */
  run(execution: Execution): void;
}

/** Step Functions: descriptions of executions are old now and then. */
export class StepFunctions {
  private readonly executions = new Map<string, Execution>();

  constructor(private readonly environment: Environment, private readonly machines: Record<string, StateMachine>) {}

  public execute(command: { readonly input: object }): object {
    if (command instanceof StartExecutionCommand) {
      const { stateMachineArn, name, input } = command.input;
      return this.start(stateMachineArn!, name!, input!);
    }
    if (command instanceof DescribeExecutionCommand) return this.describe(command.input.executionArn!);
    if (command instanceof StopExecutionCommand) return this.stop(command.input.executionArn!, command.input.error);
    if (command instanceof GetExecutionHistoryCommand) return this.historyOf(command.input.executionArn!, command.input.nextToken);
    throw new Error('the simulated Step Functions does not support a command');
  }

  /** Starts an execution. Has no effect if one with the same name and input runs. */
  public start(stateMachineArn: string, name: string, input: string): Execution {
    const machine = this.machines[stateMachineArn];
    const arn = executionArn(stateMachineArn, name);
    const existing = this.executions.get(arn);
    if (existing && !existing.hasEnded && existing.input === input) return existing;
    if (existing) throw new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: {} });
    const refusal = machine.refusalOf?.(input);
    if (refusal !== undefined) throw new ServiceError(refusal);
    const execution = new Execution(this.environment, arn, name, input);
    this.executions.set(arn, execution);
    machine.run(execution);
    return execution;
  }

  /** Describes an execution as it was a moment ago. */
  public describe(arn: string) {
    const execution = this.executions.get(arn);
    const state = seen(execution, this.environment);
    if (!execution || !state) throw new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} });
    const { input, end } = execution;
    if (state.isRunning || !end) return { status: 'RUNNING', input };
    const status = end.isSuccess ? 'SUCCEEDED' : end.isStopped ? 'ABORTED' : 'FAILED';
    return { status, input, output: JSON.stringify(end.output), error: end.error, cause: end.cause };
  }

  private stop(arn: string, error?: string): object {
    const execution = this.executions.get(arn);
    if (!execution) throw new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} });
    // Rarely, it goes on.
    const { random, faults } = this.environment;
    if (!random.chance(faults.throttle)) execution.stop(error);
    return {};
  }

  private historyOf(arn: string, nextToken = '0'): object {
    const first = Number(nextToken);
    const events = [...this.executions.get(arn)!.history].reverse();
    return { events: events.slice(first, first + PAGE), ...(first + PAGE < events.length && { nextToken: String(first + PAGE) }) };
  }
}

export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

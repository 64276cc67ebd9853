import {
  DescribeExecutionCommand, ExecutionDoesNotExist, ExecutionStatus, StartExecutionCommand, StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { AwsStub } from 'aws-sdk-client-mock';
import { aTask, EVENT_SOURCE, STATUS_READER_ARN, TRACE } from './builders';
import { WorkTask } from '../../src/protocol/work';

const MACHINES = 'arn:aws:states:us-east-1:111111111111:stateMachine';
export const WRAPPER_ARN = `${MACHINES}:Wrapper`;
export const MACHINE_ARN = `${MACHINES}:Machine`;

/** Returns the ARN of an execution. */
export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Returns a task as the work gets it. */
export function aWorkTask(task: Partial<WorkTask> = {}): WorkTask {
  const { taskId, createdAt, deadlineAt } = aTask();
  const { traceparent } = TRACE;
  const reportTo = { eventBusName: 'Bus', source: `${EVENT_SOURCE}.processor.video`, statusReaderArn: STATUS_READER_ARN };
  return { taskId, type: 'video', createdAt, deadlineAt, reportTo, traceparent, ...task };
}

/** The executions of an account, behind a mocked client. */
export class FakeExecutions {
  /** Inputs of the executions that have been started, by ARN. */
  public readonly inputs = new Map<string, string>();
  private readonly statuses = new Map<string, ExecutionStatus>();

  constructor(private readonly sfn: AwsStub<any, any, any>) {
    sfn.on(StartExecutionCommand).callsFake(({ stateMachineArn, name, input }) => {
      const arn = executionArn(stateMachineArn, name);
      this.inputs.set(arn, input);
      this.set(arn, 'RUNNING');
      return {};
    });
    sfn.on(DescribeExecutionCommand).callsFake(({ executionArn: arn }) => {
      const status = this.statuses.get(arn);
      if (!status) throw new ExecutionDoesNotExist({ message: 'Execution Does Not Exist', $metadata: {} });
      return { status };
    });
    sfn.on(StopExecutionCommand).callsFake(({ executionArn: arn }) => {
      this.set(arn, 'ABORTED');
      return {};
    });
  }

  public set(arn: string, status: ExecutionStatus): void {
    this.statuses.set(arn, status);
  }

  /** Returns the ARNs of the executions that had to stop, in their order. */
  public get stopped(): string[] {
    return this.sfn.commandCalls(StopExecutionCommand).map(({ args: [{ input }] }) => (input as { executionArn: string }).executionArn);
  }
}

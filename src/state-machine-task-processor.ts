import { Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LongTaskProcessorProps } from './long-task-processor-props';
import { LongTaskProcessorBase } from './private/long-task-processor-base';
import { NestedWork } from './private/processor/nested-work';
import { validateSameEnvironment } from './private/validation/same-environment';

/**
 * Configures a `StateMachineTaskProcessor`.
 */
export interface StateMachineTaskProcessorProps extends LongTaskProcessorProps {
  /**
   * The Standard state machine that does the work. It must be in the same account and region as the processor.
   *
   * Its input is the task: `taskId`, `type`, `payload`, `owner`, `createdAt`, `deadlineAt` and `reportTo`. Its output becomes the result,
   * and its failure the error. If the state machine is imported, its role gets no permissions.
   */
  readonly stateMachine: sfn.IStateMachine;
}

/**
 * Runs a state machine for each task of one type. The work can take as long as the task: minutes to a year.
 *
 * Another state machine, `wrapper`, runs it as a nested execution, until the deadline of the task, and reports how it ended. When the task
 * has ended before, for example because it is cancelled, both are stopped.
 *
 * Throws if the state machine is an Express one, is in another account or region, or could not get some of the payloads.
 *
 * @example
 * declare const taskManager: TaskManager;
 * declare const stateMachine: sfn.StateMachine;
 * new StateMachineTaskProcessor(this, 'Video', { taskManager, taskType: 'video', stateMachine });
 */
export class StateMachineTaskProcessor extends LongTaskProcessorBase {
  /**
   * Defines a StateMachineTaskProcessor.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The tasks to process, and the state machine that processes them.
   */
  constructor(scope: Construct, id: string, props: StateMachineTaskProcessorProps) {
    super(scope, id, props, (processor) => {
      validateSameEnvironment('stateMachine', props.stateMachine.env, 'processor', Stack.of(processor));
      validateIsStandard(props.stateMachine);
      return new NestedWork(processor, props.stateMachine);
    });
  }
}

function validateIsStandard(stateMachine: sfn.IStateMachine): void {
  if (!(stateMachine instanceof sfn.StateMachine) || stateMachine.stateMachineType === sfn.StateMachineType.STANDARD) return;
  throw new Error(`stateMachine must be a Standard one, got ${stateMachine.node.path}, which is Express: `
    + "Step Functions can't wait for an Express execution. Use a TaskProcessor with a function that runs it");
}

import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { aFunction } from './constructs';
import { aContainer, aStateMachine } from './wrapper';
import {
  ContainerTaskProcessor, StateMachineTaskProcessor, TaskManager, TaskManagerProps, TaskProcessor, TaskProcessorProps, TaskResults,
} from '../../src';

/** A stack that tools check against the rules of companies. */
export interface CheckedStack {
  readonly stack: Stack;
  /** What this package adds to the stack. The rest is the user's. */
  readonly constructs: IConstruct[];
}

/** The columns of the tables in docs/company-rules.md. */
export const CHECKED_STACKS: Record<string, () => CheckedStack> = {
  default: aDefaultStack,
};

/** Returns a stack with a TaskManager and each kind of processor, all with the least props. Containers need the result bucket. */
function aDefaultStack(): CheckedStack {
  const stack = new Stack(new App(), 'Stack');
  return withProcessors(stack, { resultBucket: TaskResults.bucket() });
}

function withProcessors(stack: Stack, ofManager: TaskManagerProps, ofProcessor: Partial<TaskProcessorProps> = {}): CheckedStack {
  const taskManager = new TaskManager(stack, 'Tasks', ofManager);
  const processor = new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack), ...ofProcessor });
  const { reporter } = processor;
  return {
    stack,
    constructs: [
      taskManager,
      processor,
      // Processors of one function share a reporter, which is in the stack. Behind a queue, each has its own.
      ...(reporter.node.scope === stack ? [reporter, reporter.role!, reporter.logGroup] : []),
      new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) }),
      new ContainerTaskProcessor(stack, 'Render', { taskManager, taskType: 'render', ...aContainer(stack) }),
    ],
  };
}

/** Returns the resources that this package adds. */
export function resourcesOf({ constructs }: CheckedStack): CfnResource[] {
  return constructs.flatMap((construct) => construct.node.findAll()).filter((node) => CfnResource.isCfnResource(node));
}

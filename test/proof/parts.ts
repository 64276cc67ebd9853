import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ContainerTaskProcessor, ITaskManager, StateMachineTaskProcessor, TaskProcessor, TaskProcessorProps } from '../../src';
import { EVENT } from '../../src/protocol/wire';

/** The detail-type of the events of Step Functions. */
export const EXECUTION_EVENT = 'Step Functions Execution Status Change';

/** The function of a processor, and the tasks that it reports on. */
export interface ProcessingFunction {
  readonly handler: lambda.Function;
  readonly reporter: lambda.Function;
  readonly taskManager: ITaskManager;
  readonly taskTypes: string[];
}

/** A function that can report on tasks of a type without a processor. */
export interface GrantedReporter {
  readonly reporter: lambda.Function;
  readonly taskManager: ITaskManager;
  readonly taskType: string;
}

/** A processor of long work, and what is its work. */
export interface LongProcessor {
  readonly processor: StateMachineTaskProcessor | ContainerTaskProcessor;
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  readonly stateMachine?: sfn.StateMachine;
  readonly container?: { readonly cluster: ecs.Cluster; readonly taskDefinition: ecs.TaskDefinition };
}

/** A rule, and the events that it must match. A rule can be in several of them. */
export interface MatchingRule {
  readonly rule: events.Rule;
  readonly taskManager: ITaskManager;
  readonly detailType: string;
  /** The state machine whose failures the rule matches, instead of events of the TaskManager. */
  readonly failuresOf?: sfn.StateMachine;
  readonly taskType?: string;
  readonly owner?: string;
}

/** Defines processors, and remembers what they are made of. */
export class Processors {
  public readonly processing: ProcessingFunction[] = [];
  public readonly longWork: LongProcessor[] = [];
  public readonly rules: MatchingRule[] = [];

  /** Defines processors of one function, one for each task type. They share a reporter. */
  public ofFunction(scope: Construct, handler: lambda.Function, taskTypes: string[], props: Omit<TaskProcessorProps, 'handler' | 'taskType'>): void {
    const { taskManager } = props;
    const processors = taskTypes.map((taskType) => {
      const processor = new TaskProcessor(scope, `${handler.node.id}-${taskType}`, { ...props, taskType, handler });
      processor.createAlarms();
      this.rules.push({ rule: processor.rule, taskManager, taskType, detailType: EVENT.CREATED });
      return processor;
    });
    this.processing.push({ handler, reporter: processors[0].reporter, taskManager, taskTypes });
  }

  public ofStateMachine(scope: Construct, stateMachine: sfn.StateMachine, taskType: string, taskManager: ITaskManager): void {
    const processor = new StateMachineTaskProcessor(scope, `${stateMachine.node.id}-${taskType}`, { taskManager, taskType, stateMachine });
    this.addLongWork({ processor, taskManager, taskType, stateMachine });
  }

  public ofContainer(
    scope: Construct, container: NonNullable<LongProcessor['container']>, taskType: string, taskManager: ITaskManager,
  ): void {
    const id = `${container.taskDefinition.node.id}-${taskType}`;
    const processor = new ContainerTaskProcessor(scope, id, { taskManager, taskType, ...container });
    this.addLongWork({ processor, taskManager, taskType, container });
  }

  private addLongWork(work: LongProcessor): void {
    const { processor, taskManager, taskType } = work;
    const failures = processor.node.findChild('Work').node.findChild('WrapperFailures') as events.Rule;
    processor.createAlarms();
    this.longWork.push(work);
    this.rules.push(
      { rule: processor.rule, taskManager, taskType, detailType: EVENT.CREATED },
      ...[EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED].map((detailType) =>
        ({ rule: processor.stopRule, taskManager, taskType, detailType })),
      { rule: failures, taskManager, detailType: EXECUTION_EVENT, failuresOf: processor.wrapper },
    );
  }
}

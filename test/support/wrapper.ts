import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { aTaskManager } from './constructs';
import { ContainerTaskProcessor, ContainerTaskProcessorProps, StateMachineTaskProcessor, TaskManagerProps, TaskResults } from '../../src';

/** Returns a state machine of the user. */
export function aStateMachine(stack: Stack, id = 'Machine', props: Partial<sfn.StateMachineProps> = {}): sfn.StateMachine {
  return new sfn.StateMachine(stack, id, { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, `${id}Pass`)), ...props });
}

/** Returns a Fargate task definition with one container, `main`, and a cluster. */
export function aContainer(stack: Stack): { cluster: ecs.Cluster; taskDefinition: ecs.FargateTaskDefinition } {
  const cluster = new ecs.Cluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 }) });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'TaskDefinition');
  taskDefinition.addContainer('main', { image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox') });
  return { cluster, taskDefinition };
}

/** Returns a stack with a `StateMachineTaskProcessor` `Video`. */
export function aStateMachineProcessor(props?: TaskManagerProps) {
  const { stack, tasks } = aTaskManager(props);
  const stateMachine = aStateMachine(stack);
  const processor = new StateMachineTaskProcessor(stack, 'Video', { taskManager: tasks, taskType: 'video', stateMachine });
  return { stack, tasks, stateMachine, processor };
}

/** Returns a stack with a `ContainerTaskProcessor` `Render`. By default, its TaskManager has a result bucket. */
export function aContainerProcessor(
  props: Partial<ContainerTaskProcessorProps> = {}, ofManager: TaskManagerProps = { resultBucket: TaskResults.bucket() },
) {
  const { stack, tasks } = aTaskManager(ofManager);
  const container = aContainer(stack);
  const processor = new ContainerTaskProcessor(stack, 'Render', { taskManager: tasks, taskType: 'render', ...container, ...props });
  return { stack, tasks, ...container, processor };
}

/** Returns the definition of the wrapper of a processor, with each Token replaced by the logical id that it refers to. */
export function definitionOf({ stack, processor }: { stack: Stack; processor: { readonly wrapper: sfn.StateMachine } }): any {
  const id = stack.getLogicalId(processor.wrapper.node.defaultChild as sfn.CfnStateMachine);
  return parsedDefinition(Template.fromStack(stack).toJSON().Resources[id].Properties.DefinitionString);
}

/** Parses the definition of a state machine in a template, with each Token replaced by the logical id that it refers to. */
export function parsedDefinition(definitionString: unknown): any {
  const text = (value: any): string => {
    if (typeof value === 'string') return value;
    if (value.Ref) return value.Ref;
    if (value['Fn::GetAtt']) return value['Fn::GetAtt'][0];
    if (value['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
    return 'Token';
  };
  return JSON.parse(text(definitionString));
}

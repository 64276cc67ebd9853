import { CfnElement, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { POLLED_QUEUES, WRAPPER_STATES } from '../../bench/long-work';
import { ASSUMED } from '../../bench/prices';
import { ContainerTaskProcessor, StateMachineTaskProcessor, TaskManager, TaskResults } from '../../src';
import { aTaskManager } from '../support/constructs';

type Processor = ContainerTaskProcessor | StateMachineTaskProcessor;

const PROCESSORS: Record<keyof typeof WRAPPER_STATES, (stack: Stack, taskManager: TaskManager) => Processor> = {
  stateMachine: (stack, taskManager) => new StateMachineTaskProcessor(stack, 'Processor', {
    taskManager,
    taskType: 'video',
    stateMachine: new sfn.StateMachine(stack, 'Machine', { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(stack, 'Work')) }),
  }),
  container: (stack, taskManager) => {
    const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Task');
    taskDefinition.addContainer('Main', { image: ecs.ContainerImage.fromRegistry('busybox') });
    return new ContainerTaskProcessor(stack, 'Processor', {
      taskManager, taskType: 'render', cluster: new ecs.Cluster(stack, 'Cluster'), taskDefinition,
    });
  },
};

/** Returns the template, and the logical ids of the processor's own resources. */
function synthesize(kind: keyof typeof WRAPPER_STATES) {
  const { stack, tasks } = aTaskManager({ resultBucket: TaskResults.bucket() });
  const processor = PROCESSORS[kind](stack, tasks);
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; Properties: any }> };
  const ofType = (type: string) => Object.entries(Resources).filter(([id, { Type }]) => Type === type && id.startsWith('Processor'));
  const idOf = ({ node }: Processor['starter'] | Processor['wrapper']) => stack.getLogicalId(node.defaultChild as CfnElement);
  return { processor, Resources, ofType, idOf };
}

describe.each(Object.keys(PROCESSORS) as (keyof typeof WRAPPER_STATES)[])('the model of the price of a processor: %s', (kind) => {
  const { processor, Resources, ofType, idOf } = synthesize(kind);

  test('has the states that the wrapper passes through if nothing fails', () => {
    const { DefinitionString } = Resources[idOf(processor.wrapper)].Properties;
    const parts: unknown[] = DefinitionString['Fn::Join'][1];
    const definition = JSON.parse(parts.map((part) => typeof part === 'string' ? part : '…').join(''));
    const states: string[] = [];
    for (let state = definition.StartAt; state; state = definition.States[state].Next) states.push(state);

    expect(states).toEqual(WRAPPER_STATES[kind]);
  });

  test('has the memory of the starter and the stopper, and the queues that Lambda polls', () => {
    const memory = [processor.starter, processor.stopper].map((fn) => Resources[idOf(fn)].Properties.MemorySize);

    expect(memory).toEqual(Array(2).fill(1024 * ASSUMED.longWork.memoryGb));
    expect(ofType('AWS::Lambda::EventSourceMapping')).toHaveLength(POLLED_QUEUES);
  });
});

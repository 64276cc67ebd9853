import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { LongTaskProcessorProps } from './long-task-processor-props';
import { LongTaskProcessorBase } from './private/long-task-processor-base';
import { placementOf } from './private/processor/container-placement';
import { ContainerWork } from './private/processor/container-work';
import { validateWholeNumber } from './private/validation/limits';
import { validateSameEnvironment } from './private/validation/same-environment';

/**
 * Configures a `ContainerTaskProcessor`.
 */
export interface ContainerTaskProcessorProps extends LongTaskProcessorProps {
  /**
   * The cluster in which the containers run. It must be in the same account and region as the processor.
   */
  readonly cluster: ecs.ICluster;

  /**
   * The task definition of the containers. Its task role gets the permissions to report, to ask for the status of tasks, and to put results
   * into the `resultBucket` of the TaskManager.
   */
  readonly taskDefinition: ecs.TaskDefinition;

  /**
   * The container that does the work. It gets the task in its environment, and its exit code ends the task.
   *
   * @default - the default container of the task definition
   */
  readonly container?: ecs.ContainerDefinition;

  /**
   * The subnets in which the containers run, if the task definition has the network mode `awsvpc`, as all on Fargate.
   *
   * @default - the private subnets of the cluster's VPC or, with `assignPublicIp`, the public ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the containers, if the task definition has the network mode `awsvpc`.
   *
   * @default - a new security group that allows all outbound traffic
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether the containers get public IP addresses. In a public subnet, they reach AWS only with them.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * The platform version of Fargate.
   *
   * @default - the latest one
   */
  readonly platformVersion?: ecs.FargatePlatformVersion;

  /**
   * The capacity providers of the containers, for example `FARGATE_SPOT`. The cluster must have them.
   *
   * @default - Fargate. EC2 or ECS Anywhere if the task definition is only compatible with that
   */
  readonly capacityProviderStrategies?: ecs.CapacityProviderStrategy[];

  /**
   * Maximum number of times that a container starts again after its capacity was reclaimed, as Fargate Spot does. From 0 to 100.
   *
   * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
   * @default 2
   */
  readonly spotRetryAttempts?: number;
}

/**
 * Runs a container on ECS for each task of one type. The work can take as long as the task.
 *
 * A state machine, `wrapper`, runs the ECS task, until the deadline of the task, and reports how it ended: with exit code 0, the task is
 * SUCCESSFUL, and its result is what the container has stored. When the task has ended before, for example because it is cancelled, the
 * container gets SIGTERM.
 *
 * Throws if the container could not get some of the payloads, or the network props don't fit the task definition.
 *
 * @example
 * declare const taskManager: TaskManager;
 * declare const cluster: ecs.Cluster;
 * declare const taskDefinition: ecs.FargateTaskDefinition;
 * new ContainerTaskProcessor(this, 'Render', { taskManager, taskType: 'render', cluster, taskDefinition });
 */
export class ContainerTaskProcessor extends LongTaskProcessorBase implements ec2.IConnectable {
  /**
   * The network connections of the containers.
   */
  public readonly connections: ec2.Connections;

  /**
   * Defines a ContainerTaskProcessor.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The tasks to process, and the container that processes them.
   */
  constructor(scope: Construct, id: string, props: ContainerTaskProcessorProps) {
    let connections!: ec2.Connections;
    super(scope, id, props, (processor) => {
      const { cluster, taskDefinition, spotRetryAttempts = 2 } = props;
      validateSameEnvironment('cluster', cluster.env, 'processor', Stack.of(processor));
      validateSameEnvironment('taskDefinition', taskDefinition.env, 'processor', Stack.of(processor));
      validateWholeNumber('spotRetryAttempts', spotRetryAttempts, 0, 100);
      const { containerName } = containerOf(props);
      const placement = placementOf(processor, props);
      connections = placement.connections;
      return new ContainerWork(processor, { ...props, containerName, placement: placement.request, spotRetryAttempts });
    });
    this.connections = connections;
  }
}

function containerOf(props: ContainerTaskProcessorProps): ecs.ContainerDefinition {
  const { taskDefinition, container = taskDefinition.defaultContainer } = props;
  if (!container) throw new Error(`taskDefinition ${taskDefinition.node.path} must have a container: call its addContainer() first`);
  if (container.taskDefinition !== taskDefinition) {
    throw new Error(`container must be one of taskDefinition ${taskDefinition.node.path}, got ${container.node.path}`);
  }
  return container;
}

import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';

export interface ContainerPlacementProps {
  readonly cluster: ecs.ICluster;
  readonly taskDefinition: ecs.TaskDefinition;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
  readonly assignPublicIp?: boolean;
  readonly platformVersion?: ecs.FargatePlatformVersion;
  readonly capacityProviderStrategies?: ecs.CapacityProviderStrategy[];
}

/** Where the containers of a processor run. */
export interface ContainerPlacement {
  readonly connections: ec2.Connections;
  /** Members of the request that starts an ECS task. */
  readonly request: object;
}

/** Throws if the props don't fit the task definition. */
export function placementOf(scope: Construct, props: ContainerPlacementProps): ContainerPlacement {
  const { taskDefinition, platformVersion } = props;
  const network = networkOf(scope, props);
  if (platformVersion !== undefined && !taskDefinition.isFargateCompatible) {
    throw new Error(`platformVersion must not be set, because taskDefinition ${taskDefinition.node.path} is not for Fargate`);
  }
  return {
    connections: new ec2.Connections({ securityGroups: network?.securityGroups }),
    request: {
      ...capacityOf(props),
      ...(platformVersion !== undefined && { PlatformVersion: platformVersion }),
      ...(network && { NetworkConfiguration: { AwsvpcConfiguration: network.configuration } }),
    },
  };
}

function capacityOf({ taskDefinition, capacityProviderStrategies }: ContainerPlacementProps): object {
  // ECS accepts only one of both.
  if (!capacityProviderStrategies?.length) return { LaunchType: launchTypeOf(taskDefinition) };
  return {
    CapacityProviderStrategy: capacityProviderStrategies.map(({ capacityProvider, base, weight }) => ({
      CapacityProvider: capacityProvider, ...(base !== undefined && { Base: base }), ...(weight !== undefined && { Weight: weight }),
    })),
  };
}

function launchTypeOf({ isFargateCompatible, isEc2Compatible }: ecs.TaskDefinition): string {
  if (isFargateCompatible) return 'FARGATE';
  return isEc2Compatible ? 'EC2' : 'EXTERNAL';
}

/** Only the network mode `awsvpc` has subnets and security groups. */
function networkOf(scope: Construct, props: ContainerPlacementProps) {
  const { cluster, taskDefinition, assignPublicIp = false } = props;
  if (taskDefinition.networkMode !== ecs.NetworkMode.AWS_VPC) {
    const given = (['vpcSubnets', 'securityGroups', 'assignPublicIp'] as const).find((name) => props[name] !== undefined);
    if (given === undefined) return undefined;
    throw new Error(`${given} must not be set, because taskDefinition ${taskDefinition.node.path} does not have the network mode awsvpc`);
  }
  if (assignPublicIp && !taskDefinition.isFargateCompatible) {
    throw new Error(`assignPublicIp must not be set, because taskDefinition ${taskDefinition.node.path} is not for Fargate`);
  }
  const { vpc } = cluster;
  const subnets = vpc.selectSubnets(props.vpcSubnets
    ?? { subnetType: assignPublicIp ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS });
  const securityGroups = props.securityGroups ?? [
    new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'Containers of a task processor' }),
  ];
  return {
    securityGroups,
    configuration: {
      Subnets: subnets.subnetIds,
      SecurityGroups: securityGroups.map(({ securityGroupId }) => securityGroupId),
      AssignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED',
    },
  };
}

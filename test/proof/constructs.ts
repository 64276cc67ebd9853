import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { TaskManager, TaskManagerProps } from '../../src';

/** Returns a function of the user. Its role has no permissions except its grants. */
export function functionOf(scope: Construct, id: string): lambda.Function {
  return new lambda.Function(scope, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    role: new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
  });
}

export function machineOf(scope: Construct, id: string): sfn.StateMachine {
  return new sfn.StateMachine(scope, id, { definitionBody: sfn.DefinitionBody.fromChainable(new sfn.Pass(scope, `${id}Pass`)) });
}

/** Returns a task definition with an execution role, because it has logs. */
export function containerOf(scope: Construct, id: string) {
  const vpc = new ec2.Vpc(scope, `${id}Vpc`, { maxAzs: 1 });
  const taskDefinition = new ecs.FargateTaskDefinition(scope, `${id}Task`);
  taskDefinition.addContainer('main', {
    image: ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox'), logging: ecs.LogDrivers.awsLogs({ streamPrefix: id }),
  });
  return { cluster: new ecs.Cluster(scope, `${id}Cluster`, { vpc }), taskDefinition };
}

/** Returns a TaskManager in a stack of its own. */
export function managerOf(app: App, id: string, props?: (stack: Stack) => TaskManagerProps): TaskManager {
  const stack = new Stack(app, `${id}Stack`);
  return new TaskManager(stack, id, props?.(stack));
}

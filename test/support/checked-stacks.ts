import { App, CfnResource, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { aFunction } from './constructs';
import { aContainer, aStateMachine } from './wrapper';
import {
  ContainerTaskProcessor, StateMachineTaskProcessor, TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskManager,
  TaskManagerProps, TaskProcessor, TaskProcessorProps, TaskResults,
} from '../../src';

/** A stack that tools check against the rules of companies. */
export interface CheckedStack {
  readonly stack: Stack;
  /** What this package adds to the stack. The rest is the user's. */
  readonly constructs: IConstruct[];
}

/** The columns of the tables in docs/company-rules.md. */
export const CHECKED_STACKS: Record<string, () => CheckedStack> = {
  'default': () => aDefaultStack(),
  'HTTP API': () => aDefaultStack({ endpoint: TaskEndpoint.httpApi() }),
  'hardened': aHardenedStack,
  'live updates': aLiveStack,
};

/** Returns a stack with a TaskManager and each kind of processor, with the least props. Containers need the result bucket. */
function aDefaultStack(props: TaskManagerProps = {}): CheckedStack {
  const stack = new Stack(new App(), 'Stack');
  return withProcessors(stack, { resultBucket: TaskResults.bucket(), ...props });
}

/** Returns the same with all props that answer rules of companies. */
function aHardenedStack(): CheckedStack {
  const stack = new Stack(new App(), 'Stack');
  iam.PermissionsBoundary.of(stack).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'Boundary'));
  const vpc = new ec2.Vpc(stack, 'Network', {
    subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }], restrictDefaultSecurityGroup: false,
  });
  return withProcessors(stack, {
    accessLogs: true,
    deletionProtection: true,
    encryptionKey: new kms.Key(stack, 'Key', { enableKeyRotation: true }),
    endpoint: TaskEndpoint.restApi({
      endpointType: apigateway.EndpointType.PRIVATE,
      vpcEndpoints: [vpc.addInterfaceEndpoint('ApiEndpoint', { service: ec2.InterfaceVpcEndpointAwsService.APIGATEWAY })],
    }),
    reservedConcurrency: { api: 50, statusPublisher: 10, statusUpdater: 10, sweeper: 5 },
    resultBucket: TaskResults.bucket(),
    taskTypes: ['export', 'video', 'render'].map((taskType) => ({ taskType })),
    tracing: lambda.Tracing.ACTIVE,
    vpc,
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  }, { maxConcurrency: 5 });
}

/** Returns a stack with live updates, whose function verifies the tokens of an OpenID provider. Their TaskManager does not count. */
function aLiveStack(): CheckedStack {
  const stack = new Stack(new App(), 'Stack');
  const issuer = 'https://issuer.example';
  const taskManager = new TaskManager(stack, 'Tasks', {
    endpoint: TaskEndpoint.httpApi(), auth: TaskApiAuth.jwt(issuer, { audience: ['app'] }),
  });
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager, auth: TaskLiveAuth.jwt(issuer, { audience: ['app'] }) });
  return { stack, constructs: [live] };
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

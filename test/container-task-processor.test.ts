import { App, Duration, Lazy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ContainerTaskProcessor, ContainerTaskProcessorProps, TaskManager, TaskManagerProps, TaskResults } from '../src';
import { aTaskManager, joined, statementsOf } from './support/constructs';
import { mayReport, STATUS_READER } from './support/processors';
import { aContainer, aContainerProcessor, definitionOf } from './support/wrapper';

const IMAGE = ecs.ContainerImage.fromRegistry('public.ecr.aws/docker/library/busybox');
const idOf = (start: string) => expect.stringMatching(new RegExp(`^${start}[0-9A-F]{8}$`));
const withBucket: TaskManagerProps = { resultBucket: TaskResults.bucket() };

/** Returns the request that the wrapper starts an ECS task with. */
const requestOf = (made: ReturnType<typeof processorOf>) => definitionOf(made).States.Run.Arguments;

/** Returns a processor with props that need the stack. */
function processorOf(props: (stack: Stack) => Partial<ContainerTaskProcessorProps>, ofManager = withBucket) {
  const { stack, tasks } = aTaskManager(ofManager);
  const container = aContainer(stack);
  const given = props(stack);
  const processor = new ContainerTaskProcessor(stack, 'Render', { taskManager: tasks, taskType: 'render', ...container, ...given });
  return { stack, tasks, processor };
}

/** Returns a task definition for EC2, with one container. */
function onEc2(stack: Stack, networkMode = ecs.NetworkMode.BRIDGE): ecs.Ec2TaskDefinition {
  const taskDefinition = new ecs.Ec2TaskDefinition(stack, 'Ec2', { networkMode });
  taskDefinition.addContainer('main', { image: IMAGE, memoryLimitMiB: 256 });
  return taskDefinition;
}

describe('a processor', () => {
  const made = aContainerProcessor();
  const { stack, tasks } = made;
  const template = Template.fromStack(stack);
  const actionsOf = (role: string) => statementsOf(template, role).map(({ Action }) => [Action].flat().join(' '));

  test('runs the container on Fargate, in private subnets, with a security group of its own and without a public address', () => {
    expect(requestOf(made)).toMatchObject({
      LaunchType: 'FARGATE',
      NetworkConfiguration: {
        AwsvpcConfiguration: { Subnets: [idOf('VpcPrivateSubnet1Subnet')], SecurityGroups: [idOf('RenderSecurityGroup')], AssignPublicIp: 'DISABLED' },
      },
      Overrides: { ContainerOverrides: [{ Name: 'main', Environment: '{% $states.context.Execution.Input.environment %}' }] },
    });
    expect(requestOf(made)).not.toHaveProperty('CapacityProviderStrategy');
    expect(requestOf(made)).not.toHaveProperty('PlatformVersion');
  });

  test('runs the latest revision of the task definition, which it is deployed after', () => {
    const [wrapper] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
    const parts: unknown[] = wrapper.Properties.DefinitionString['Fn::Join'][1];
    const family = parts[parts.findIndex((part) => typeof part === 'string' && part.endsWith('"TaskDefinition":"')) + 1];
    expect(family).toEqual({
      'Fn::Select': [0, { 'Fn::Split': [':', { 'Fn::Select': [1, { 'Fn::Split': ['/', { Ref: idOf('TaskDefinition') }] }] }] }],
    });
  });

  test.each(['Starter', 'Stopper'])('tells the %s where to find the container', (id) => {
    const [[, { Properties }]] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([name]) => name.startsWith(`RenderWork${id}`));
    expect(Properties.Environment.Variables).toEqual({
      WRAPPER_ARN: { Ref: idOf('RenderWorkWrapper') },
      CLUSTER_ARN: { 'Fn::GetAtt': [idOf('Cluster'), 'Arn'] },
      TASK_DEFINITION_FAMILY: 'StackTaskDefinitionB1C46A94',
      CONTAINER_NAME: 'main',
      RESULT_BUCKET_NAME: { Ref: idOf('TasksResults') },
      RESULT_BUCKET_DOMAIN_NAME: { 'Fn::GetAtt': [idOf('TasksResults'), 'RegionalDomainName'] },
      ...(id === 'Starter' && { ATTEMPTS: '3' }),
    });
  });

  test('allows the wrapper to run tasks of that family in that cluster, and to read results of its type', () => {
    const [run, pass, use, rule, read, list, report, ...more] = statementsOf(template, 'RenderWorkWrapperRole') as any[];
    const ofCluster = { ArnEquals: { 'ecs:cluster': { 'Fn::GetAtt': [idOf('Cluster'), 'Arn'] } } };
    expect(run).toMatchObject({ Action: 'ecs:RunTask', Condition: ofCluster });
    expect(joined(run.Resource)).toMatch(/:task-definition\/StackTaskDefinitionB1C46A94:\*$/);
    expect(pass).toEqual({
      Action: 'iam:PassRole',
      Effect: 'Allow',
      Resource: [{ 'Fn::GetAtt': [idOf('TaskDefinitionTaskRole'), 'Arn'] }],
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    });
    expect(use.Action).toEqual(['ecs:DescribeTasks', 'ecs:StopTask']);
    expect(joined(use.Resource)).toMatch(/:task\/\{Cluster[0-9A-F]{8}\}\/\*$/);
    expect(rule.Action).toEqual(['events:PutTargets', 'events:PutRule', 'events:DescribeRule']);
    expect(joined(rule.Resource)).toMatch(/:rule\/StepFunctionsGetEventsForECSTaskRule$/);
    expect([read.Action, read.Resource['Fn::Join'][1][1]]).toEqual(['s3:GetObject', '/tasks/render/*']);
    expect([list.Action, list.Resource]).toEqual(['s3:ListBucket', { 'Fn::GetAtt': [idOf('TasksResults'), 'Arn'] }]);
    expect(report).toEqual(mayReport(tasks, 'render'));
    expect(more).toEqual([]);
  });

  test('allows the container to report, to ask, to put results and to read payloads of its type, and nothing else', () => {
    const [report, ask, put, read, ...more] = statementsOf(template, 'TaskDefinitionTaskRole') as any[];
    expect(report).toEqual(mayReport(tasks, 'render'));
    expect(ask).toEqual({ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [STATUS_READER, 'Arn'] } });
    expect([put.Action, put.Resource['Fn::Join'][1][1]]).toEqual([['s3:PutObject', 's3:AbortMultipartUpload'], '/tasks/render/*']);
    expect([read.Action, read.Resource['Fn::Join'][1][1]]).toEqual(['s3:GetObject', '/tasks/render/*']);
    expect(more).toEqual([]);
  });

  test('allows starter and stopper to stop tasks of that cluster, and the starter to start the wrapper', () => {
    const toStop = ['states:DescribeExecution states:StopExecution states:GetExecutionHistory', 'ecs:DescribeTasks ecs:StopTask', 'ecs:ListTasks'];
    expect(actionsOf('RenderWorkStarterRole')).toEqual([
      ...toStop, 'states:StartExecution', 'events:PutEvents', 'sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes', 'lambda:InvokeFunction',
      's3:PutObject s3:AbortMultipartUpload',
    ]);
    expect(actionsOf('RenderWorkStopperRole')).toEqual([
      ...toStop, 'sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:GetQueueUrl sqs:DeleteMessage sqs:GetQueueAttributes',
    ]);
  });

  test('gets no event before its container can report', () => {
    const [rule] = Object.values(template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { 'detail-type': ['TaskCreatedEvent'] } } }));
    expect(rule.DependsOn).toEqual(expect.arrayContaining([idOf('RenderWorkPolicy'), idOf('RenderWorkWrapperRoleDefaultPolicy'), idOf('RenderWorkStopRule')]));
  });

  test('has no warnings', () => {
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:'))).toEqual([]);
  });

  test('may pass an execution role that CDK makes later', () => {
    const later = aContainerProcessor();
    later.taskDefinition.obtainExecutionRole();
    const [, pass] = statementsOf(Template.fromStack(later.stack), 'RenderWorkWrapperRole');
    expect(pass.Resource).toEqual([
      { 'Fn::GetAtt': [idOf('TaskDefinitionTaskRole'), 'Arn'] }, { 'Fn::GetAtt': [idOf('TaskDefinitionExecutionRole'), 'Arn'] },
    ]);
  });

  test('with a bucket of the user that has a key, the wrapper may decrypt, and the container may decrypt and encrypt', () => {
    const { stack: other, tasks: taskManager } = aTaskManager((scope) => ({
      resultBucket: TaskResults.fromBucket(new s3.Bucket(scope, 'Bucket', { encryptionKey: new kms.Key(scope, 'Key') })),
    }));
    new ContainerTaskProcessor(other, 'Render', { taskManager, taskType: 'render', ...aContainer(other) });
    const ofKey = (role: string) => statementsOf(Template.fromStack(other), role).map(({ Action }) => Action).filter((action) => /kms/.test(String(action)));
    expect(ofKey('RenderWorkWrapperRole')).toEqual(['kms:Decrypt']);
    expect(ofKey('TaskDefinitionTaskRole')).toEqual([['kms:Decrypt', 'kms:GenerateDataKey']]);
  });

  test('without a result bucket reads none, and has no permission for one', () => {
    const without = aContainerProcessor({}, { maxRequestSize: Size.kibibytes(2) });
    expect(definitionOf(without).States).not.toHaveProperty('ReadResult');
    const roles = ['RenderWorkWrapperRole', 'TaskDefinitionTaskRole', 'RenderWorkStarterRole'];
    expect(JSON.stringify(roles.map((role) => statementsOf(Template.fromStack(without.stack), role)))).not.toContain('s3:');
  });
});

describe('the network', () => {
  test('can be chosen', () => {
    const { stack, tasks } = aTaskManager(withBucket);
    const container = aContainer(stack);
    const group = new ec2.SecurityGroup(stack, 'Group', { vpc: container.cluster.vpc });
    const processor = new ContainerTaskProcessor(stack, 'Render', {
      taskManager: tasks, taskType: 'render', ...container, vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC }, securityGroups: [group], assignPublicIp: true,
    });
    expect(requestOf({ stack, tasks, processor }).NetworkConfiguration.AwsvpcConfiguration)
      .toEqual({ Subnets: [idOf('VpcPublicSubnet1Subnet')], SecurityGroups: [idOf('Group')], AssignPublicIp: 'ENABLED' });
    expect(processor.connections.securityGroups).toEqual([group]);
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::EC2::SecurityGroup')).filter((id) => id.startsWith('Render'))).toEqual([]);
  });

  test('has the public subnets with assignPublicIp', () => {
    expect(requestOf(processorOf(() => ({ assignPublicIp: true }))).NetworkConfiguration.AwsvpcConfiguration)
      .toMatchObject({ Subnets: [idOf('VpcPublicSubnet1Subnet')], AssignPublicIp: 'ENABLED' });
  });

  test('can be opened by the connections of the processor', () => {
    const { stack, processor } = processorOf(() => ({}));
    processor.connections.allowFromAnyIpv4(ec2.Port.tcp(80));
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [Match.objectLike({ FromPort: 80 })] });
  });

  test('is not in the request for another network mode than awsvpc', () => {
    const made = processorOf((stack) => ({ taskDefinition: onEc2(stack) }));
    expect(requestOf(made)).toMatchObject({ LaunchType: 'EC2' });
    expect(requestOf(made)).not.toHaveProperty('NetworkConfiguration');
    expect(made.processor.connections.securityGroups).toEqual([]);
  });

  test('of a cluster that is imported by its ARN is not needed for another network mode than awsvpc', () => {
    const CLUSTER = 'arn:aws:ecs:us-east-1:111111111111:cluster/Cluster';
    const made = processorOf((stack) => ({ taskDefinition: onEc2(stack), cluster: ecs.Cluster.fromClusterArn(stack, 'Imported', CLUSTER) }));
    expect(requestOf(made).Cluster).toBe(CLUSTER);
  });

  test('on EC2 can be awsvpc', () => {
    expect(requestOf(processorOf((stack) => ({ taskDefinition: onEc2(stack, ecs.NetworkMode.AWS_VPC) })))).toMatchObject({
      LaunchType: 'EC2', NetworkConfiguration: { AwsvpcConfiguration: { Subnets: [idOf('VpcPrivateSubnet1Subnet')], AssignPublicIp: 'DISABLED' } },
    });
  });

  test.each<[string, (stack: Stack) => Partial<ContainerTaskProcessorProps>]>([
    ['vpcSubnets', () => ({ vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC } })],
    ['securityGroups', () => ({ securityGroups: [] })],
    ['assignPublicIp', () => ({ assignPublicIp: false })],
  ])('can\'t have %s for another network mode than awsvpc', (name, props) => {
    expect(() => processorOf((stack) => ({ taskDefinition: onEc2(stack), ...props(stack) })))
      .toThrow(new Error(`${name} must not be set, because taskDefinition Stack/Ec2 does not have the network mode awsvpc`));
  });

  test('can\'t have a public address on EC2', () => {
    expect(() => processorOf((stack) => ({ taskDefinition: onEc2(stack, ecs.NetworkMode.AWS_VPC), assignPublicIp: true })))
      .toThrow(new Error('assignPublicIp must not be set, because taskDefinition Stack/Ec2 is not for Fargate'));
  });
});

describe('the capacity', () => {
  test('can be that of capacity providers, instead of a launch type', () => {
    const request = requestOf(processorOf(() => ({
      capacityProviderStrategies: [{ capacityProvider: 'FARGATE_SPOT', weight: 3 }, { capacityProvider: 'FARGATE', base: 1, weight: 0 }],
    })));
    expect(request.CapacityProviderStrategy)
      .toEqual([{ CapacityProvider: 'FARGATE_SPOT', Weight: 3 }, { CapacityProvider: 'FARGATE', Base: 1, Weight: 0 }]);
    expect(request).not.toHaveProperty('LaunchType');
  });

  test('is that of the launch type without any capacity provider', () => {
    expect(requestOf(processorOf(() => ({ capacityProviderStrategies: [] })))).toMatchObject({ LaunchType: 'FARGATE' });
  });

  test('is your own with a task definition for ECS Anywhere', () => {
    expect(requestOf(processorOf((stack) => {
      const taskDefinition = new ecs.ExternalTaskDefinition(stack, 'External');
      taskDefinition.addContainer('main', { image: IMAGE, memoryLimitMiB: 256 });
      return { taskDefinition };
    }))).toMatchObject({ LaunchType: 'EXTERNAL' });
  });

  test('can have a platform version on Fargate', () => {
    expect(requestOf(processorOf(() => ({ platformVersion: ecs.FargatePlatformVersion.VERSION1_4 })))).toMatchObject({ PlatformVersion: '1.4.0' });
  });

  test('can\'t have a platform version on EC2', () => {
    expect(() => processorOf((stack) => ({ taskDefinition: onEc2(stack), platformVersion: ecs.FargatePlatformVersion.LATEST })))
      .toThrow(new Error('platformVersion must not be set, because taskDefinition Stack/Ec2 is not for Fargate'));
  });
});

describe('the container', () => {
  test('can be another one than the default', () => {
    const { stack, tasks } = aTaskManager(withBucket);
    const { cluster, taskDefinition } = aContainer(stack);
    const container = taskDefinition.addContainer('worker', { image: IMAGE });
    const processor = new ContainerTaskProcessor(stack, 'Render', { taskManager: tasks, taskType: 'render', cluster, taskDefinition, container });
    expect(requestOf({ stack, tasks, processor }).Overrides.ContainerOverrides).toMatchObject([{ Name: 'worker' }]);
  });

  test('must be there', () => {
    expect(() => processorOf((stack) => ({ taskDefinition: new ecs.FargateTaskDefinition(stack, 'Empty') })))
      .toThrow(new Error('taskDefinition Stack/Empty must have a container: call its addContainer() first'));
  });

  test('must be one of the task definition', () => {
    expect(() => processorOf((stack) => ({ container: new ecs.FargateTaskDefinition(stack, 'Other').addContainer('main', { image: IMAGE }) })))
      .toThrow(new Error('container must be one of taskDefinition Stack/TaskDefinition, got Stack/Other/main'));
  });
});

describe('props', () => {
  test.each([-1, 101, 1.5])('can\'t have spotRetryAttempts %s', (spotRetryAttempts) => {
    expect(() => processorOf(() => ({ spotRetryAttempts })))
      .toThrow(new Error(`spotRetryAttempts must be a whole number from 0 to 100, got ${spotRetryAttempts}`));
  });

  test.each([0, 100])('can have spotRetryAttempts %s', (spotRetryAttempts) => {
    const [{ Condition }] = definitionOf(processorOf(() => ({ spotRetryAttempts }))).States.Stopped.Choices;
    expect(Condition).toContain(`< ${spotRetryAttempts} `);
  });

  test.each([1, 1001])('can\'t have maxConcurrentStarts %s', (maxConcurrentStarts) => {
    expect(() => processorOf(() => ({ maxConcurrentStarts })))
      .toThrow(new Error(`maxConcurrentStarts must be a whole number from 2 to 1000, got ${maxConcurrentStarts}`));
  });

  test('can be Tokens', () => {
    const five = Lazy.number({ produce: () => 5 });
    const { app, stack, tasks } = aTaskManager({
      maxRequestSize: Size.bytes(Lazy.number({ produce: () => 65_536 })),
      taskTimeout: Duration.seconds(Lazy.number({ produce: () => 3_600 })),
    });
    const create = () => new ContainerTaskProcessor(stack, 'Render', {
      taskManager: tasks, taskType: 'render', ...aContainer(stack), maxConcurrentStarts: five,
    });
    expect(create).not.toThrow();
    expect(() => app.synth()).not.toThrow();
  });

  test('can\'t have a TaskManager whose requests are too large for the environment of a container', () => {
    expect(() => processorOf(() => ({}), {})).toThrow(new Error(
      'maxRequestSize of Stack/Tasks must be at most 2560 bytes, got 65536, so that each payload can be handed to the work: '
      + 'lower it, or set the resultBucket of the TaskManager for longer payloads'));
    expect(() => processorOf(() => ({}), { maxRequestSize: Size.bytes(2560) })).not.toThrow();
  });

  test.each(['cluster', 'taskDefinition'] as const)('can\'t have a %s of another account', (prop) => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
    const other = new Stack(app, 'Other', { env: { account: '222222222222', region: 'us-east-1' } });
    const taskManager = new TaskManager(stack, 'Tasks', withBucket);
    expect(() => new ContainerTaskProcessor(stack, 'Render', { taskManager, taskType: 'render', ...aContainer(stack), [prop]: aContainer(other)[prop] }))
      .toThrow(new Error(`${prop} must be in the account and region of the processor, 111111111111/us-east-1, got 222222222222/us-east-1`));
  });
});

describe('several stacks', () => {
  test('are deployed before that of the processor, without a cycle', () => {
    const app = new App();
    const [ofManager, ofContainer, ofProcessor] = ['Manager', 'Container', 'Processor'].map((id) => new Stack(app, id));
    const taskManager = new TaskManager(ofManager, 'Tasks', withBucket);
    new ContainerTaskProcessor(ofProcessor, 'Render', { taskManager, taskType: 'render', ...aContainer(ofContainer) });
    expect(app.synth().stacks.map(({ stackName }) => stackName).at(-1)).toBe('Processor');
    expect([...ofManager.dependencies, ...ofContainer.dependencies]).toEqual([]);
    expect(Template.fromStack(ofContainer).findResources('AWS::IAM::Policy')).toEqual({});
  });
});

test('several processors of one stack can share a cluster and a task definition', () => {
  const { stack, tasks } = aTaskManager(withBucket);
  const container = aContainer(stack);
  for (const taskType of ['render', 'preview']) new ContainerTaskProcessor(stack, taskType, { taskManager: tasks, taskType, ...container });
  expect(statementsOf(Template.fromStack(stack), 'TaskDefinitionTaskRole')).toContainEqual(mayReport(tasks, ['render', 'preview']));
});

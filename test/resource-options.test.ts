/** What the functions of a TaskManager share with those of its processors: network and tracing. The key has a file of its own. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ContainerTaskProcessor, StateMachineTaskProcessor, TaskManager, TaskManagerProps, TaskProcessor, TaskResults } from '../src';
import { aFunction, aTaskManager, statementsOf, templateOf } from './support/constructs';
import { aContainer, aStateMachine } from './support/wrapper';

const aVpc = (stack: Stack) => new ec2.Vpc(stack, 'Vpc', { maxAzs: 2 });

/** Returns the properties of the functions of this package, without those of the user. */
function ownFunctions(stack: Stack): any[] {
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
  return functions.filter(({ Description }) => Description !== undefined);
}

/** Returns a stack with a TaskManager and processors of all kinds. */
function everything(props: (stack: Stack) => TaskManagerProps) {
  const { stack, tasks: taskManager } = aTaskManager(props);
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack, 'ExportFunction') });
  new TaskProcessor(stack, 'Queued', { taskManager, taskType: 'queued', handler: aFunction(stack, 'QueuedFunction'), maxConcurrency: 2 });
  new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
  return { stack, taskManager };
}

/** The functions of `everything()`: five of the TaskManager, three reporters, a starter and a stopper. */
const ALL = 10;

describe('a vpc', () => {
  const { stack } = everything((scope) => ({ vpc: aVpc(scope) }));
  const template = Template.fromStack(stack);

  test('has all functions in its private subnets, with one security group', () => {
    const networks = new Set(ownFunctions(stack).map(({ VpcConfig }) => JSON.stringify(VpcConfig)));
    expect(ownFunctions(stack)).toHaveLength(ALL);
    expect([...networks].map((network) => JSON.parse(network))).toEqual([{
      SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^TasksSecurityGroup/), 'GroupId'] }],
      SubnetIds: [{ Ref: expect.stringMatching(/^VpcPrivateSubnet1Subnet/) }, { Ref: expect.stringMatching(/^VpcPrivateSubnet2Subnet/) }],
    }]);
  });

  test('allows its functions outbound HTTPS only', () => {
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: 'AWS' }],
      SecurityGroupIngress: Match.absent(),
    });
  });

  test('lets Lambda connect each function, and denies that to its code', () => {
    const roles = ownFunctions(stack).map(({ Role }) => Role['Fn::GetAtt'][0]);
    for (const role of roles) {
      const [allowed, denied] = statementsOf(template, role).filter(({ Action }) => Action.includes('ec2:CreateNetworkInterface'));
      expect(allowed).toEqual({ Action: denied.Action, Effect: 'Allow', Resource: '*' });
      expect(denied).toEqual({ Action: expect.any(Array), Effect: 'Deny', Resource: '*', Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } } });
    }
    expect(roles).toHaveLength(ALL);
  });

  test('gives each role its permissions before Lambda creates the function', () => {
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).filter(({ Properties }) => Properties.Description);
    for (const { DependsOn, Properties: { Role } } of functions) {
      const policies = template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: Role['Fn::GetAtt'][0] }] } });
      const needed = Object.keys(policies).filter((id) => JSON.stringify(policies[id]).includes('ec2:CreateNetworkInterface'));
      expect(needed).toHaveLength(1);
      expect(DependsOn).toEqual(expect.arrayContaining(needed));
    }
  });

  test('gives no role a managed policy', () => {
    const roles = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => /^(Tasks|TaskReporter|Video|QueuedReporter)/.test(id));
    expect(roles.length).toBeGreaterThanOrEqual(ALL);
    expect(roles.filter(([, { Properties }]) => Properties.ManagedPolicyArns)).toEqual([]);
  });

  test('can have other subnets and security groups', () => {
    const given = everything((scope) => {
      const vpc = aVpc(scope);
      return { vpc, vpcSubnets: { subnets: [vpc.privateSubnets[0]] }, securityGroups: [new ec2.SecurityGroup(scope, 'Group', { vpc })] };
    });
    Template.fromStack(given.stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
    for (const { VpcConfig } of ownFunctions(given.stack)) {
      expect(VpcConfig).toEqual({
        SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^Group/), 'GroupId'] }],
        SubnetIds: [{ Ref: expect.stringMatching(/^VpcPrivateSubnet1Subnet/) }],
      });
    }
  });

  test('can be in another stack than the TaskManager, its processors and their functions', () => {
    const app = new App();
    const [network, manager, functions, processors] = ['Network', 'Manager', 'Functions', 'Processors'].map((id) => new Stack(app, id));
    const taskManager = new TaskManager(manager, 'Tasks', {
      vpc: aVpc(network), encryptionKey: new kms.Key(network, 'Key'), resultBucket: TaskResults.bucket(),
    });
    new TaskProcessor(processors, 'Export', { taskManager, taskType: 'export', handler: aFunction(functions) });
    new ContainerTaskProcessor(processors, 'Render', { taskManager, taskType: 'render', ...aContainer(processors) });
    app.synth();

    expect(network.dependencies).toEqual([]);
    expect(manager.dependencies).toEqual([network]);
    expect(functions.dependencies).toEqual([]);
    expect(ownFunctions(processors).map(({ VpcConfig }) => VpcConfig.SecurityGroupIds)).toEqual(
      Array(4).fill([{ 'Fn::ImportValue': expect.stringContaining('SecurityGroup') }]),
    );
  });

  test('of an imported TaskManager is that of the processors', () => {
    const imported = new Stack(new App(), 'Stack');
    const taskManager = TaskManager.fromTaskManagerAttributes(imported, 'Tasks', {
      eventBusArn: 'arn:aws:events:eu-west-1:111111111111:event-bus/Tasks',
      eventSource: 'task-manager.Shop.Tasks-1a2b3c4d',
      undeliveredQueueArn: 'arn:aws:sqs:eu-west-1:111111111111:Undelivered',
      vpc: aVpc(imported),
      tracing: lambda.Tracing.PASS_THROUGH,
    });
    new TaskProcessor(imported, 'Export', { taskManager, taskType: 'export', handler: aFunction(imported) });
    expect(ownFunctions(imported)).toEqual([expect.objectContaining({
      VpcConfig: expect.objectContaining({ SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^TasksSecurityGroup/), 'GroupId'] }] }),
      TracingConfig: { Mode: 'PassThrough' },
    })]);
  });
});

describe('wrong options', () => {
  test.each<[string, (stack: Stack) => TaskManagerProps, string]>([
    ['vpcSubnets without a vpc', () => ({ vpcSubnets: {} }), 'vpcSubnets must be with vpc, because functions have them only in a VPC: set vpc, or remove vpcSubnets'],
    [
      'securityGroups without a vpc', (stack) => ({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] }),
      'securityGroups must be with vpc, because functions have them only in a VPC: set vpc, or remove securityGroups',
    ],
    ['no securityGroups', (stack) => ({ vpc: aVpc(stack), securityGroups: [] }), 'securityGroups must have at least one security group, got none'],
  ])('%s throw', (_, props, message) => {
    expect(() => aTaskManager(props)).toThrow(new Error(message));
  });

  test('a vpc of another region throws', () => {
    const app = new App();
    const account = '111111111111';
    const vpc = aVpc(new Stack(app, 'Network', { env: { account, region: 'us-east-1' } }));
    const stack = new Stack(app, 'Stack', { env: { account, region: 'eu-west-1' } });
    expect(() => new TaskManager(stack, 'Tasks', { vpc }))
      .toThrow(new Error('vpc must be in the account and region of the TaskManager, 111111111111/eu-west-1, got 111111111111/us-east-1'));
  });
});

describe('tracing', () => {
  test.each([[lambda.Tracing.ACTIVE, 'Active'], [lambda.Tracing.PASS_THROUGH, 'PassThrough']])('%s is that of all functions', (tracing, Mode) => {
    const { stack } = everything(() => ({ tracing }));
    expect(ownFunctions(stack).map(({ TracingConfig }) => TracingConfig)).toEqual(Array(ALL).fill({ Mode }));
  });

  test('gives a reporter its permissions in the policy that it has, because a stack can have 500 resources', () => {
    const { stack } = everything(() => ({ tracing: lambda.Tracing.ACTIVE }));
    const ofReporter = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .filter(({ Properties }) => Properties.Roles[0].Ref.startsWith('TaskReporter'));
    expect(ofReporter.map(({ Properties }) => Properties.PolicyDocument.Statement)).toEqual([
      expect.arrayContaining([{ Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Effect: 'Allow', Resource: '*' }]),
    ]);
  });

  test.each([[lambda.Tracing.ACTIVE, ['true', 'true']], [lambda.Tracing.PASS_THROUGH, ['true', 'true']], [lambda.Tracing.DISABLED, []], [undefined, []]])('%s lets X-Ray continue the trace of a request behind the bus: %j', (tracing, expected) => {
    const { stack } = everything(() => ({ tracing }));
    expect(ownFunctions(stack).flatMap(({ Environment }) => Environment?.Variables.X_RAY ?? [])).toEqual(expected);
  });

  test('that is active traces the wrappers', () => {
    const { stack } = everything(() => ({ tracing: lambda.Tracing.ACTIVE }));
    Template.fromStack(stack).hasResourceProperties('AWS::StepFunctions::StateMachine', { TracingConfiguration: { Enabled: true } });
  });

  test('that is active traces the stage of the REST API', () => {
    templateOf({ tracing: lambda.Tracing.ACTIVE }).hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
  });

  test.each([lambda.Tracing.PASS_THROUGH, lambda.Tracing.DISABLED, undefined])('that is %s traces no wrapper and no stage', (tracing) => {
    const { stack } = everything(() => ({ tracing }));
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::ApiGateway::Stage', { TracingEnabled: Match.anyValue() }, 0);
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::StepFunctions::StateMachine', { TracingConfiguration: Match.anyValue() }, 0);
  });

  test('is off by default', () => {
    const { stack } = everything(() => ({}));
    expect(ownFunctions(stack).filter(({ TracingConfig, VpcConfig }) => TracingConfig ?? VpcConfig)).toEqual([]);
  });
});

describe('processors with the same function', () => {
  /** Defines processors of two TaskManagers with the same function. */
  function defineTwo(one: (stack: Stack) => TaskManagerProps, other: (stack: Stack) => TaskManagerProps) {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    for (const [id, props] of Object.entries({ One: one, Other: other })) {
      const taskManager = new TaskManager(stack, id, props(stack));
      new TaskProcessor(stack, `${id}Export`, { taskManager, taskType: 'export', handler });
    }
    return stack;
  }
  const differ = (option: string) => new Error(`${option} must be the same for the TaskManagers of all processors with the same function, because `
    + 'they share a reporter, got different ones for Stack/OneExport and Stack/OtherExport: use an alias of the function for one of them');
  let count = 0;
  const aKey = (stack: Stack) => new kms.Key(stack, `Key${count++}`);
  const aNetwork = (stack: Stack) => (stack.node.tryFindChild('Vpc') ?? aVpc(stack)) as ec2.Vpc;

  test.each<[string, (stack: Stack) => TaskManagerProps, (stack: Stack) => TaskManagerProps]>([
    ['encryptionKey', (stack) => ({ encryptionKey: aKey(stack) }), (stack) => ({ encryptionKey: aKey(stack) })],
    ['encryptionKey', () => ({}), (stack) => ({ encryptionKey: aKey(stack) })],
    ['vpc', (stack) => ({ vpc: aVpc(stack) }), () => ({})],
    ['vpcSubnets', (stack) => ({ vpc: aNetwork(stack) }), (stack) => ({ vpc: aNetwork(stack), vpcSubnets: { subnets: [aNetwork(stack).privateSubnets[0]] } })],
    // Each TaskManager has made its own.
    ['securityGroups', (stack) => ({ vpc: aNetwork(stack) }), (stack) => ({ vpc: aNetwork(stack) })],
    ['tracing', () => ({ tracing: lambda.Tracing.ACTIVE }), () => ({})],
  ])('throw if %s differs', (option, one, other) => {
    expect(() => defineTwo(one, other)).toThrow(differ(option));
  });

  test('share a reporter if the options are the same', () => {
    const shared = (stack: Stack) => ({
      encryptionKey: kms.Key.fromKeyArn(stack, `Key${count++}`, 'arn:aws:kms:eu-west-1:111111111111:key/1'),
      vpc: aNetwork(stack),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, `Group${count++}`, 'sg-1')],
      tracing: lambda.Tracing.ACTIVE,
    });
    expect(ownFunctions(defineTwo(shared, shared)).filter(({ Description }) => Description.startsWith('Reports'))).toHaveLength(1);
  });
});

describe('a role that CDK must not change', () => {
  test('is told the permissions for the key, too', () => {
    const { stack, tasks } = aTaskManager((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/1') }));
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/exporter', { mutable: false });
    const handler = aFunction(stack, 'Function', { role });
    const processor = new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler, maxConcurrency: 2 });
    const warnings = processor.node.metadata.map(({ data }) => String(data));
    expect(warnings.filter((warning) => warning.includes('kms:ViaService'))).toHaveLength(1);
  });
});

test('deletionProtection protects the table', () => {
  const protection = (template: Template) => Object.values(template.findResources('AWS::DynamoDB::GlobalTable'))[0].Properties.Replicas[0].DeletionProtectionEnabled;
  expect(protection(templateOf({ deletionProtection: true }))).toBe(true);
  expect(protection(templateOf())).toBeUndefined();
});

/** Policies of a role that belong to the user count to its quotas, too. */
import { Annotations as CdkAnnotations, App, Aspects, Aws, CfnParameter, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TaskManager, TaskProcessor } from '../src';
import { aFunction } from './support/constructs';
import { roleSize } from './support/policy-sizes';
import { FUNCTION_ARN, FUNCTION_ROLE, ROLE_ARN } from './support/processors';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_INLINE_POLICIES = 10_240;
const MANY_POLICIES = 'cdk-task-manager:manyManagedPolicies';

/** Returns a statement that makes a policy longer by about this number of characters. */
function statementOf(size: number, bucket = 'bucket'): iam.PolicyStatement {
  const resources = Array.from({ length: Math.floor(size / 100) }, (_, i) => `arn:aws:s3:::${bucket}-${i}-`.padEnd(97, 'x'));
  return new iam.PolicyStatement({ actions: ['s3:GetObject'], resources });
}

function documentOf(size: number): iam.PolicyDocument {
  return new iam.PolicyDocument({ statements: [statementOf(size)] });
}

/** Adds processors with the permissions of a function, which take about 1,700 characters inside its role. */
function addProcessors(scope: Construct, handler: lambda.IFunction, count = 15): void {
  const taskManager = TaskManager.fromTaskManagerAttributes(scope, 'Tasks', {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
    eventSource: 'task-manager.Stack.Tasks-1a2b3c4d'.padEnd(60, 'x'),
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  });
  for (let i = 0; i < count; i++) new TaskProcessor(scope, `Processor${i}`, { taskManager, taskType: `type-${i}`, handler });
}

function lambdaRole(scope: Construct, id = 'Role', props: Partial<iam.RoleProps> = {}): iam.Role {
  return new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), ...props });
}

const TOO_LARGE = /the policies inside the role of a processor, \S+, must have at most 10240 characters together, got about 1\d{4}: give some/;

describe.each<[string, (stack: Stack) => lambda.IFunction]>([
  ['grants', (stack) => {
    const handler = aFunction(stack);
    for (const bucket of ['one', 'two', 'three']) handler.addToRolePolicy(statementOf(3000, bucket));
    return handler;
  }],
  ['inlinePolicies', (stack) => aFunction(stack, 'Function', { role: lambdaRole(stack, 'Role', { inlinePolicies: { Work: documentOf(9000) } }) })],
  ['a policy', (stack) => {
    const handler = aFunction(stack);
    new iam.Policy(stack, 'Work', { document: documentOf(9000), roles: [handler.role!] });
    return handler;
  }],
  ['a CfnPolicy', (stack) => {
    const handler = aFunction(stack);
    new iam.CfnPolicy(stack, 'Work', { policyName: 'Work', policyDocument: documentOf(9000), roles: [handler.role!.roleName] });
    return handler;
  }],
  ['a CfnRolePolicy', (stack) => {
    const handler = aFunction(stack);
    new iam.CfnRolePolicy(stack, 'Work', { policyName: 'Work', policyDocument: documentOf(9000), roleName: handler.role!.roleName });
    return handler;
  }],
  ['a policy of an aspect', (stack) => {
    const handler = aFunction(stack);
    Aspects.of(stack).add({ visit: (node) => { if (node === handler) handler.role!.attachInlinePolicy(new iam.Policy(handler, 'Work', { document: documentOf(9000) })); } });
    return handler;
  }],
  ['a policy in another stack', (stack) => {
    const handler = aFunction(stack);
    new iam.Policy(new Stack(stack.node.root as App, 'Other'), 'Work', { document: documentOf(9000), roles: [handler.role!] });
    return handler;
  }],
  ['a policy of an imported role', (stack) => {
    const role = iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN);
    role.addToPrincipalPolicy(statementOf(9000));
    return lambda.Function.fromFunctionAttributes(stack, 'Function', { functionArn: FUNCTION_ARN, role, sameEnvironment: true });
  }],
])('the permissions of a function inside its role, by %s', (_, functionOf) => {
  test('are rejected if they and those of the processors are too large together', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    addProcessors(stack, functionOf(stack));
    expect(() => app.synth()).toThrow(TOO_LARGE);
  });

  test('are accepted with a single processor', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    addProcessors(stack, functionOf(stack), 1);
    expect(() => app.synth()).not.toThrow();
  });
});

test('all that is accepted can be deployed', () => {
  let accepted = 0;
  for (let size = 7000; size < 10_000; size += 300) {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    handler.addToRolePolicy(statementOf(size));
    addProcessors(stack, handler);
    try {
      expect(roleSize(Template.fromStack(stack), FUNCTION_ROLE).inline).toBeLessThanOrEqual(MAX_INLINE_POLICIES);
      accepted++;
    } catch (error) {
      expect(String(error)).toMatch(TOO_LARGE);
    }
  }
  expect(accepted).toBeGreaterThan(3);
  expect(accepted).toBeLessThan(8);
});

test('the permissions of a role of two functions count once', () => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const role = lambdaRole(stack);
  role.addToPrincipalPolicy(statementOf(7000));
  const taskManager = new TaskManager(stack, 'Tasks');
  for (const id of ['One', 'Two']) {
    const handler = aFunction(stack, id, { role });
    for (const taskType of ['a', 'b', 'c', 'd', 'e', 'f']) new TaskProcessor(stack, `${id}-${taskType}`, { taskManager, taskType, handler });
  }
  expect(() => app.synth()).not.toThrow();
});

test('roles of the same name in several accounts are counted apart', () => {
  const app = new App();
  for (const account of ['111111111111', '222222222222']) {
    const stack = new Stack(app, `Stack${account}`, { env: { account, region: 'us-east-1' } });
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Function', {
      functionArn: FUNCTION_ARN.replace('111111111111', account), role: iam.Role.fromRoleName(stack, 'Role', 'exporter'), sameEnvironment: true,
    });
    handler.addToRolePolicy(statementOf(6000));
    const taskManager = new TaskManager(stack, 'Tasks');
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler });
  }
  expect(() => app.synth()).not.toThrow();
});

test('stages and the app are counted apart', () => {
  const app = new App();
  for (const id of ['Test', 'Production', 'None']) {
    const stack = new Stack(id === 'None' ? app : new Stage(app, id), 'Stack');
    const handler = lambda.Function.fromFunctionAttributes(stack, 'Function', {
      functionArn: `arn:aws:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${id}`, role: iam.Role.fromRoleName(stack, 'Role', 'exporter'), sameEnvironment: true,
    });
    handler.addToRolePolicy(statementOf(6000));
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
  }
  expect(() => app.synth()).not.toThrow();
});

describe('ARNs that are not known before deployment', () => {
  function synthesize(context: Record<string, unknown>): void {
    const app = new App({ context });
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    const parameters = Array.from({ length: 60 }, (_, i) => new CfnParameter(stack, `Bucket${i}`).valueAsString);
    handler.addToRolePolicy(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: parameters }));
    addProcessors(stack, handler);
    app.synth();
  }

  test('count as aws-cdk-lib counts them', () => {
    expect(() => synthesize({})).toThrow(TOO_LARGE);
  });

  test('can be shorter', () => {
    expect(() => synthesize({ '@aws-cdk/aws-iam.arnSizeEstimate': 60 })).not.toThrow();
  });
});

describe('managed policies', () => {
  const managed = (scope: Construct, count: number) => Array.from({ length: count }, (_, i) =>
    new iam.ManagedPolicy(scope, `Managed${i}`, { document: documentOf(200) }));

  test.each<[string, (stack: Stack) => iam.Role]>([
    ['given to the role', (stack) => lambdaRole(stack, 'Role', { managedPolicies: managed(stack, 10) })],
    ['added to the role', (stack) => {
      const role = lambdaRole(stack);
      for (const policy of managed(stack, 10)) role.addManagedPolicy(policy);
      return role;
    }],
    ['that name the role', (stack) => {
      const role = lambdaRole(stack);
      for (const policy of managed(stack, 10)) policy.attachToRole(role);
      return role;
    }],
    ['of AWS', (stack) => lambdaRole(stack, 'Role', {
      managedPolicies: Array.from({ length: 10 }, (_, i) => iam.ManagedPolicy.fromAwsManagedPolicyName(`Policy${i}`)),
    })],
  ])('%s and of processors cause a warning if they are more than the default quota', (_, roleOf) => {
    for (const [count, isTooMany] of [[1, false], [40, true]] as const) {
      const stack = new Stack(new App(), 'Stack');
      addProcessors(stack, aFunction(stack, 'Function', { role: roleOf(stack) }), count);
      const warnings = Annotations.fromStack(stack).findWarning('/Stack/Processor0/Policy', Match.stringLikeRegexp(
        'the role of a processor, Stack/Role, has 11 managed policies, more than 10, the default quota: request an increase'));
      expect(warnings).toHaveLength(isTooMany ? 1 : 0);
    }
  });

  test.each([['the stack', 'Stack'], ['the processor', 'Stack/Processor0']])('can have a raised quota, acknowledged by %s', (_, path) => {
    const stack = new Stack(new App(), 'Stack');
    addProcessors(stack, aFunction(stack, 'Function', { role: lambdaRole(stack, 'Role', { managedPolicies: managed(stack, 10) }) }), 40);
    CdkAnnotations.of(stack.node.root.node.findAll().find(({ node }) => node.path === path)!).acknowledgeWarning(MANY_POLICIES);
    Annotations.fromStack(stack).hasNoWarning('*', Match.stringLikeRegexp(MANY_POLICIES));
  });
});

test('grants to a reporter are inside its role', () => {
  const stack = new Stack(new App(), 'Stack');
  const queue = new sqs.Queue(stack, 'Queue');
  const taskManager = new TaskManager(stack, 'Tasks');
  const { reporter } = new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  queue.grantSendMessages(reporter);
  const actions = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles[0].Ref.startsWith('TaskReporter'))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap(({ Action }: any) => Action));
  expect(actions).toEqual(expect.arrayContaining(['logs:PutLogEvents', 'events:PutEvents', 'sqs:SendMessage']));
});

import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskManager, TaskProcessor } from '../src';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:111111111111:function:exporter';
const ROLE_ARN = 'arn:aws:iam::111111111111:role/exporter';
const CANNOT_BE_GRANTED = 'handler must be a function that can be granted rights, got an imported one that can not: '
  + 'import it with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })';

function aFunction(stack: Stack, id = 'Function'): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline('exports.handler = async () => {}'), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
}

function processorOf(handler: (stack: Stack) => lambda.IFunction, taskType = 'export') {
  const stack = new Stack(new App(), 'Stack');
  const tasks = new TaskManager(stack, 'Tasks');
  new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType, handler: handler(stack) });
  return { tasks, template: Template.fromStack(stack) };
}

describe('a processor', () => {
  const { tasks, template } = processorOf(aFunction);

  test('hands tasks of its type to the function', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'TasksEventBusD7D69F14' },
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['export'] } },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': ['Function76856677', 'Arn'] } })],
    });
  });

  test('lets the rule, and nobody else, invoke the function', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['Function76856677', 'Arn'] },
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ExportRule'), 'Arn'] },
    });
  });

  test('lets the function report on its type, and do nothing else', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: 'FunctionServiceRole675BB04A' }] } }));
    expect(policies).toHaveLength(1);
    expect(policies[0].Properties.PolicyDocument.Statement).toEqual([{
      Action: 'events:PutEvents',
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': ['TasksEventBusD7D69F14', 'Arn'] },
      Condition: {
        'ForAllValues:StringEquals': { 'events:source': `${tasks.eventSource}.processor.export`, 'events:detail-type': 'TaskUpdatedEvent' },
        'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
      },
    }]);
  });

  test('gets no event before it may report', () => {
    template.hasResource('AWS::Events::Rule', {
      Properties: { EventPattern: Match.objectLike({ 'detail-type': ['TaskCreatedEvent'] }) },
      DependsOn: [Match.stringLikeRegexp('^ExportPolicy')],
    });
  });
});

test('two processors serve one type, and one function two types', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  const handler = aFunction(stack);
  new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler });
  new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler });
  new TaskProcessor(stack, 'Three', { taskManager, taskType: 'export', handler: aFunction(stack, 'Other') });
  const template = Template.fromStack(stack);
  template.resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['export'] } } }, 2);
  template.resourcePropertiesCountIs('AWS::Events::Rule', { EventPattern: { 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['report'] } } }, 1);
});

test('manager, processor and function live in three stacks without a cycle', () => {
  const app = new App();
  const taskManager = new TaskManager(new Stack(app, 'Manager'), 'Tasks');
  const handler = aFunction(new Stack(app, 'Function'));
  const stack = new Stack(app, 'Processor');
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler });
  app.synth();
  expect(stack.dependencies.map(({ stackName }) => stackName).sort()).toEqual(['Function', 'Manager']);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 1);
});

test('an imported TaskManager is served like one of the app', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus', eventSource: 'task-manager.Other.Tasks-12345678',
  });
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Events::Rule', { EventBusName: 'bus' });
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: { Statement: [Match.objectLike({ Resource: 'arn:aws:events:us-east-1:111111111111:event-bus/bus' })] },
  });
});

describe('an imported function', () => {
  const withRole = (stack: Stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
    functionArn: FUNCTION_ARN, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
  });

  test('with a role gets its rights', () => {
    const { template } = processorOf(withRole);
    template.hasResourceProperties('AWS::Lambda::Permission', { FunctionName: FUNCTION_ARN });
    template.hasResourceProperties('AWS::IAM::Policy', { Roles: ['exporter'], PolicyDocument: { Statement: [Match.objectLike({ Action: 'events:PutEvents' })] } });
  });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['by its ARN', (stack) => lambda.Function.fromFunctionArn(stack, 'Function', FUNCTION_ARN)],
    ['by its name', (stack) => lambda.Function.fromFunctionName(stack, 'Function', 'exporter')],
    ['without a role', (stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', { functionArn: FUNCTION_ARN, sameEnvironment: true })],
    ['without sameEnvironment', (stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
      functionArn: FUNCTION_ARN, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN),
    })],
  ])('%s is refused', (_, handler) => {
    expect(() => processorOf(handler)).toThrow(CANNOT_BE_GRANTED);
  });

  test('of another account is refused', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '222222222222', region: 'us-east-1' } });
    const taskManager = new TaskManager(stack, 'Tasks');
    expect(() => new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: withRole(stack) }))
      .toThrow('handler must be in the account and region of its processor, 222222222222/us-east-1, got one in 111111111111/us-east-1');
  });
});

test.each([
  ['a version', (stack: Stack) => aFunction(stack).currentVersion],
  ['an alias', (stack: Stack) => aFunction(stack).addAlias('live')],
])('%s can be the handler', (_, handler) => {
  processorOf(handler).template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({ 'detail-type': ['TaskCreatedEvent'] }),
    Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Function(CurrentVersion|Aliaslive)') } })],
  });
});

test.each(['', 'a b', '1st', 'a'.repeat(65)])('task type %j is refused', (taskType) => {
  expect(() => processorOf(aFunction, taskType)).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
});

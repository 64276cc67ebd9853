/** Which functions can be handlers, and what several processors of one do. */
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sns from 'aws-cdk-lib/aws-sns';
import { TaskManager, TaskProcessor } from '../src';
import { aFunction, statementsOf } from './support/constructs';
import {
  FUNCTION_ARN, FUNCTION_ROLE, importedFunction, invokeConfig, invokeConfigs, mayReport, processorOf, ProcessorOptions, REPORTER_ARN, ROLE_ARN,
} from './support/processors';

const CANNOT_BE_GRANTED = 'handler must be a function that can be granted rights, got one that can not: pass a function, an alias or a version of this app, '
  + 'or import a function with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })';

describe('several processors', () => {
  function processorsOf(...[one, two]: [ProcessorOptions, ProcessorOptions]) {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler, ...one });
    new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler, ...two });
    return { taskManager, template: Template.fromStack(stack) };
  }

  test('of one function share its configuration and its reporter, which may report on all their types', () => {
    const { taskManager, template } = processorsOf({}, {});
    expect(invokeConfigs(template)).toHaveLength(1);
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^OnePolicy/), expect.stringMatching(/^TwoPolicy/)]);
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Description: 'Reports what became of tasks whose processor can not' }, 1);
    expect(statementsOf(template, 'TaskReporter')).toEqual([mayReport(taskManager, 'export'), mayReport(taskManager, 'report')]);
    expect(statementsOf(template, FUNCTION_ROLE).filter(({ Action }) => Action === 'events:PutEvents')).toEqual([
      mayReport(taskManager, 'export'), mayReport(taskManager, 'report'),
    ]);
  });

  test('of one function may give the same options, each in its own words', () => {
    const { template } = processorsOf(
      { retryAttempts: 2, maxEventAge: Duration.hours(1), completeOnReturn: false }, { maxEventAge: Duration.minutes(60) });
    expect(invokeConfig(template).Properties.MaximumEventAgeInSeconds).toBe(3600);
  });

  test('of one function may differ in how EventBridge delivers', () => {
    const { template } = processorsOf({ deliveryRetryAttempts: 1 }, { deliveryMaxEventAge: Duration.hours(1) });
    expect(invokeConfigs(template)).toHaveLength(1);
  });

  test.each<[ProcessorOptions, string]>([
    [{ retryAttempts: 1 }, '1, 6 hours, false'],
    [{ maxEventAge: Duration.hours(1) }, '2, 1 hour, false'],
    [{ completeOnReturn: true }, '2, 6 hours, true'],
  ])('of one function that ask for different options are refused: %j', (options, given) => {
    expect(() => processorsOf({}, options)).toThrow('retryAttempts, maxEventAge and completeOnReturn must be the same for all processors of one function, '
      + `got ${given} and before 2, 6 hours, false: use an alias of the function for one of them`);
  });

  test('of one function in two stacks are refused', () => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => new Stack(app, id));
    const taskManager = new TaskManager(one, 'Tasks');
    const handler = aFunction(one);
    new TaskProcessor(one, 'Export', { taskManager, taskType: 'export', handler });
    expect(() => new TaskProcessor(two, 'Report', { taskManager, taskType: 'report', handler }))
      .toThrow('processors of one function must be in one stack, got One and Two: use an alias of the function for one of them');
  });

  test('of a function and of its alias may differ in all options', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler });
    new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler: handler.addAlias('live'), retryAttempts: 0, completeOnReturn: true });
    expect(invokeConfigs(Template.fromStack(stack)).map(([, { Properties }]) => [Properties.Qualifier, Properties.MaximumRetryAttempts]))
      .toEqual([['$LATEST', 2], ['live', 0]]);
  });

  test('of two functions have a reporter each', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler: aFunction(stack, 'FunctionOne') });
    new TaskProcessor(stack, 'Two', { taskManager, taskType: 'export', handler: aFunction(stack, 'FunctionTwo'), retryAttempts: 1 });
    expect(invokeConfigs(Template.fromStack(stack))).toHaveLength(2);
  });

  test('of one imported function in two apps do not know of each other', () => {
    for (const retryAttempts of [1, 2]) {
      expect(invokeConfig(processorOf(importedFunction, { retryAttempts }).template).Properties.MaximumRetryAttempts).toBe(retryAttempts);
    }
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

describe('a function with a configuration for asynchronous invocation of its own', () => {
  const MESSAGE = 'handler must have no configuration for asynchronous invocation (onFailure, onSuccess, maxEventAge, retryAttempts) of its own, '
    + 'for there can be one only: give maxEventAge and retryAttempts to the TaskProcessor, or let it use an alias of the function, which has one of its own';

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['retryAttempts', (stack) => aFunction(stack, 'Function', { retryAttempts: 1 })],
    ['maxEventAge', (stack) => aFunction(stack, 'Function', { maxEventAge: Duration.hours(1) })],
    ['onFailure', (stack) => aFunction(stack, 'Function', { onFailure: new destinations.SnsDestination(new sns.Topic(stack, 'Topic')) })],
    ['onSuccess', (stack) => aFunction(stack, 'Function', { onSuccess: new destinations.SnsDestination(new sns.Topic(stack, 'Topic')) })],
    ['configureAsyncInvoke()', (stack) => {
      const handler = aFunction(stack);
      handler.configureAsyncInvoke({ retryAttempts: 1 });
      return handler;
    }],
    ['retryAttempts of its alias', (stack) => aFunction(stack).addAlias('live', { retryAttempts: 1 })],
  ])('by %s is refused', (_, handler) => {
    expect(() => processorOf(handler)).toThrow(MESSAGE);
  });

  test('that is set after the processor is made is refused', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
    handler.configureAsyncInvoke({ retryAttempts: 1 });
    expect(() => app.synth()).toThrow(`[Stack/Export] ${MESSAGE}`);
  });

  test('by a construct of its own is refused', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    new lambda.EventInvokeConfig(stack, 'Config', { function: handler, retryAttempts: 1 });
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
    expect(() => app.synth()).toThrow(`[Stack/Export] ${MESSAGE}`);
  });

  test('can be the handler by an alias', () => {
    const { template } = processorOf((stack) => aFunction(stack, 'Function', { retryAttempts: 1 }).addAlias('live'));
    expect(invokeConfigs(template).map(([, { Properties }]) => Properties.Qualifier)).toEqual(['$LATEST', 'live']);
  });
});

describe('an imported function', () => {
  test('that is named with an alias is configured there', () => {
    const { template } = processorOf((stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
      functionArn: `${FUNCTION_ARN}:live`, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
    }));
    expect(invokeConfig(template).Properties).toMatchObject({ FunctionName: 'exporter', Qualifier: 'live' });
  });

  test('with a role gets its rights and its configuration', () => {
    const { template, tasks } = processorOf(importedFunction);
    template.hasResourceProperties('AWS::Lambda::Permission', { FunctionName: FUNCTION_ARN });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: ['exporter'], PolicyDocument: { Statement: [mayReport(tasks), { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: REPORTER_ARN }] },
    });
    expect(invokeConfig(template).Properties).toMatchObject({ FunctionName: 'exporter', Qualifier: '$LATEST' });
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
    expect(() => new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: importedFunction(stack) }))
      .toThrow('handler must be in the account and region of its processor, 222222222222/us-east-1, got one in 111111111111/us-east-1');
  });
});

describe.each<[string, (stack: Stack) => lambda.IFunction, unknown]>([
  ['a version', (stack) => aFunction(stack).currentVersion, { 'Fn::GetAtt': [expect.stringMatching(/^FunctionCurrentVersion/), 'Version'] }],
  ['an alias', (stack) => aFunction(stack).addAlias('live'), 'live'],
])('%s as the handler', (_, handler, qualifier) => {
  const { template } = processorOf(handler);

  test('gets the tasks', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({ 'detail-type': ['TaskCreatedEvent'] }),
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Function(CurrentVersion|Aliaslive)') } })],
    });
  });

  test('gets the configuration, and not the function as a whole', () => {
    expect(invokeConfig(template).Properties).toMatchObject({ FunctionName: { Ref: 'Function76856677' }, Qualifier: qualifier });
  });

  test('has the role of its function', () => {
    expect(statementsOf(template, FUNCTION_ROLE).map(({ Action }) => Action)).toEqual(['events:PutEvents', 'lambda:InvokeFunction']);
  });
});

/** Which functions can be handlers, and how several processors share one. */
import { App, ArnFormat, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aFunction, statementsOf } from './support/constructs';
import {
  FUNCTION_ARN, FUNCTION_ROLE, importedFunction, invokeConfig, invokeConfigs, mayReport, processorOf, ProcessorOptions, REPORTER_ARN,
  ROLE_ARN, STATUS_READER,
} from './support/processors';

const CANNOT_BE_GRANTED = 'handler must be a function that can be granted permissions, got Stack/Function: use a function, alias or version of this app, '
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

  test('with the same function share its configuration and a reporter, which can report on all their task types', () => {
    const { taskManager, template } = processorsOf({}, {});
    expect(invokeConfigs(template)).toHaveLength(1);
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^OnePolicy/)]);
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Description: 'Reports how the function of a task processor ended' }, 1);
    expect(statementsOf(template, 'TaskReporter')).toEqual([mayReport(taskManager, ['export', 'report'])]);
    expect(statementsOf(template, FUNCTION_ROLE).filter(({ Action }) => Action === 'events:PutEvents')).toEqual([
      mayReport(taskManager, ['export', 'report']),
    ]);
  });

  test('with the same function can set equal options in different ways', () => {
    const { template } = processorsOf(
      { retryAttempts: 2, maxEventAge: Duration.hours(1), completeOnReturn: false }, { maxEventAge: Duration.minutes(60) });
    expect(invokeConfig(template).Properties.MaximumEventAgeInSeconds).toBe(3600);
  });

  test('with the same function can have different delivery options', () => {
    const { template } = processorsOf({ deliveryRetryAttempts: 1 }, { deliveryMaxEventAge: Duration.hours(1) });
    expect(invokeConfigs(template)).toHaveLength(1);
  });

  test.each<[ProcessorOptions, string]>([
    [{ retryAttempts: 1 }, '1, 6 hours, false'],
    [{ maxEventAge: Duration.hours(1) }, '2, 1 hour, false'],
    [{ completeOnReturn: true }, '2, 6 hours, true'],
  ])('with the same function and different options are refused: %j', (options, given) => {
    expect(() => processorsOf({}, options)).toThrow('retryAttempts, maxEventAge and completeOnReturn must be the same for all processors with the same function, '
      + `got ${given} after 2, 6 hours, false: use an alias of the function for one of them`);
  });

  test('with the same function in two stacks are refused', () => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => new Stack(app, id));
    const taskManager = new TaskManager(one, 'Tasks');
    const handler = aFunction(one);
    new TaskProcessor(one, 'Export', { taskManager, taskType: 'export', handler });
    expect(() => new TaskProcessor(two, 'Report', { taskManager, taskType: 'report', handler }))
      .toThrow('processors with the same function must be in the same stack, got One and Two: use an alias of the function for one of them');
  });

  test('with a function and its alias can have different options', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler });
    new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler: handler.addAlias('live'), retryAttempts: 0, completeOnReturn: true });
    expect(invokeConfigs(Template.fromStack(stack)).map(([, { Properties }]) => [Properties.Qualifier, Properties.MaximumRetryAttempts]))
      .toEqual([['$LATEST', 2], ['live', 0]]);
  });

  test('with different functions have different reporters', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler: aFunction(stack, 'FunctionOne') });
    new TaskProcessor(stack, 'Two', { taskManager, taskType: 'export', handler: aFunction(stack, 'FunctionTwo'), retryAttempts: 1 });
    expect(invokeConfigs(Template.fromStack(stack))).toHaveLength(2);
  });

  test('with the same imported function in two apps are independent', () => {
    for (const retryAttempts of [1, 2]) {
      expect(invokeConfig(processorOf(importedFunction, { retryAttempts }).template).Properties.MaximumRetryAttempts).toBe(retryAttempts);
    }
  });
});

describe('a function of several TaskManagers', () => {
  function processorsOf(...managers: { props: TaskManagerProps; options?: ProcessorOptions }[]) {
    const stack = new Stack(new App(), 'Stack');
    const handler = aFunction(stack);
    managers.forEach(({ props, options }, i) => {
      const taskManager = new TaskManager(stack, `Tasks${i}`, props);
      new TaskProcessor(stack, `Processor${i}`, { taskManager, taskType: 'export', handler, ...options });
    });
    const template = Template.fromStack(stack);
    const [reporterLog] = Object.entries(template.findResources('AWS::Logs::LogGroup')).filter(([id]) => id.startsWith('TaskReporter'));
    return { age: invokeConfig(template).Properties.MaximumEventAgeInSeconds, retention: reporterLog[1].Properties?.RetentionInDays };
  }

  const [short, long] = [Duration.minutes(10), Duration.hours(1)];

  test.each([[[short, long]], [[long, short]]])('has the longest maxEventAge of their defaults: %j', (timeouts) => {
    expect(processorsOf(...timeouts.map((taskTimeout) => ({ props: { taskTimeout } }))).age).toBe(3600);
  });

  test('can have a maxEventAge that is given for one TaskManager, and the default of the other', () => {
    expect(processorsOf({ props: {}, options: { maxEventAge: short } }, { props: { taskTimeout: short } }).age).toBe(600);
  });

  test.each([[{}, { maxEventAge: short }], [{ maxEventAge: short }, {}]])('is refused if a given maxEventAge differs from another one: %j, %j', (one, two) => {
    expect(() => processorsOf({ props: {}, options: one }, { props: { taskTimeout: long }, options: two }))
      .toThrow('retryAttempts, maxEventAge and completeOnReturn must be the same for all processors with the same function');
  });

  test('is refused if a given maxEventAge differs from one of several defaults', () => {
    const processors = [{ props: { taskTimeout: short } }, { props: { taskTimeout: long } }, { props: {}, options: { maxEventAge: long } }];
    expect(() => processorsOf(...processors))
      .toThrow('got 2, 1 hour, false after 2, 10 minutes, false');
  });

  const { ONE_WEEK, ONE_YEAR, INFINITE } = logs.RetentionDays;

  test.each([
    [[ONE_WEEK, ONE_YEAR], 365], [[ONE_YEAR, ONE_WEEK], 365], [[ONE_WEEK, INFINITE], undefined], [[INFINITE, ONE_WEEK], undefined],
  ])('keeps the logs of its reporter for the longest time of %j', (retentions, expected) => {
    expect(processorsOf(...retentions.map((logRetention) => ({ props: { logRetention } }))).retention).toBe(expected);
  });
});

describe('logRetention', () => {
  function retentionOf(options: ProcessorOptions, props?: TaskManagerProps) {
    const { template } = processorOf(aFunction, options, props);
    const [[, log]] = Object.entries(template.findResources('AWS::Logs::LogGroup')).filter(([id]) => id.startsWith('TaskReporter'));
    return log.Properties?.RetentionInDays;
  }

  test('is a month by default', () => {
    expect(retentionOf({})).toBe(30);
  });

  test('is the TaskManager\'s by default', () => {
    expect(retentionOf({}, { logRetention: logs.RetentionDays.ONE_WEEK })).toBe(7);
  });

  test.each([[logs.RetentionDays.ONE_YEAR, 365], [logs.RetentionDays.INFINITE, undefined]])('can be another one than the TaskManager\'s: %d', (logRetention, days) => {
    expect(retentionOf({ logRetention }, { logRetention: logs.RetentionDays.ONE_WEEK })).toBe(days);
  });

  test('is that of an imported TaskManager, too', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
      eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
      eventSource: 'task-manager.Other.Tasks-12345678',
      undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
      logRetention: logs.RetentionDays.ONE_WEEK,
    });
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  test('must be the same for all processors with the same function', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler, logRetention: logs.RetentionDays.ONE_WEEK });
    expect(() => new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler }))
      .toThrow('logRetention must be the same for all processors with the same function, got RetentionDays.ONE_WEEK of Stack/One and '
        + 'RetentionDays.ONE_MONTH of Stack/Two: use an alias of the function for one of them');
  });
});

test('processors expose their reporter with its log group, and share it if they share the function', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  const handler = aFunction(stack);
  const [one, two] = ['export', 'report'].map((taskType) => new TaskProcessor(stack, taskType, { taskManager, taskType, handler }));
  expect(one.reporter).toBe(two.reporter);
  expect(stack.resolve(one.reporter.functionArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^TaskReporter/), 'Arn'] });
  expect(stack.resolve(one.reporter.logGroup.logGroupName)).toEqual({ Ref: expect.stringMatching(/^TaskReporter\w+Log/) });
});

test('several processors can serve one task type, and one function several task types', () => {
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

describe('a function with its own configuration for asynchronous invocation', () => {
  const MESSAGE = 'handler must not have onFailure, onSuccess, maxEventAge or retryAttempts, because a function can have only one configuration '
    + 'for asynchronous invocation: set maxEventAge and retryAttempts on the TaskProcessor, or use an alias of the function, which has its own';

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

  test('that is set after the processor is refused', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
    handler.configureAsyncInvoke({ retryAttempts: 1 });
    expect(() => app.synth()).toThrow(`[Stack/Export] ${MESSAGE}`);
  });

  test('is reported once for several processors', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    const taskManager = new TaskManager(stack, 'Tasks');
    for (const taskType of ['export', 'report']) new TaskProcessor(stack, taskType, { taskManager, taskType, handler });
    handler.configureAsyncInvoke({ retryAttempts: 1 });
    expect(stack.node.findAll().flatMap(({ node }) => node.validate())).toEqual([MESSAGE]);
  });

  test('by a separate construct is refused', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const handler = aFunction(stack);
    new lambda.EventInvokeConfig(stack, 'Config', { function: handler, retryAttempts: 1 });
    new TaskProcessor(stack, 'Export', { taskManager: new TaskManager(stack, 'Tasks'), taskType: 'export', handler });
    expect(() => app.synth()).toThrow(`[Stack/Export] ${MESSAGE}`);
  });

  test('can be a handler through an alias', () => {
    const { template } = processorOf((stack) => aFunction(stack, 'Function', { retryAttempts: 1 }).addAlias('live'));
    expect(invokeConfigs(template).map(([, { Properties }]) => Properties.Qualifier)).toEqual(['$LATEST', 'live']);
  });
});

describe('an imported function', () => {
  test('with an alias in its ARN gets the configuration of the alias', () => {
    const { template } = processorOf((stack) => lambda.Function.fromFunctionAttributes(stack, 'Function', {
      functionArn: `${FUNCTION_ARN}:live`, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
    }));
    expect(invokeConfig(template).Properties).toMatchObject({ FunctionName: 'exporter', Qualifier: 'live' });
  });

  test('with a role gets its permissions and its configuration', () => {
    const { template, tasks } = processorOf(importedFunction);
    template.hasResourceProperties('AWS::Lambda::Permission', { FunctionName: FUNCTION_ARN });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: ['exporter'],
      PolicyDocument: {
        Statement: [mayReport(tasks), {
          Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [REPORTER_ARN, { 'Fn::GetAtt': [STATUS_READER, 'Arn'] }],
        }],
      },
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
      .toThrow('handler must be in the account and region of the processor, 222222222222/us-east-1, got 111111111111/us-east-1');
  });
});

describe('functions with the same name', () => {
  const imported = (scope: Stack, functionArn: string) => lambda.Function.fromFunctionAttributes(scope, 'Function', {
    functionArn, role: iam.Role.fromRoleName(scope, 'Role', 'exporter'), sameEnvironment: true,
  });
  const arnIn = (stack: Stack) =>
    stack.formatArn({ service: 'lambda', resource: 'function', resourceName: 'exporter', arnFormat: ArnFormat.COLON_RESOURCE_NAME });
  const addProcessor = (stack: Stack, handler: lambda.IFunction, taskType = 'export') => new TaskProcessor(stack, 'Export', {
    taskManager: TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
      eventBusArn: stack.formatArn({ service: 'events', resource: 'event-bus', resourceName: 'tasks' }),
      eventSource: 'task-manager.Shop.Tasks-1a2b3c4d',
      undeliveredQueueArn: stack.formatArn({ service: 'sqs', resource: 'undelivered' }),
    }),
    taskType,
    handler,
  });

  test('can be handlers in several accounts', () => {
    const app = new App();
    for (const account of ['111111111111', '222222222222']) {
      const stack = new Stack(app, `Stack${account}`, { env: { account, region: 'us-east-1' } });
      addProcessor(stack, imported(stack, FUNCTION_ARN.replace('111111111111', account)));
    }
    expect(() => app.synth()).not.toThrow();
  });

  test('can be handlers in stages whose accounts are not known', () => {
    const app = new App();
    for (const id of ['Test', 'Production']) {
      const stack = new Stack(new Stage(app, id), 'Stack');
      addProcessor(stack, imported(stack, arnIn(stack)));
    }
    expect(() => app.synth()).not.toThrow();
  });

  test('are rejected in stages of one account', () => {
    const app = new App();
    const [one, other] = ['One', 'Other'].map((id) =>
      new Stack(new Stage(app, id, { env: { account: '111111111111', region: 'us-east-1' } }), 'Stack'));
    addProcessor(one, imported(one, FUNCTION_ARN));
    expect(() => addProcessor(other, imported(other, FUNCTION_ARN), 'report'))
      .toThrow('processors with the same function must be in the same stack, got One/Stack and Other/Stack: use an alias of the function for one of them');
  });

  test('are rejected in several stacks whose account is not known', () => {
    const app = new App();
    const [one, other] = ['One', 'Other'].map((id) => new Stack(app, id));
    addProcessor(one, imported(one, arnIn(one)));
    expect(() => addProcessor(other, imported(other, arnIn(other)), 'report')).toThrow('processors with the same function must be in the same stack, got One and Other');
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

  test('gets the configuration instead of the function', () => {
    expect(invokeConfig(template).Properties).toMatchObject({ FunctionName: { Ref: 'Function76856677' }, Qualifier: qualifier });
  });

  test('has the role of its function', () => {
    expect(statementsOf(template, FUNCTION_ROLE).map(({ Action }) => Action)).toEqual(['events:PutEvents', 'lambda:InvokeFunction']);
  });
});

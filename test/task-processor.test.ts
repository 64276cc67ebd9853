import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as destinations from 'aws-cdk-lib/aws-lambda-destinations';
import * as sns from 'aws-cdk-lib/aws-sns';
import { aFunction, statementsOf } from './constructs';
import { TaskManager, TaskManagerProps, TaskProcessor, TaskProcessorProps } from '../src';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:111111111111:function:exporter';
const ROLE_ARN = 'arn:aws:iam::111111111111:role/exporter';
const CANNOT_BE_GRANTED = 'handler must be a function that can be granted rights, got one that can not: pass a function, an alias or a version of this app, '
  + 'or import a function with Function.fromFunctionAttributes({ functionArn, role, sameEnvironment: true })';

const IMPORTED = {
  eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
  eventSource: 'task-manager.Other.Tasks-12345678',
  undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
};

type Options = Partial<Omit<TaskProcessorProps, 'taskManager' | 'handler'>>;

function processorOf(handler: (stack: Stack) => lambda.IFunction, options: Options = {}, managerProps?: TaskManagerProps) {
  const stack = new Stack(new App(), 'Stack');
  const tasks = new TaskManager(stack, 'Tasks', managerProps);
  new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: handler(stack), ...options });
  return { stack, tasks, template: Template.fromStack(stack) };
}

/** The right to report on tasks of one type. */
const mayReport = (tasks: TaskManager, taskType = 'export') => ({
  Action: 'events:PutEvents',
  Effect: 'Allow',
  Resource: { 'Fn::GetAtt': ['TasksEventBusD7D69F14', 'Arn'] },
  Condition: {
    'ForAllValues:StringEquals': { 'events:source': `${tasks.eventSource}.processor.${taskType}`, 'events:detail-type': 'TaskUpdatedEvent' },
    'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
  },
});

const FUNCTION_ROLE = 'FunctionServiceRole675BB04A';
const REPORTER_ARN = { 'Fn::GetAtt': [Match.stringLikeRegexp('^TaskReporter[0-9a-f]{8}'), 'Arn'] };

/** The asynchronous configurations of functions that are not the TaskManager's own, with their logical ids. */
function invokeConfigs(template: Template) {
  return Object.entries(template.findResources('AWS::Lambda::EventInvokeConfig')).filter(([id]) => !id.includes('Sweeper'));
}

function invokeConfig(template: Template) {
  const [[, config], ...more] = invokeConfigs(template);
  expect(more).toEqual([]);
  return config;
}

function processorRule(template: Template) {
  const rules = Object.values(template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { 'detail-type': ['TaskCreatedEvent'] } } }));
  expect(rules).toHaveLength(1);
  return rules[0];
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

  test('lets the function report on its type, and start the reporter, and do nothing else', () => {
    const [report, start, ...more] = statementsOf(template, FUNCTION_ROLE);
    expect(report).toEqual(mayReport(tasks));
    expect(start).toEqual({
      Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^TaskReporter[0-9a-f]{8}/), 'Arn'] },
    });
    expect(more).toEqual([]);
  });

  test('lets the reporter report on its type, and do nothing else', () => {
    expect(statementsOf(template, 'TaskReporter')).toEqual([mayReport(tasks)]);
  });

  test('gets no event before it may report, and its failures are looked after', () => {
    expect(processorRule(template).DependsOn).toEqual([
      expect.stringMatching(/^ExportPolicy/), expect.stringMatching(/^TaskReporter[0-9a-f]{8}InvokeConfig/),
    ]);
  });

  test('has the failures of the function looked after only once that may start the reporter', () => {
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
  });

  test('has what EventBridge can not deliver go to the TaskManager', () => {
    expect(processorRule(template).Properties.Targets).toEqual([expect.objectContaining({
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['TasksStatusUpdaterUndelivered97786E4C', 'Arn'] } },
    })]);
  });

  test('has the reporter told of what the function fails at for good, and not of what it returns', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: 'Function76856677' },
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: REPORTER_ARN }, OnSuccess: Match.absent() },
    });
  });

  test('has a reporter with a log of its own that is kept for a month, and no variables', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Reports what became of tasks whose processor can not',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 30,
      Environment: Match.absent(),
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('^TaskReporter[0-9a-f]{8}Log') } },
    });
    const logs = Object.entries(template.findResources('AWS::Logs::LogGroup')).filter(([id]) => id.startsWith('TaskReporter'));
    expect(logs.map(([, { Properties }]) => Properties.RetentionInDays)).toEqual([30]);
  });

  test('changes nothing in the function itself', () => {
    const alone = new Stack(new App(), 'Stack');
    aFunction(alone);
    expect(template.findResources('AWS::Lambda::Function').Function76856677)
      .toEqual(Template.fromStack(alone).findResources('AWS::Lambda::Function').Function76856677);
  });
});

describe('props', () => {
  const retryPolicy = (options?: Options, managerProps?: TaskManagerProps) =>
    processorRule(processorOf(aFunction, options, managerProps).template).Properties.Targets[0].RetryPolicy;
  const config = (options?: Options, managerProps?: TaskManagerProps) =>
    invokeConfig(processorOf(aFunction, options, managerProps).template).Properties;

  test.each([[undefined, 2], [0, 0], [1, 1], [2, 2]])('retryAttempts: %s has Lambda try %d times again', (retryAttempts, expected) => {
    expect(config({ retryAttempts })).toMatchObject({ MaximumRetryAttempts: expected });
  });

  test.each([-1, 3, 0.5, NaN])('retryAttempts: %s is refused', (retryAttempts) => {
    expect(() => config({ retryAttempts })).toThrow(`retryAttempts must be a whole number from 0 to 2, got ${retryAttempts}`);
  });

  test.each([[undefined, 185], [0, 0], [185, 185]])('deliveryRetryAttempts: %s has EventBridge try %d times again', (deliveryRetryAttempts, expected) => {
    expect(retryPolicy({ deliveryRetryAttempts })).toMatchObject({ MaximumRetryAttempts: expected });
  });

  test.each([-1, 186, 0.5])('deliveryRetryAttempts: %s is refused', (deliveryRetryAttempts) => {
    expect(() => retryPolicy({ deliveryRetryAttempts })).toThrow(`deliveryRetryAttempts must be a whole number from 0 to 185, got ${deliveryRetryAttempts}`);
  });

  describe.each([
    ['maxEventAge', (...args: Parameters<typeof config>) => config(...args).MaximumEventAgeInSeconds, 21_600, '6 hours'],
    ['deliveryMaxEventAge', (...args: Parameters<typeof config>) => retryPolicy(...args).MaximumEventAgeInSeconds, 86_400, '1 day'],
  ] as const)('%s', (prop, age, most, mostText) => {
    test('is as long as AWS allows by default', () => {
      expect(age()).toBe(most);
    });

    test.each([60, 90, most])('may be %d seconds', (seconds) => {
      expect(age({ [prop]: Duration.seconds(seconds) })).toBe(seconds);
    });

    test.each([
      ['too short', Duration.seconds(59)],
      ['too long', Duration.seconds(most + 1)],
      ['not of whole seconds', Duration.millis(90_500)],
    ])('is refused when it is %s', (_, wrong) => {
      expect(() => age({ [prop]: wrong })).toThrow(`${prop} must be of whole seconds, from 1 minute to ${mostText}, got ${wrong.toHumanString()}`);
    });

    test('is no longer than a task may take, by default', () => {
      expect(age({}, { taskTimeout: Duration.minutes(10) })).toBe(600);
    });

    test('may be as long as a task may take', () => {
      expect(age({ [prop]: Duration.minutes(10) }, { taskTimeout: Duration.minutes(10) })).toBe(600);
    });

    test('is refused when it is longer than a task may take', () => {
      expect(() => age({ [prop]: Duration.seconds(601) }, { taskTimeout: Duration.minutes(10) }))
        .toThrow(`${prop} must be of whole seconds, from 1 minute to 10 minutes, got 10 minutes 1 second`);
    });

    test('is the shortest that AWS allows when a task may take less', () => {
      expect(age({}, { taskTimeout: Duration.seconds(30) })).toBe(60);
    });

    test('can not be chosen when a task may take less than AWS allows', () => {
      expect(() => age({ [prop]: Duration.seconds(61) }, { taskTimeout: Duration.seconds(30) }))
        .toThrow(`${prop} must be of whole seconds, from 1 minute to 1 minute, got 1 minute 1 second`);
    });

    test('is the longest that AWS allows when nobody knows yet how long a task may take', () => {
      expect(age({}, { taskTimeout: Duration.seconds(Lazy.number({ produce: () => 600 })) })).toBe(most);
    });

    test('does not grow with the time that a task may take', () => {
      expect(age({}, { taskTimeout: Duration.days(30) })).toBe(most);
    });
  });

  test('of imported TaskManagers bound the ages too', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...IMPORTED, taskTimeout: Duration.minutes(10) });
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
    expect(invokeConfig(Template.fromStack(stack)).Properties.MaximumEventAgeInSeconds).toBe(600);
  });

  test('may be known at deployment only', () => {
    const seconds = { Ref: 'Seconds' };
    const attempts = { Ref: 'Attempts' };
    const stack = new Stack(new App(), 'Stack');
    const age = Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);
    const count = new CfnParameter(stack, 'Attempts', { type: 'Number' }).valueAsNumber;
    new TaskProcessor(stack, 'Export', {
      taskManager: new TaskManager(stack, 'Tasks'),
      taskType: 'export',
      handler: aFunction(stack),
      maxEventAge: age,
      deliveryMaxEventAge: age,
      retryAttempts: count,
      deliveryRetryAttempts: count,
    });
    const template = Template.fromStack(stack);
    expect(invokeConfig(template).Properties).toMatchObject({ MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: attempts });
    expect(processorRule(template).Properties.Targets[0].RetryPolicy).toEqual({ MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: attempts });
  });

  test.each([[undefined, false], [false, false], [true, true]])('completeOnReturn: %s has the reporter told of what the function returns: %s', (completeOnReturn, told) => {
    const { OnFailure, OnSuccess } = config({ completeOnReturn }).DestinationConfig;
    expect(OnFailure).toBeDefined();
    expect(OnSuccess).toEqual(told ? OnFailure : undefined);
  });

  test.each(['', 'a b', '1st', 'a'.repeat(65)])('taskType: %j is refused', (taskType) => {
    expect(() => processorOf(aFunction, { taskType })).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
  });
});

describe('several processors', () => {
  function processorsOf(...[one, two]: [Options, Options]) {
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

  test.each<[Options, string]>([
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

describe('manager, processor and function in three stacks', () => {
  const app = new App();
  const [managerStack, functionStack, stack] = ['Manager', 'Function', 'Processor'].map((id) => new Stack(app, id));
  const taskManager = new TaskManager(managerStack, 'Tasks');
  const alone = Template.fromStack(managerStackAlone()).toJSON();
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(functionStack) });
  app.synth();
  const template = Template.fromStack(stack);

  function managerStackAlone(): Stack {
    const other = new Stack(new App(), 'Manager');
    new TaskManager(other, 'Tasks');
    return other;
  }

  test('depend on each other in one direction only', () => {
    const dependencies = (of: Stack) => of.dependencies.map(({ stackName }) => stackName).sort();
    expect(dependencies(stack)).toEqual(['Function', 'Manager']);
    expect(dependencies(managerStack)).toEqual([]);
    expect(dependencies(functionStack)).toEqual([]);
  });

  test('have all that is the processor\'s in the processor\'s stack', () => {
    const counts = ['Lambda::Permission', 'Lambda::EventInvokeConfig', 'Lambda::Function', 'Events::Rule', 'IAM::Policy', 'Logs::LogGroup']
      .map((type) => [type, Object.keys(template.findResources(`AWS::${type}`)).length]);
    expect(Object.fromEntries(counts)).toEqual({
      'Lambda::Permission': 1, 'Lambda::EventInvokeConfig': 1, 'Lambda::Function': 1, 'Events::Rule': 1, 'IAM::Policy': 2, 'Logs::LogGroup': 1,
    });
  });

  test('add no resource to the manager\'s stack, and none to the function\'s', () => {
    expect(Template.fromStack(managerStack).toJSON().Resources).toEqual(alone.Resources);
    expect(Object.values<{ Type: string }>(Template.fromStack(functionStack).toJSON().Resources).map(({ Type }) => Type).sort())
      .toEqual(['AWS::IAM::Role', 'AWS::Lambda::Function']);
  });

  test('name the manager\'s queue of undelivered events by its ARN', () => {
    const [{ DeadLetterConfig }] = processorRule(template).Properties.Targets;
    expect(DeadLetterConfig).toEqual({ Arn: { 'Fn::ImportValue': expect.stringMatching('Undelivered') } });
    template.resourceCountIs('AWS::SQS::QueuePolicy', 0);
  });

  test('keep the order: policy, configuration, rule', () => {
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
    expect(processorRule(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/), expect.stringMatching(/InvokeConfig/)]);
  });
});

test.each([undefined, { account: '111111111111', region: 'us-east-1' }])('a processor gives rise to no warning in environment %j', (env) => {
  const stack = new Stack(new App(), 'Stack', { env });
  const taskManager = new TaskManager(stack, 'Tasks');
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('an imported TaskManager is served like one of the app', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', IMPORTED);
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: 'bus', Targets: [Match.objectLike({ DeadLetterConfig: { Arn: IMPORTED.undeliveredQueueArn } })],
  });
  for (const role of [FUNCTION_ROLE, 'TaskReporter']) {
    expect(statementsOf(template, role)[0]).toMatchObject({ Action: 'events:PutEvents', Resource: IMPORTED.eventBusArn });
  }
  expect(invokeConfigs(template)).toHaveLength(1);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

function importedFunction(stack: Stack): lambda.IFunction {
  return lambda.Function.fromFunctionAttributes(stack, 'Function', {
    functionArn: FUNCTION_ARN, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
  });
}

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

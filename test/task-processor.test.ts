import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aFunction, statementsOf } from './support/constructs';
import { FUNCTION_ROLE, invokeConfig, invokeConfigs, mayReport, processorOf, ProcessorOptions, processorRule, REPORTER_ARN } from './support/processors';

const IMPORTED = {
  eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
  eventSource: 'task-manager.Other.Tasks-12345678',
  undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
};

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
  const retryPolicy = (options?: ProcessorOptions, managerProps?: TaskManagerProps) =>
    processorRule(processorOf(aFunction, options, managerProps).template).Properties.Targets[0].RetryPolicy;
  const config = (options?: ProcessorOptions, managerProps?: TaskManagerProps) =>
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

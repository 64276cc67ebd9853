import { App, CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aFunction, statementsOf } from './support/constructs';
import {
  FUNCTION_ROLE, invokeConfig, invokeConfigs, mayReport, processorOf, ProcessorOptions, processorRule, REPORTER_ARN, STATUS_READER,
} from './support/processors';

const IMPORTED = {
  eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
  eventSource: 'task-manager.Other.Tasks-12345678',
  undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  statusReaderArn: 'arn:aws:lambda:us-east-1:111111111111:function:status-reader',
};

describe('a processor', () => {
  const { tasks, template } = processorOf(aFunction);

  test('delivers tasks of its type to the function', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'TasksEventBusD7D69F14' },
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['export'] } },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': ['Function76856677', 'Arn'] } })],
    });
  });

  test('allows only the rule to invoke the function', () => {
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: { 'Fn::GetAtt': ['Function76856677', 'Arn'] },
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ExportRule'), 'Arn'] },
    });
  });

  test('allows the function to report on its type, and to invoke the reporter and the status reader, and nothing else', () => {
    const [report, invoke, ...more] = statementsOf(template, FUNCTION_ROLE);
    expect(report).toEqual(mayReport(tasks));
    expect(invoke).toEqual({
      Action: 'lambda:InvokeFunction',
      Effect: 'Allow',
      Resource: [{ 'Fn::GetAtt': [expect.stringMatching(/^TaskReporter[0-9a-f]{8}/), 'Arn'] }, { 'Fn::GetAtt': [STATUS_READER, 'Arn'] }],
    });
    expect(more).toEqual([]);
  });

  test('allows the reporter to report on its type, and nothing else', () => {
    expect(statementsOf(template, 'TaskReporter')).toEqual([mayReport(tasks)]);
  });

  test('gets no event before the function can report and its failures are reported', () => {
    expect(processorRule(template).DependsOn).toEqual([
      expect.stringMatching(/^ExportPolicy/), expect.stringMatching(/^TaskReporter[0-9a-f]{8}InvokeConfig/),
    ]);
  });

  test('configures the function after it can invoke the reporter', () => {
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
  });

  test('sends events that EventBridge can\'t deliver to the undelivered queue of the TaskManager', () => {
    expect(processorRule(template).Properties.Targets).toEqual([expect.objectContaining({
      DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['TasksStatusUpdaterUndelivered97786E4C', 'Arn'] } },
    })]);
  });

  test('sends failures of the function to the reporter, but not its results', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: 'Function76856677' },
      Qualifier: '$LATEST',
      DestinationConfig: { OnFailure: { Destination: REPORTER_ARN }, OnSuccess: Match.absent() },
    });
  });

  test('has a reporter with its own log group that keeps logs for a month, and without environment variables', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Reports how the function of a task processor ended',
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

  test.each([[undefined, 2], [0, 0], [1, 1], [2, 2]])('retryAttempts: %s makes Lambda retry %d times', (retryAttempts, expected) => {
    expect(config({ retryAttempts })).toMatchObject({ MaximumRetryAttempts: expected });
  });

  test.each([-1, 3, 0.5, NaN])('retryAttempts: %s is refused', (retryAttempts) => {
    expect(() => config({ retryAttempts })).toThrow(`retryAttempts must be a whole number from 0 to 2, got ${retryAttempts}`);
  });

  test.each([[undefined, 185], [0, 0], [185, 185]])('deliveryRetryAttempts: %s makes EventBridge retry %d times', (deliveryRetryAttempts, expected) => {
    expect(retryPolicy({ deliveryRetryAttempts })).toMatchObject({ MaximumRetryAttempts: expected });
  });

  test.each([-1, 186, 0.5])('deliveryRetryAttempts: %s is refused', (deliveryRetryAttempts) => {
    expect(() => retryPolicy({ deliveryRetryAttempts })).toThrow(`deliveryRetryAttempts must be a whole number from 0 to 185, got ${deliveryRetryAttempts}`);
  });

  describe.each([
    ['maxEventAge', (...args: Parameters<typeof config>) => config(...args).MaximumEventAgeInSeconds, 21_600, '6 hours'],
    ['deliveryMaxEventAge', (...args: Parameters<typeof config>) => retryPolicy(...args).MaximumEventAgeInSeconds, 86_400, '1 day'],
  ] as const)('%s', (prop, age, most, mostText) => {
    test('is the maximum of the service by default', () => {
      expect(age()).toBe(most);
    });

    test.each([60, 90, most])('can be %d seconds', (seconds) => {
      expect(age({ [prop]: Duration.seconds(seconds) })).toBe(seconds);
    });

    test.each([
      ['too short', Duration.seconds(59)],
      ['too long', Duration.seconds(most + 1)],
      ['not in whole seconds', Duration.millis(90_500)],
    ])('is refused if it is %s', (_, wrong) => {
      expect(() => age({ [prop]: wrong })).toThrow(`${prop} must be from 1 minute to ${mostText}, in whole seconds, got ${wrong.toHumanString()}`);
    });

    test('is the taskTimeout by default if that is shorter', () => {
      expect(age({}, { taskTimeout: Duration.minutes(10) })).toBe(600);
    });

    test('can be the taskTimeout', () => {
      expect(age({ [prop]: Duration.minutes(10) }, { taskTimeout: Duration.minutes(10) })).toBe(600);
    });

    test('is refused if it is longer than the taskTimeout', () => {
      expect(() => age({ [prop]: Duration.seconds(601) }, { taskTimeout: Duration.minutes(10) }))
        .toThrow(`${prop} must be from 1 minute to 10 minutes, in whole seconds, got 10 minutes 1 second`);
    });

    test('is the minimum of the service if the taskTimeout is shorter', () => {
      expect(age({}, { taskTimeout: Duration.seconds(30) })).toBe(60);
    });

    test('must be the minimum of the service if the taskTimeout is shorter', () => {
      expect(() => age({ [prop]: Duration.seconds(61) }, { taskTimeout: Duration.seconds(30) }))
        .toThrow(`${prop} must be from 1 minute to 1 minute, in whole seconds, got 1 minute 1 second`);
    });

    test('is the maximum of the service if the taskTimeout is a Token', () => {
      expect(age({}, { taskTimeout: Duration.seconds(Lazy.number({ produce: () => 600 })) })).toBe(most);
    });

    test('is the maximum of the service if the taskTimeout is longer', () => {
      expect(age({}, { taskTimeout: Duration.days(30) })).toBe(most);
    });
  });

  test('maxEventAge is limited by the taskTimeout of an imported TaskManager, too', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...IMPORTED, taskTimeout: Duration.minutes(10) });
    new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
    expect(invokeConfig(Template.fromStack(stack)).Properties.MaximumEventAgeInSeconds).toBe(600);
  });

  test('can be Tokens', () => {
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
    expect(processorRule(template).Properties.Targets[0].RetryPolicy)
      .toEqual({ MaximumEventAgeInSeconds: seconds, MaximumRetryAttempts: attempts });
  });

  test.each([[undefined, false], [false, false], [true, true]])('completeOnReturn: %s sends results of the function to the reporter: %s', (completeOnReturn, isSent) => {
    const { OnFailure, OnSuccess } = config({ completeOnReturn }).DestinationConfig;
    expect(OnFailure).toBeDefined();
    expect(OnSuccess).toEqual(isSent ? OnFailure : undefined);
  });

  test.each(['', 'a b', '1st', 'a'.repeat(65)])('taskType: %j is refused', (taskType) => {
    expect(() => processorOf(aFunction, { taskType })).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
  });
});

describe('a TaskManager, a processor and a function in three stacks', () => {
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

  test('have all resources of the processor in the processor\'s stack', () => {
    const counts = ['Lambda::Permission', 'Lambda::EventInvokeConfig', 'Lambda::Function', 'Events::Rule', 'IAM::Policy', 'Logs::LogGroup']
      .map((type) => [type, Object.keys(template.findResources(`AWS::${type}`)).length]);
    expect(Object.fromEntries(counts)).toEqual({
      'Lambda::Permission': 1, 'Lambda::EventInvokeConfig': 1, 'Lambda::Function': 1, 'Events::Rule': 1, 'IAM::Policy': 2, 'Logs::LogGroup': 1,
    });
  });

  test('have no additional resources in the other two stacks', () => {
    expect(Template.fromStack(managerStack).toJSON().Resources).toEqual(alone.Resources);
    expect(Object.values<{ Type: string }>(Template.fromStack(functionStack).toJSON().Resources).map(({ Type }) => Type).sort())
      .toEqual(['AWS::IAM::Role', 'AWS::Lambda::Function']);
  });

  test('use the undelivered queue by its ARN, without a policy', () => {
    const [{ DeadLetterConfig }] = processorRule(template).Properties.Targets;
    expect(DeadLetterConfig).toEqual({ Arn: { 'Fn::ImportValue': expect.stringMatching('Undelivered') } });
    template.resourceCountIs('AWS::SQS::QueuePolicy', 0);
  });

  test('are deployed in the order policy, configuration, rule', () => {
    expect(invokeConfig(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
    expect(processorRule(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/), expect.stringMatching(/InvokeConfig/)]);
  });
});

test('a TaskManager, its bus, a processor and a function in four stacks depend on each other in one direction only', () => {
  const app = new App();
  const [busStack, managerStack, functionStack, stack] = ['Bus', 'Manager', 'Function', 'Processor'].map((id) => new Stack(app, id));
  const taskManager = new TaskManager(managerStack, 'Tasks', { eventBus: new events.EventBus(busStack, 'Bus') });
  const handler = aFunction(functionStack);
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler });
  app.synth();
  expect([busStack, managerStack, functionStack, stack].map(({ dependencies }) => dependencies.map(({ stackName }) => stackName).sort()))
    .toEqual([[], ['Bus'], [], ['Bus', 'Function', 'Manager']]);
});

test.each([undefined, { account: '111111111111', region: 'us-east-1' }])('a processor causes no warnings in environment %j', (env) => {
  const stack = new Stack(new App(), 'Stack', { env });
  const taskManager = new TaskManager(stack, 'Tasks');
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

test('a processor works with an imported TaskManager, too', () => {
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
  expect(statementsOf(template, FUNCTION_ROLE)[1]).toMatchObject({
    Action: 'lambda:InvokeFunction', Resource: [expect.anything(), IMPORTED.statusReaderArn],
  });
  expect(invokeConfigs(template)).toHaveLength(1);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

describe('a processor of a TaskManager that is imported without its status reader', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...IMPORTED, statusReaderArn: undefined });
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  const template = Template.fromStack(stack);

  test('can invoke the reporter only', () => {
    expect(statementsOf(template, FUNCTION_ROLE).filter(({ Action }) => Action === 'lambda:InvokeFunction').map(({ Resource }) => Resource))
      .toEqual([{ 'Fn::GetAtt': [expect.stringMatching(/^TaskReporter[0-9a-f]{8}/), 'Arn'] }]);
  });

  test('gets no event before the function can report and its failures are reported', () => {
    expect(processorRule(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/), expect.stringMatching(/InvokeConfig/)]);
  });

  test('causes a warning that says what to pass', () => {
    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual([['/Stack/Export',
      "work on a cancelled task can't be stopped while it runs, because the TaskManager Stack/Tasks is imported without its statusReader: "
      + 'pass statusReaderArn to fromTaskManagerAttributes() [ack: cdk-task-manager:noStatusReader]']]);
  });
});

/** Processors with `maxConcurrency`. */
import { App, Duration, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskManager, TaskProcessor } from '../src';
import { aFunction, statementsOf } from './support/constructs';
import {
  FUNCTION_ROLE, importedFunction, invokeConfigs, mayReport, processorOf, ProcessorOptions, processorRule, STATUS_READER,
} from './support/processors';

const queueOf = (template: Template) => Object.entries(template.findResources('AWS::SQS::Queue')).find(([id]) => /^ExportQueue(?!Failures)/.test(id))!;
const failuresOf = (template: Template) => Object.entries(template.findResources('AWS::SQS::Queue')).find(([id]) => /^ExportQueueFailures/.test(id))!;
const mappingOf = (template: Template) =>
  Object.entries(template.findResources('AWS::Lambda::EventSourceMapping')).find(([id]) => /^ExportQueueMapping/.test(id))![1];

describe('a processor with maxConcurrency', () => {
  const { tasks, template } = processorOf(aFunction, { maxConcurrency: 5 });
  const [queueId, queue] = queueOf(template);
  const [failuresId, failures] = failuresOf(template);

  test('delivers tasks of its type to a queue, or to the undelivered queue of the TaskManager', () => {
    expect(processorRule(template).Properties).toMatchObject({
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['export'] } },
      Targets: [{
        Arn: { 'Fn::GetAtt': [queueId, 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['TasksStatusUpdaterUndelivered97786E4C', 'Arn'] } },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      }],
    });
  });

  test('passes the events one by one to the function, five at the same time', () => {
    expect(mappingOf(template).Properties).toEqual({
      BatchSize: 1,
      EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
      FunctionName: { Ref: 'Function76856677' },
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  test('hides a message for the timeout of the function and a minute, three times, and keeps it for the taskTimeout', () => {
    expect(queue.Properties).toMatchObject({
      VisibilityTimeout: 90,
      MessageRetentionPeriod: 86_400,
      MaximumMessageSize: 1_048_576,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [failuresId, 'Arn'] }, maxReceiveCount: 3 },
    });
    expect(failures.Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600, MaximumMessageSize: 1_048_576 });
  });

  test('lets only its rule send to the queue, and only over TLS', () => {
    const [policy] = Object.values(template.findResources('AWS::SQS::QueuePolicy', { Properties: { Queues: [{ Ref: queueId }] } }));
    const [ruleId] = Object.keys(template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { 'detail-type': ['TaskCreatedEvent'] } } }));
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow', Action: expect.arrayContaining(['sqs:SendMessage']), Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [ruleId, 'Arn'] } } },
      }),
    ]);
  });

  test('allows the function to report on its type, to read the queue and to ask the status reader, and nothing else', () => {
    expect(statementsOf(template, FUNCTION_ROLE)).toEqual([mayReport(tasks), {
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], Effect: 'Allow', Resource: { 'Fn::GetAtt': [queueId, 'Arn'] },
    }, { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [STATUS_READER, 'Arn'] } }]);
  });

  test('connects the queue and the rule after that', () => {
    expect(mappingOf(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
    expect(processorRule(template).DependsOn).toEqual([expect.stringMatching(/^ExportPolicy/)]);
  });

  test('fails the tasks of messages that failed in each attempt', () => {
    const [mapping] = Object.values(template.findResources('AWS::Lambda::EventSourceMapping', {
      Properties: { EventSourceArn: { 'Fn::GetAtt': [failuresId, 'Arn'] } },
    }));
    expect(mapping.Properties).toMatchObject({ FunctionName: { Ref: expect.stringMatching(/^ExportReporter/) }, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Reports how the function of a task processor ended', Environment: { Variables: { ATTEMPTS: '3' } },
    });
    expect(statementsOf(template, 'ExportReporter')).toContainEqual(mayReport(tasks));
  });

  test('does not configure or change the function', () => {
    expect(invokeConfigs(template)).toEqual([]);
    const alone = new Stack(new App(), 'Stack');
    aFunction(alone);
    expect(template.toJSON().Resources.Function76856677).toEqual(Template.fromStack(alone).toJSON().Resources.Function76856677);
    expect(Object.values(template.findResources('AWS::Lambda::Permission')).filter(({ Properties }) => Properties.FunctionName['Fn::GetAtt']?.[0] === 'Function76856677')).toEqual([]);
  });

  test('exposes its queues and its reporter', () => {
    const stack = new Stack(new App(), 'Stack');
    const taskManager = new TaskManager(stack, 'Tasks');
    const processor = new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack), maxConcurrency: 2 });
    expect(processor.queue).toBeInstanceOf(sqs.Queue);
    expect(processor.queue!.deadLetterQueue!.queue).toBe(processor.deadLetterQueue);
    expect(processor.reporter).toBeInstanceOf(lambda.Function);
    const direct = new TaskProcessor(stack, 'Report', { taskManager, taskType: 'report', handler: aFunction(stack, 'Other') });
    expect([direct.queue, direct.deadLetterQueue]).toEqual([undefined, undefined]);
  });
});

describe('props', () => {
  const templateWith = (options: ProcessorOptions, handler: (stack: Stack) => lambda.IFunction = aFunction, taskTimeout?: Duration) =>
    processorOf(handler, { maxConcurrency: 5, ...options }, { taskTimeout }).template;

  test.each([1, 1001, 2.5, NaN])('maxConcurrency: %s is refused', (maxConcurrency) => {
    expect(() => templateWith({ maxConcurrency })).toThrow(`maxConcurrency must be a whole number from 2 to 1000, got ${maxConcurrency}`);
  });

  test.each([[0, 1], [1, 2], [2, 3]])('retryAttempts: %d delivers a message %d times', (retryAttempts, maxReceiveCount) => {
    expect(queueOf(templateWith({ retryAttempts }))[1].Properties.RedrivePolicy.maxReceiveCount).toBe(maxReceiveCount);
  });

  test.each([[Duration.seconds(5), 60], [Duration.hours(2), 7200], [Duration.days(30), 1_209_600]])('taskTimeout %s keeps a message for %d seconds', (taskTimeout, seconds) => {
    expect(queueOf(templateWith({}, aFunction, taskTimeout))[1].Properties.MessageRetentionPeriod).toBe(seconds);
  });

  test('a taskTimeout that is a Token keeps a message for 14 days', () => {
    const taskTimeout = Duration.seconds(Token.asNumber({ Ref: 'Seconds' }));
    expect(queueOf(templateWith({}, aFunction, taskTimeout))[1].Properties.MessageRetentionPeriod).toBe(1_209_600);
  });

  test('visibilityTimeout replaces the default', () => {
    expect(queueOf(templateWith({ visibilityTimeout: Duration.minutes(20) }))[1].Properties.VisibilityTimeout).toBe(1200);
  });

  test.each<[string, (stack: Stack) => lambda.IFunction, number]>([
    ['a function without a timeout', (stack) => aFunction(stack, 'Function', { timeout: undefined }), 63],
    ['an alias', (stack) => aFunction(stack).addAlias('live'), 90],
    ['a version', (stack) => aFunction(stack).currentVersion, 90],
  ])('visibilityTimeout follows the timeout of %s', (_, handler, seconds) => {
    expect(queueOf(templateWith({}, handler))[1].Properties.VisibilityTimeout).toBe(seconds);
  });

  test('visibilityTimeout is required for an imported function', () => {
    expect(() => templateWith({}, importedFunction)).toThrow('visibilityTimeout is required with maxConcurrency, because the timeout of handler Stack/Function is not known');
    expect(queueOf(templateWith({ visibilityTimeout: Duration.minutes(2) }, importedFunction))[1].Properties.VisibilityTimeout).toBe(120);
  });

  test.each<[ProcessorOptions, string]>([
    [{ visibilityTimeout: Duration.seconds(29) }, 'visibilityTimeout must be at least the timeout of handler Stack/Function, 30 seconds, got 29 seconds'],
    [{ visibilityTimeout: Duration.hours(13) }, 'visibilityTimeout must be from 1 second to 12 hours'],
    [{ completeOnReturn: true }, 'completeOnReturn must not be set with maxConcurrency, because Lambda drops what a function returns to a queue'],
    [{ maxEventAge: Duration.hours(1) }, 'maxEventAge must not be set with maxConcurrency, because events wait in a queue'],
    [{ maxConcurrency: undefined, visibilityTimeout: Duration.minutes(5) }, 'visibilityTimeout must be with maxConcurrency'],
  ])('%j is refused', (options, message) => {
    expect(() => templateWith(options)).toThrow(message);
  });

  test('maxConcurrency above the reserved concurrency of the function is refused', () => {
    const limited = (reservedConcurrentExecutions: number) => (stack: Stack) => aFunction(stack, 'Function', { reservedConcurrentExecutions });
    expect(() => templateWith({}, limited(4))).toThrow(new Error('maxConcurrency must be at most the reserved concurrency of handler '
      + 'Stack/Function, 4, got 5: Lambda would refuse the other tasks until their attempts are used up'));
    expect(() => templateWith({}, (stack) => limited(4)(stack).addAlias('live'))).toThrow('maxConcurrency must be at most the reserved concurrency');
    for (const reserved of [5, Token.asNumber({ Ref: 'Reserved' })]) expect(() => templateWith({}, limited(reserved))).not.toThrow();
  });

  test('maxConcurrency can be a Token', () => {
    expect(mappingOf(templateWith({ maxConcurrency: Token.asNumber({ Ref: 'Workers' }) })).Properties.ScalingConfig).toEqual({ MaximumConcurrency: { Ref: 'Workers' } });
  });
});

describe('several processors', () => {
  const add = (stack: Stack, id: string, props: ProcessorOptions & { handler: lambda.IFunction; taskManager: TaskManager }) =>
    new TaskProcessor(stack, id, { taskType: id.toLowerCase(), ...props });

  test('with the same function can have their own queues and no queue', () => {
    const stack = new Stack(new App(), 'Stack');
    const common = { taskManager: new TaskManager(stack, 'Tasks'), handler: aFunction(stack) };
    add(stack, 'Export', { ...common, maxConcurrency: 5 });
    add(stack, 'Report', { ...common, maxConcurrency: 2, retryAttempts: 0 });
    add(stack, 'Import', { ...common, completeOnReturn: true });
    const template = Template.fromStack(stack);
    expect(statementsOf(template, FUNCTION_ROLE).map(({ Action }) => Action)).toEqual([
      'events:PutEvents', ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], 'lambda:InvokeFunction',
    ]);
    expect(invokeConfigs(template)).toHaveLength(1);
  });

  test.each([[5, 5], [5, undefined], [undefined, 5]])('with the same function and tasks are refused: maxConcurrency %s and %s', (one, other) => {
    const stack = new Stack(new App(), 'Stack');
    const common = { taskManager: new TaskManager(stack, 'Tasks'), handler: aFunction(stack), taskType: 'export' };
    add(stack, 'One', { ...common, maxConcurrency: one });
    expect(() => add(stack, 'Two', { ...common, maxConcurrency: other })).toThrow('handler Stack/Function must process the tasks of a type once');
  });
});

test('a TaskManager, a processor with maxConcurrency and a function can be in three stacks', () => {
  const app = new App();
  const [managers, processors, functions] = ['Managers', 'Processors', 'Functions'].map((id) => new Stack(app, id));
  const taskManager = new TaskManager(managers, 'Tasks');
  new TaskProcessor(processors, 'Export', { taskManager, taskType: 'export', handler: aFunction(functions), maxConcurrency: 5 });
  app.synth();
  expect(managers.dependencies).toEqual([]);
  expect(functions.dependencies).toEqual([]);
  expect(processors.dependencies).toEqual(expect.arrayContaining([managers, functions]));
  Template.fromStack(functions).resourceCountIs('AWS::IAM::Policy', 0);
  Template.fromStack(processors).hasResourceProperties('AWS::Lambda::EventSourceMapping', { BatchSize: 1, ScalingConfig: Match.anyValue() });
});

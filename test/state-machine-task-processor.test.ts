import { App, CfnParameter, Lazy, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { StateMachineTaskProcessor, StateMachineTaskProcessorProps, TaskManager, TaskManagerProps, TaskProcessor, TaskResults } from '../src';
import { aFunction, aTaskManager, joined, statementsOf } from './support/constructs';
import { mayReport } from './support/processors';
import { aStateMachine, aStateMachineProcessor, definitionOf } from './support/wrapper';

const IMPORTED = {
  eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
  eventSource: 'task-manager.Other.Tasks-12345678',
  undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  statusReaderArn: 'arn:aws:lambda:us-east-1:111111111111:function:status-reader',
};
const ENV = { account: '111111111111', region: 'us-east-1' };
const MACHINE_ARN = 'arn:aws:states:us-east-1:111111111111:stateMachine:Machine';

const idOf = (start: string) => expect.stringMatching(new RegExp(`^${start}[0-9A-F]{8}$`));
const arnOf = (start: string) => ({ 'Fn::GetAtt': [idOf(start), 'Arn'] });

/** Returns the only resource of a type whose logical id has this start, and a hash. */
function resourceOf(template: Template, type: string, start: string): any {
  const found = Object.entries(template.findResources(type)).filter(([id]) => new RegExp(`^${start}[0-9A-F]{8}$`).test(id));
  expect(found).toHaveLength(1);
  return found[0][1];
}

/** Returns an ARN of Step Functions in the stack, with the name of a state machine of the stack. */
function shownArn(value: any): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Select']) return `{name of ${value['Fn::Select'][1]['Fn::Split'][1].Ref.replace(/[0-9A-F]{8}$/, '')}}`;
  if (value.Ref) return `{${value.Ref.replace(/[0-9A-F]{8}$/, '')}}`;
  return value['Fn::Join'][1].map(shownArn).join('').replace('arn:{AWS::Partition}:', '').replace('{AWS::Region}:{AWS::AccountId}', 'here');
}

const statementsIn = (template: Template, role: string) => statementsOf(template, role)
  .map(({ Action, Resource }) => [[Action].flat().join(' '), typeof Resource === 'object' && 'Fn::GetAtt' in Resource! ? 'other' : shownArn(Resource)]);

/** Returns a processor of an imported state machine. */
function processorOf(
  stateMachine: (stack: Stack) => sfn.IStateMachine, props: Partial<StateMachineTaskProcessorProps> = {}, ofManager?: TaskManagerProps,
) {
  const { stack, tasks } = aTaskManager(ofManager, ENV);
  const processor = new StateMachineTaskProcessor(stack, 'Video', { taskManager: tasks, taskType: 'video', stateMachine: stateMachine(stack), ...props });
  return { stack, tasks, processor };
}

describe('a processor', () => {
  const { stack, tasks, processor } = aStateMachineProcessor();
  const template = Template.fromStack(stack);

  test('delivers tasks of its type to its queue, and tasks that can\'t be delivered to the undelivered queue of the TaskManager', () => {
    expect(resourceOf(template, 'AWS::Events::Rule', 'VideoWorkStartRule').Properties).toMatchObject({
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': ['TaskCreatedEvent'], 'detail': { type: ['video'] } },
      Targets: [{ Arn: arnOf('VideoWorkStartQueue'), DeadLetterConfig: { Arn: arnOf('TasksStatusUpdaterUndelivered') } }],
    });
  });

  test('starts ten tasks at the same time, one in each invocation of the starter, which says what failed', () => {
    expect(resourceOf(template, 'AWS::Lambda::EventSourceMapping', 'VideoWorkStartQueueMapping').Properties).toEqual({
      EventSourceArn: arnOf('VideoWorkStartQueue'),
      FunctionName: { Ref: idOf('VideoWorkStarter') },
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 10 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('has the reporter fail tasks that the starter could not start in three attempts', () => {
    expect(resourceOf(template, 'AWS::SQS::Queue', 'VideoWorkStartQueue').Properties)
      .toMatchObject({ RedrivePolicy: { deadLetterTargetArn: arnOf('VideoWorkStartQueueFailures'), maxReceiveCount: 3 } });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^VideoWorkStartQueueFailures'), 'Arn'] },
      FunctionName: { Ref: Match.stringLikeRegexp('^VideoWorkStartReporter') },
    });
  });

  test('delivers each end of a task of its type to the queue of the stopper, and what can\'t be delivered to its dead-letter queue', () => {
    expect(resourceOf(template, 'AWS::Events::Rule', 'VideoWorkStopRule').Properties).toEqual({
      Description: 'Stops the work of tasks of type video that have ended',
      EventBusName: { Ref: idOf('TasksEventBus') },
      EventPattern: {
        'source': [tasks.eventSource],
        'detail-type': ['TaskSuccessfulEvent', 'TaskFailedEvent', 'TaskCancelledEvent'],
        'detail': { type: ['video'] },
      },
      State: 'ENABLED',
      Targets: [{ Id: 'Target0', Arn: arnOf('VideoWorkStops'), DeadLetterConfig: { Arn: arnOf('VideoWorkStopsFailures') } }],
    });
  });

  test('delivers each wrapper that did not succeed to the queue of the starter', () => {
    const { EventBusName, EventPattern, Targets } = resourceOf(template, 'AWS::Events::Rule', 'VideoWorkWrapperFailures').Properties;
    expect(EventBusName).toBeUndefined();
    expect(EventPattern).toEqual({
      'source': ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      'detail': { stateMachineArn: [{ Ref: idOf('VideoWorkWrapper') }], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
    });
    expect(Targets).toEqual([{ Id: 'Target0', Arn: arnOf('VideoWorkStartQueue') }]);
  });

  test('stops one task in each invocation of the stopper, which says what failed, in ten attempts', () => {
    expect(Object.values(template.findResources('AWS::Lambda::EventSourceMapping', {
      Properties: { FunctionName: { Ref: Match.stringLikeRegexp('^VideoWorkStopper') } },
    })).map(({ Properties }) => Properties)).toEqual([{
      EventSourceArn: arnOf('VideoWorkStops'),
      FunctionName: { Ref: idOf('VideoWorkStopper') },
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 10 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    }]);
    expect(resourceOf(template, 'AWS::SQS::Queue', 'VideoWorkStops').Properties).toMatchObject({
      RedrivePolicy: { deadLetterTargetArn: arnOf('VideoWorkStopsFailures'), maxReceiveCount: 10 }, VisibilityTimeout: 60, MessageRetentionPeriod: 604_800,
    });
    expect(resourceOf(template, 'AWS::SQS::Queue', 'VideoWorkStopsFailures').Properties).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
  });

  test.each(['VideoWorkStops', 'VideoWorkStopsFailures'])('lets only the stop rule send to the queue %s, over TLS', (id) => {
    const [tls, send, ...more] = resourceOf(template, 'AWS::SQS::QueuePolicy', `${id}Policy`).Properties.PolicyDocument.Statement;
    expect(tls).toMatchObject({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    expect(send).toMatchObject({
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': arnOf('VideoWorkStopRule') } },
    });
    expect(more).toEqual([]);
  });

  test.each(['Starter', 'Stopper'])('tells the %s which state machines to use, and nothing else', (id) => {
    expect(resourceOf(template, 'AWS::Lambda::Function', `VideoWork${id}`).Properties).toMatchObject({
      Environment: { Variables: { WRAPPER_ARN: { Ref: idOf('VideoWorkWrapper') }, WORK_STATE_MACHINE_ARN: { Ref: idOf('Machine') } } },
      Timeout: 30,
      MemorySize: 256,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    });
  });

  test('allows the wrapper to run and to stop only that state machine, and to report only on its type', () => {
    expect(statementsIn(template, 'VideoWorkWrapperRole')).toEqual([
      ['states:StartExecution', 'states:here:stateMachine:{name of Machine}'],
      ['states:DescribeExecution states:StopExecution', 'states:here:execution:{name of Machine}:*'],
      ['events:PutTargets events:PutRule events:DescribeRule', 'events:here:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule'],
      ['events:PutEvents', 'other'],
    ]);
    expect(statementsOf(template, 'VideoWorkWrapperRole').at(-1)).toEqual(mayReport(tasks, 'video'));
  });

  const TO_STOP = [
    ['states:DescribeExecution states:StopExecution', 'states:here:execution:{name of VideoWorkWrapper}:*'],
    ['states:DescribeExecution states:StopExecution', 'states:here:execution:{name of Machine}:*'],
  ];

  test('allows the starter to start the wrapper, to report, to ask and to stop, and nothing else', () => {
    expect(statementsIn(template, 'VideoWorkStarterRole')).toEqual([
      ...TO_STOP,
      ['states:StartExecution', '{VideoWorkWrapper}'],
      ['events:PutEvents', 'other'],
      ['sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes', 'other'],
      ['lambda:InvokeFunction', 'other'],
    ]);
    expect(statementsOf(template, 'VideoWorkStarterRole')).toContainEqual(mayReport(tasks, 'video'));
  });

  test('allows the stopper to stop, and nothing else', () => {
    expect(statementsIn(template, 'VideoWorkStopperRole')).toEqual([
      ...TO_STOP, ['sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:GetQueueUrl sqs:DeleteMessage sqs:GetQueueAttributes', 'other'],
    ]);
  });

  test('allows the state machine to report on its type, and nothing else', () => {
    expect(statementsOf(template, 'MachineRole')).toEqual([mayReport(tasks, 'video')]);
  });

  test('gets no event before its work can be run, reported and stopped', () => {
    expect(resourceOf(template, 'AWS::Events::Rule', 'VideoWorkStartRule').DependsOn).toEqual([
      idOf('VideoWorkPolicy'),
      idOf('VideoWorkStartPolicy'),
      idOf('VideoWorkStopper'),
      expect.stringMatching(/^VideoWorkStopperSqsEventSource/),
      idOf('VideoWorkStopRule'),
      idOf('VideoWorkStopsPolicy'),
      idOf('VideoWorkStops'),
      idOf('VideoWorkStopsFailuresPolicy'),
      idOf('VideoWorkStopsFailures'),
      idOf('VideoWorkWrapper'),
      idOf('VideoWorkWrapperRoleDefaultPolicy'),
      idOf('VideoWorkWrapperRole'),
    ]);
  });

  test('makes a Standard state machine without logs and tracing, which the app can set', () => {
    const { Properties } = resourceOf(template, 'AWS::StepFunctions::StateMachine', 'VideoWorkWrapper');
    expect(Object.keys(Properties).sort()).toEqual(['DefinitionString', 'RoleArn']);
  });

  test('exposes what it is made of', () => {
    const { rule, queue, deadLetterQueue, starter, reporter, wrapper, stopRule, stopper, stopQueue, stopDeadLetterQueue } = processor;
    const exposed = { rule, queue, deadLetterQueue, starter, reporter, wrapper, stopRule, stopper, stopQueue, stopDeadLetterQueue };
    expect(Object.fromEntries(Object.entries(exposed).map(([name, { node }]) => [name, node.path.replace('Stack/Video/Work/', '')]))).toEqual({
      rule: 'Start/Rule',
      queue: 'Start/Queue',
      deadLetterQueue: 'Start/QueueFailures',
      starter: 'Starter',
      reporter: 'Start/Reporter',
      wrapper: 'Wrapper',
      stopRule: 'StopRule',
      stopper: 'Stopper',
      stopQueue: 'Stops',
      stopDeadLetterQueue: 'StopsFailures',
    });
  });

  test('has no warnings', () => {
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:'))).toEqual([]);
  });
});

describe('with a result bucket', () => {
  const template = Template.fromStack(aStateMachineProcessor({ resultBucket: TaskResults.bucket() }).stack);

  test('the functions know the bucket', () => {
    expect(resourceOf(template, 'AWS::Lambda::Function', 'VideoWorkStarter').Properties.Environment.Variables).toMatchObject({
      RESULT_BUCKET_NAME: { Ref: idOf('TasksResults') }, RESULT_BUCKET_DOMAIN_NAME: { 'Fn::GetAtt': [idOf('TasksResults'), 'RegionalDomainName'] },
    });
  });

  test('the state machine may put results of its type, and read payloads of its type', () => {
    const [, ...others] = statementsOf(template, 'MachineRole');
    expect(others.map(({ Action, Resource }: any) => [Action, Resource['Fn::Join'][1].slice(1)])).toEqual([
      [['s3:PutObject', 's3:AbortMultipartUpload'], ['/tasks/video/*']], ['s3:GetObject', ['/tasks/video/*']],
    ]);
  });

  test('the starter may put payloads of its type, the stopper and the wrapper nothing', () => {
    const ofBucket = (role: string) => statementsOf(template, role).filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
    expect(ofBucket('VideoWorkStarterRole').map(({ Action }) => Action)).toEqual([['s3:PutObject', 's3:AbortMultipartUpload']]);
    expect([...ofBucket('VideoWorkStopperRole'), ...ofBucket('VideoWorkWrapperRole')]).toEqual([]);
  });

  test('and a key of the user, the state machine may use the key', () => {
    const { stack, tasks } = aTaskManager((scope) => ({
      resultBucket: TaskResults.fromBucket(new s3.Bucket(scope, 'Bucket', { encryptionKey: new kms.Key(scope, 'Key') })),
    }));
    new StateMachineTaskProcessor(stack, 'Video', { taskManager: tasks, taskType: 'video', stateMachine: aStateMachine(stack) });
    expect(statementsOf(Template.fromStack(stack), 'MachineRole').map(({ Action }) => Action)).toContainEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  });
});

describe('an imported state machine', () => {
  test.each([
    ['', 'by its ARN'], [':live', 'by the ARN of an alias'], [':3', 'by the ARN of a version'],
  ])('%s %s is started by its name, and its executions are those of the state machine', (qualifier) => {
    const made = processorOf((stack) => sfn.StateMachine.fromStateMachineArn(stack, 'Machine', `${MACHINE_ARN}${qualifier}`));
    const [start, use] = statementsOf(Template.fromStack(made.stack), 'VideoWorkWrapperRole');
    // Step Functions checks permissions for an alias or a version with the ARN of the state machine.
    expect(joined(start.Resource)).toBe('arn:{AWS::Partition}:states:us-east-1:111111111111:stateMachine:Machine');
    expect(joined(use.Resource)).toBe('arn:{AWS::Partition}:states:us-east-1:111111111111:execution:Machine:*');
    const { Run, Describe } = definitionOf(made).States;
    expect(Run.Arguments.StateMachineArn).toBe(`${MACHINE_ARN}${qualifier}`);
    expect(Describe.Arguments.ExecutionArn).toContain(':states:us-east-1:111111111111:execution:Machine"');
    expect(resourceOf(Template.fromStack(made.stack), 'AWS::Lambda::Function', 'VideoWorkStopper').Properties.Environment.Variables)
      .toMatchObject({ WORK_STATE_MACHINE_ARN: `${MACHINE_ARN}${qualifier}` });
  });

  test('gets no permissions', () => {
    const { stack } = processorOf((scope) => sfn.StateMachine.fromStateMachineName(scope, 'Machine', 'Machine'));
    const policies = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    expect(policies.filter((id) => /^VideoWorkPolicy/.test(id))).toEqual([]);
  });

  test('an alias of this app is started by the name of its state machine', () => {
    const { stack, processor } = processorOf((scope) => {
      const alias = new sfn.CfnStateMachineAlias(scope, 'Alias', { name: 'live' });
      return sfn.StateMachine.fromStateMachineArn(scope, 'Machine', alias.ref);
    });
    expect(statementsIn(Template.fromStack(stack), 'VideoWorkWrapperRole').slice(0, 2)).toEqual([
      ['states:StartExecution', 'states:us-east-1:111111111111:stateMachine:{name of Alias}'],
      ['states:DescribeExecution states:StopExecution', 'states:us-east-1:111111111111:execution:{name of Alias}:*'],
    ]);
    expect(definitionOf({ stack, processor }).States.Run.Arguments.StateMachineArn).toMatch(/^Alias/);
  });
});

test('a state machine whose role must not be changed gets no permissions, and a warning says which it needs', () => {
  const { stack, tasks } = processorOf((scope) => {
    const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com') });
    return aStateMachine(scope, 'Machine', { role: role.withoutPolicyUpdates() });
  });
  const [{ id, entry }, ...more] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:'));
  expect(more).toEqual([]);
  expect(id).toBe('/Stack/Video/Work');
  expect(entry.data).toMatch(/^the role of the processor, Stack\/\S+, must have these permissions, because CDK must not change it: /);
  expect(entry.data).toContain(`${tasks.eventSource}.processor.video`);
});

describe('several stacks', () => {
  function inThreeStacks() {
    const app = new App();
    const [ofManager, ofMachine, ofProcessor] = ['Manager', 'Machine', 'Processor'].map((id) => new Stack(app, id));
    const taskManager = new TaskManager(ofManager, 'Tasks', { resultBucket: TaskResults.bucket() });
    new StateMachineTaskProcessor(ofProcessor, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(ofMachine) });
    return { app, ofManager, ofMachine, ofProcessor };
  }

  test('are deployed before that of the processor, without a cycle', () => {
    const { app, ofManager, ofMachine, ofProcessor } = inThreeStacks();
    expect(app.synth().stacks.map(({ stackName }) => stackName).at(-1)).toBe('Processor');
    expect(ofProcessor.dependencies).toEqual(expect.arrayContaining([ofManager, ofMachine]));
    expect([...ofManager.dependencies, ...ofMachine.dependencies]).toEqual([]);
  });

  test('keep the permissions of the state machine in the stack of the processor', () => {
    const { ofMachine, ofProcessor } = inThreeStacks();
    expect(Template.fromStack(ofMachine).findResources('AWS::IAM::Policy')).toEqual({});
    Template.fromStack(ofProcessor).hasResourceProperties('AWS::IAM::Policy', { Roles: [{ 'Fn::ImportValue': Match.stringLikeRegexp('MachineRole') }] });
  });

  test('can have an imported TaskManager', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', IMPORTED);
    new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
    const template = Template.fromStack(stack);
    expect(resourceOf(template, 'AWS::Events::Rule', 'VideoWorkStopRule').Properties).toMatchObject({
      EventBusName: 'bus', EventPattern: { source: [IMPORTED.eventSource] },
    });
    expect(statementsOf(template, 'MachineRole')).toEqual([expect.objectContaining({ Action: 'events:PutEvents', Resource: IMPORTED.eventBusArn })]);
  });

  test('get a warning if the imported TaskManager has no function that answers for the status', () => {
    const stack = new Stack(new App(), 'Stack', { env: ENV });
    const taskManager = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...IMPORTED, statusReaderArn: undefined });
    new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:')).map(({ id }) => id)).toEqual(['/Stack/Video/Work/Start']);
  });
});

describe('several processors', () => {
  test('of one stack have their own parts', () => {
    const { stack, tasks } = aTaskManager();
    for (const taskType of ['video', 'audio']) new StateMachineTaskProcessor(stack, taskType, { taskManager: tasks, taskType, stateMachine: aStateMachine(stack, `M-${taskType}`) });
    Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 4);
  });

  test('can share a state machine, whose role reports on both types', () => {
    const { stack, tasks } = aTaskManager();
    const stateMachine = aStateMachine(stack);
    for (const taskType of ['video', 'audio']) new StateMachineTaskProcessor(stack, taskType, { taskManager: tasks, taskType, stateMachine });
    expect(statementsOf(Template.fromStack(stack), 'MachineRole')).toEqual([mayReport(tasks, ['video', 'audio'])]);
  });

  test('can serve one type, also together with a function', () => {
    const { app, stack, tasks } = aTaskManager();
    for (const id of ['One', 'Two']) new StateMachineTaskProcessor(stack, id, { taskManager: tasks, taskType: 'video', stateMachine: aStateMachine(stack, `M${id}`) });
    new TaskProcessor(stack, 'Three', { taskManager: tasks, taskType: 'video', handler: aFunction(stack) });
    expect(() => app.synth()).not.toThrow();
  });
});

describe('props', () => {
  const machine = (stack: Stack) => aStateMachine(stack);

  test('set the number of starts at the same time, and how long logs are kept', () => {
    const props = { maxConcurrentStarts: 100, logRetention: logs.RetentionDays.ONE_WEEK };
    const template = Template.fromStack(processorOf(machine, props).stack);
    expect(resourceOf(template, 'AWS::Lambda::EventSourceMapping', 'VideoWorkStartQueueMapping').Properties.ScalingConfig).toEqual({ MaximumConcurrency: 100 });
    for (const id of ['VideoWorkStarterLog', 'VideoWorkStopperLog', 'VideoWorkStartReporterLog']) {
      expect(resourceOf(template, 'AWS::Logs::LogGroup', id).Properties).toEqual({ RetentionInDays: 7 });
    }
  });

  test('have the log retention of the TaskManager by default', () => {
    const template = Template.fromStack(processorOf(machine, {}, { logRetention: logs.RetentionDays.ONE_DAY }).stack);
    for (const id of ['VideoWorkStarterLog', 'VideoWorkStopperLog', 'VideoWorkStartReporterLog']) {
      expect(resourceOf(template, 'AWS::Logs::LogGroup', id).Properties).toEqual({ RetentionInDays: 1 });
    }
  });

  test.each([1, 1001, 2.5, -1, NaN])('can\'t have maxConcurrentStarts %s', (maxConcurrentStarts) => {
    expect(() => processorOf(machine, { maxConcurrentStarts }))
      .toThrow(new Error(`maxConcurrentStarts must be a whole number from 2 to 1000, got ${maxConcurrentStarts}`));
  });

  test('can be Tokens', () => {
    expect(() => processorOf(machine, { maxConcurrentStarts: Lazy.number({ produce: () => 5 }) }).stack).not.toThrow();
    expect(() => processorOf((stack) => sfn.StateMachine.fromStateMachineArn(stack, 'Machine', new CfnParameter(stack, 'Arn').valueAsString))).not.toThrow();
  });

  test.each(['a b', ''])('can\'t have the task type %j', (taskType) => {
    expect(() => processorOf(machine, { taskType })).toThrow(`taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got '${taskType}'`);
  });

  test('can\'t have a task type that the TaskManager does not accept', () => {
    expect(() => processorOf(machine, {}, { taskTypes: [{ taskType: 'export' }] }))
      .toThrow("taskType must be one of the TaskManager's taskTypes, 'export', got 'video'");
  });

  test('can\'t have an Express state machine', () => {
    expect(() => processorOf((stack) => aStateMachine(stack, 'Machine', { stateMachineType: sfn.StateMachineType.EXPRESS })))
      .toThrow(new Error('stateMachine must be a Standard one, got Stack/Machine, which is Express: '
        + "Step Functions can't wait for an Express execution. Use a TaskProcessor with a function that runs it"));
  });

  test.each([
    ['222222222222/us-east-1', MACHINE_ARN.replace('111111111111', '222222222222')],
    ['111111111111/eu-west-1', MACHINE_ARN.replace('us-east-1', 'eu-west-1')],
  ])('can\'t have a state machine of %s', (got, arn) => {
    expect(() => processorOf((stack) => sfn.StateMachine.fromStateMachineArn(stack, 'Machine', arn)))
      .toThrow(new Error(`stateMachine must be in the account and region of the processor, 111111111111/us-east-1, got ${got}`));
  });

  const MOST = 256 * 1024 - 1024 - 4096;

  test('can\'t have a TaskManager whose requests are too large for the work', () => {
    expect(() => processorOf(machine, {}, { maxRequestSize: Size.kibibytes(256) })).toThrow(new Error(
      `maxRequestSize of Stack/Tasks must be at most ${MOST} bytes, got 262144, so that each payload can be handed to the work: `
      + 'lower it, or set the resultBucket of the TaskManager for longer payloads'));
  });

  test.each<[string, TaskManagerProps | undefined]>([
    ['of the default size', undefined],
    ['that just fit', { maxRequestSize: Size.bytes(MOST) }],
    ['of any size with a result bucket', { maxRequestSize: Size.kibibytes(256), resultBucket: TaskResults.bucket() }],
  ])('can have a TaskManager with requests %s', (_, ofManager) => {
    expect(() => processorOf(machine, {}, ofManager)).not.toThrow();
  });
});

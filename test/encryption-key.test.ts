/** A key of the user encrypts everything, and every role has the rights on it that it needs. */
import { App, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ContainerTaskProcessor, ITaskManager, StateMachineTaskProcessor, TaskEndpoint, TaskManager, TaskProcessor, TaskResults } from '../src';
import { aFunction, aTaskManager, joined, statementsOf } from './support/constructs';
import { aContainer, aStateMachine } from './support/wrapper';

const KEY_ARN = 'arn:aws:kms:eu-west-1:111111111111:key/1234';
const ENV = { account: '111111111111', region: 'eu-west-1' };

const WRITE_TABLE_ACTIONS = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];

/** Returns the condition that a service of eu-west-1 uses the key. */
const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` } });

interface Resource {
  readonly Type: string;
  readonly Properties: any;
}

const resourcesOf = (stack: Stack): [id: string, resource: Resource][] => Object.entries(Template.fromStack(stack).toJSON().Resources);

/** Defines processors of all kinds: with and without a queue, of state machines and of containers. */
function defineProcessors(stack: Stack, functions: Stack, taskManager: ITaskManager): void {
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(functions, 'ExportFunction') });
  new TaskProcessor(stack, 'Queued', { taskManager, taskType: 'queued', handler: aFunction(functions, 'QueuedFunction'), maxConcurrency: 2 });
  new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
  new ContainerTaskProcessor(stack, 'Render', { taskManager, taskType: 'render', ...aContainer(stack) });
}

/** Returns an app whose key, TaskManager, functions and processors are in stacks of their own. */
function anAppOfFourStacks() {
  const app = new App();
  const [keys, manager, functions, processors] = ['Keys', 'Manager', 'Functions', 'Processors'].map((id) => new Stack(app, id));
  const encryptionKey = new kms.Key(keys, 'Key');
  const tasks = new TaskManager(manager, 'Tasks', { encryptionKey, accessLogs: true, resultBucket: TaskResults.bucket() });
  defineProcessors(processors, functions, tasks);
  return { app, keys, manager, functions, processors, encryptionKey, tasks };
}

function anAppOfOneStack() {
  const { stack, tasks } = aTaskManager((scope) => ({ encryptionKey: new kms.Key(scope, 'Key'), resultBucket: TaskResults.bucket(), endpoint: TaskEndpoint.httpApi(), accessLogs: true }));
  defineProcessors(stack, stack, tasks);
  return { stack, tasks };
}

/** The properties that have the key, by types of resources. */
const KEY_OF: Record<string, (properties: any) => unknown> = {
  'AWS::DynamoDB::GlobalTable': ({ SSESpecification, Replicas: [{ SSESpecification: ofReplica }] }) =>
    SSESpecification.SSEType === 'KMS' && ofReplica.KMSMasterKeyId,
  'AWS::Events::EventBus': ({ KmsKeyIdentifier }) => KmsKeyIdentifier,
  'AWS::Logs::LogGroup': ({ KmsKeyId }) => KmsKeyId,
  'AWS::S3::Bucket': ({ BucketEncryption: { ServerSideEncryptionConfiguration: [{ BucketKeyEnabled, ServerSideEncryptionByDefault }] } }) =>
    BucketKeyEnabled && ServerSideEncryptionByDefault.KMSMasterKeyID,
  'AWS::SQS::Queue': ({ KmsMasterKeyId }) => KmsMasterKeyId,
  'AWS::StepFunctions::StateMachine': ({ EncryptionConfiguration }) => EncryptionConfiguration?.KmsKeyId,
};

/** Returns the logical ids of resources that could have a key, by whether they have one. */
function byKey(stack: Stack): Record<'encrypted' | 'other', string[]> {
  const relevant = resourcesOf(stack).filter(([, { Type }]) => KEY_OF[Type]);
  const hasKey = ({ Type, Properties }: Resource) => /Key[0-9A-F]{8}/.test(JSON.stringify(KEY_OF[Type](Properties) ?? null));
  return {
    encrypted: relevant.filter(([, resource]) => hasKey(resource)).map(([id]) => id),
    other: relevant.filter(([, resource]) => !hasKey(resource)).map(([id]) => id),
  };
}

/** The resources that have no key, for a reason. */
const WITHOUT_KEY = [
  // It keeps events when the key can't be used.
  /^TasksEventBusDeadLetterQueue/,
  // A state machine of the user.
  /^Machine/,
];

describe('an encryptionKey', () => {
  const one = anAppOfOneStack();
  const four = anAppOfFourStacks();

  test.each([
    ['the stack of everything', one.stack, 27], ['the stack of the TaskManager', four.manager, 13], ['the stack of processors', four.processors, 14],
  ])('encrypts all resources in %s', (_, stack, least) => {
    const { encrypted, other } = byKey(stack);
    expect(other.filter((id) => !WITHOUT_KEY.some((pattern) => pattern.test(id)))).toEqual([]);
    expect(encrypted.length).toBeGreaterThanOrEqual(least);
  });

  /** What a role must be allowed to do with the key, by what it does with a service. */
  const NEEDS: [actions: RegExp, service: string, ofKey: string[]][] = [
    [/^dynamodb:(BatchGetItem|GetItem|Query|GetRecords)$/, 'dynamodb', ['kms:Decrypt']],
    [/^dynamodb:(PutItem|UpdateItem)$/, 'dynamodb', WRITE_TABLE_ACTIONS],
    [/^sqs:ReceiveMessage$/, 'sqs', ['kms:Decrypt']],
    [/^sqs:SendMessage$/, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey']],
    [/^s3:PutObject$/, '', ['kms:Decrypt', 'kms:GenerateDataKey']],
    [/^s3:GetObject$/, '', ['kms:Decrypt']],
  ];

  /** Returns the statements of each role, by the roles' names. */
  function statementsByRole(stacks: Stack[]): Map<string, any[]> {
    const byRole = new Map<string, any[]>();
    for (const [, { Type, Properties }] of stacks.flatMap(resourcesOf)) {
      if (Type !== 'AWS::IAM::Policy' && Type !== 'AWS::IAM::ManagedPolicy') continue;
      for (const role of Properties.Roles.map((name: unknown) => JSON.stringify(name))) {
        byRole.set(role, [...byRole.get(role) ?? [], ...Properties.PolicyDocument.Statement]);
      }
    }
    return byRole;
  }

  test.each([['one stack', [one.stack]], ['four stacks', [four.manager, four.functions, four.processors]]])('gives every role in %s its rights', (_, stacks) => {
    const missing: string[] = [];
    let checked = 0;
    for (const [role, statements] of statementsByRole(stacks)) {
      const actionsOf = (list: any[]): string[] => list.flatMap(({ Action }) => Action);
      for (const [pattern, service, needed] of NEEDS) {
        if (!actionsOf(statements).some((action) => pattern.test(action))) continue;
        checked++;
        const ofKey = statements.filter(({ Condition, Resource }) => JSON.stringify(Resource).includes('Key')
          && (service === '' || JSON.stringify(Condition ?? null).includes(`"${service}.`)));
        missing.push(...needed.filter((action) => !actionsOf(ofKey).includes(action)).map((action) => `${role} lacks ${action} for ${service}`));
      }
    }
    expect(missing).toEqual([]);
    expect(checked).toBeGreaterThan(12);
  });

  test.each([['one stack', [one.stack]], ['four stacks', [four.keys, four.manager, four.functions, four.processors]]])('gives no rights with an asterisk in %s', (_, stacks) => {
    const ofKeyOwner = 'kms:*';
    const actions = stacks.flatMap(resourcesOf).flatMap(([, resource]) => [...JSON.stringify(resource).matchAll(/"(kms:[\w*]+)"/g)].map(([, action]) => action));
    expect(actions.filter((action) => action.includes('*') && action !== ofKeyOwner)).toEqual([]);
  });

  test('lets exactly the rules send to the queues', () => {
    const policies = resourcesOf(four.processors).concat(resourcesOf(four.manager)).filter(([, { Type }]) => Type === 'AWS::SQS::QueuePolicy');
    const senders = policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement).filter(({ Effect }) => Effect === 'Allow');
    expect(senders.length).toBeGreaterThan(6);
    expect(senders.filter(({ Condition }) => !JSON.stringify(Condition).includes('aws:SourceArn'))).toEqual([]);
  });

  test.each([['dynamodb', 5], ['sqs', 6]])('gives each role at most one statement for %s', (service, users) => {
    const counts = [...statementsByRole([one.stack]).values()]
      .map((statements) => statements.filter(({ Condition }) => JSON.stringify(Condition ?? null).includes(`"${service}.`)).length);
    expect(Math.max(...counts)).toBe(1);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(users);
  });

  test('depends on no other stack, if it is in a stack of its own', () => {
    four.app.synth();
    expect(four.keys.dependencies).toEqual([]);
    expect(four.manager.dependencies).toEqual([four.keys]);
  });

  test('lets CloudWatch Logs and EventBridge use it, and names no resource', () => {
    const template = Template.fromStack(four.keys);
    const [, ...statements] = Object.values(template.findResources('AWS::KMS::Key'))[0].Properties.KeyPolicy.Statement;
    const anyLogGroup = expect.objectContaining({ 'Fn::Join': ['', expect.arrayContaining([':log-group:*'])] });
    expect(statements).toEqual([
      expect.objectContaining({ Resource: '*', Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': anyLogGroup } } }),
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
        Principal: { Service: 'events.amazonaws.com' },
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
    expect(joined(statements[0].Principal.Service)).toBe('logs.{AWS::Region}.{AWS::URLSuffix}');
  });

  test('that two TaskManagers share has each statement once', () => {
    const stack = new Stack(new App(), 'Stack');
    const encryptionKey = new kms.Key(stack, 'Key');
    for (const id of ['One', 'Other']) new TaskManager(stack, id, { encryptionKey });
    const [key] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key'));
    expect(key.Properties.KeyPolicy.Statement).toHaveLength(3);
  });

  test('can be given by an alias, whose key is used', () => {
    const { stack } = aTaskManager((scope) => ({ encryptionKey: new kms.Alias(scope, 'Alias', { aliasName: 'alias/tasks', targetKey: new kms.Key(scope, 'Key') }) }));
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/"KmsMasterKeyId":\{"Ref":"Alias/);
    expect(byKey(stack).other).toEqual([expect.stringMatching(/^TasksEventBusDeadLetterQueue/)]);
  });

  test.each<[string, (scope: Stack) => kms.IKey]>([
    ['its name', (scope) => kms.Alias.fromAliasName(scope, 'Alias', 'alias/tasks')],
    ['its ARN', (scope) => kms.Key.fromKeyArn(scope, 'Alias', 'arn:aws:kms:eu-west-1:111111111111:alias/tasks')],
  ])('throws with an alias that is imported by %s, because permissions on an alias have no effect', (_, importKey) => {
    expect(() => aTaskManager((scope) => ({ encryptionKey: importKey(scope) }), ENV))
      .toThrow('encryptionKey must be a key, got the alias Stack/Alias, whose key is not known: import the key by its ARN, or look it up');
  });
});

describe('the bus', () => {
  const { stack, tasks } = aTaskManager((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }), ENV);
  const template = Template.fromStack(stack);

  test('of its own has a dead-letter queue without the key, to which only that bus can send', () => {
    const { eventBusDeadLetterQueue } = tasks;
    const id = stack.getLogicalId(eventBusDeadLetterQueue!.node.defaultChild as any);
    template.hasResource('AWS::Events::EventBus', {
      Properties: { DeadLetterConfig: { Arn: { 'Fn::GetAtt': [id, 'Arn'] } } }, DependsOn: Match.arrayWith([id]),
    });
    template.hasResourceProperties('AWS::SQS::Queue', {
      SqsManagedSseEnabled: true, KmsMasterKeyId: Match.absent(), MessageRetentionPeriod: 14 * 24 * 3600, MaximumMessageSize: 1_048_576,
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Action: 'sqs:SendMessage',
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':events:eu-west-1:111111111111:event-bus/StackTasksEventBusDEA8A183']] } } },
        })]),
      },
    });
  });

  test('of the user stays as it is', () => {
    const given = aTaskManager((scope) => ({ encryptionKey: new kms.Key(scope, 'Key'), eventBus: new events.EventBus(scope, 'Bus') }));
    expect(given.tasks.eventBusDeadLetterQueue).toBeUndefined();
    Template.fromStack(given.stack).hasResourceProperties('AWS::Events::EventBus', { KmsKeyIdentifier: Match.absent(), DeadLetterConfig: Match.absent() });
  });

  test('has no dead-letter queue without a key', () => {
    expect(aTaskManager().tasks.eventBusDeadLetterQueue).toBeUndefined();
  });
});

describe('an imported key', () => {
  const { stack } = aTaskManager((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', KEY_ARN) }), ENV);
  const [warning, ...more] = Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:keyPolicy|must have these statements'));

  test('warns of the statements that its policy needs, ready to paste', () => {
    expect(more).toEqual([]);
    expect(warning.id).toBe('/Stack/Tasks');
    const [, path, json] = /^the policy of encryptionKey (\S+) must have these statements, because CDK can't change it: (\[.*\]) \[ack/.exec(String(warning.entry.data))!;
    expect(path).toBe('Stack/Key');
    const statements = JSON.parse(json);
    expect(statements.map(({ Principal }: any) => Principal.Service)).toEqual(['logs.eu-west-1.amazonaws.com', 'events.amazonaws.com']);
    expect(statements.map(({ Condition }: any) => Condition)).toEqual([
      { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:eu-west-1:111111111111:log-group:*' } },
      { StringEquals: { 'aws:SourceAccount': '111111111111' } },
    ]);
    // What is not a value would not work in a policy.
    expect(json).not.toMatch(/"Ref"|"Fn::/);
  });

  test('is allowed for the roles', () => {
    expect(statementsOf(Template.fromStack(stack), 'TasksSweeper')).toContainEqual(expect.objectContaining({
      Action: WRITE_TABLE_ACTIONS, Resource: KEY_ARN, Condition: via('dynamodb'),
    }));
  });

  test('in China has the names of services there', () => {
    const arn = 'arn:aws-cn:kms:cn-north-1:111111111111:key/1234';
    const china = aTaskManager((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', arn) }), { account: '111111111111', region: 'cn-north-1' });
    Annotations.fromStack(china.stack).hasWarning('/Stack/Tasks', Match.stringLikeRegexp('"arn:aws-cn:logs:cn-north-1:.*"logs.cn-north-1.amazonaws.com.cn"'));
  });

  test.each([['account', 'arn:aws:kms:eu-west-1:222222222222:key/1'], ['region', 'arn:aws:kms:us-east-1:111111111111:key/1']])('of another %s throws', (_, arn) => {
    expect(() => aTaskManager((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', arn) }), ENV))
      .toThrow(/^encryptionKey must be in the account and region of the TaskManager, 111111111111\/eu-west-1, got /);
  });

  test('can be a Token', () => {
    const { stack: withToken } = aTaskManager((scope) => ({ encryptionKey: kms.Key.fromKeyArn(scope, 'Key', Token.asString({ Ref: 'KeyArn' })) }), ENV);
    expect(() => Template.fromStack(withToken)).not.toThrow();
  });
});

test('the processors of an imported TaskManager use its key', () => {
  const stack = new Stack(new App(), 'Stack', { env: ENV });
  const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', {
    eventBusArn: 'arn:aws:events:eu-west-1:111111111111:event-bus/Tasks',
    eventSource: 'task-manager.Shop.Tasks-1a2b3c4d',
    undeliveredQueueArn: 'arn:aws:sqs:eu-west-1:111111111111:Undelivered',
    statusReaderArn: 'arn:aws:lambda:eu-west-1:111111111111:function:StatusReader',
    encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
  });
  new TaskProcessor(stack, 'Queued', { taskManager: tasks, taskType: 'queued', handler: aFunction(stack), maxConcurrency: 2 });

  const template = Template.fromStack(stack);
  expect(Object.values(template.findResources('AWS::SQS::Queue')).map(({ Properties }) => Properties.KmsMasterKeyId)).toEqual([KEY_ARN, KEY_ARN]);
  expect(Object.values(template.findResources('AWS::Logs::LogGroup')).map(({ Properties }) => Properties.KmsKeyId)).toEqual([KEY_ARN]);
  expect(statementsOf(template, 'FunctionServiceRole')).toContainEqual({
    Action: 'kms:Decrypt', Effect: 'Allow', Resource: KEY_ARN, Condition: via('sqs'),
  });
  Annotations.fromStack(stack).hasWarning('/Stack/Tasks', Match.stringLikeRegexp('must have these statements'));
});

test('grants of the TaskManager\'s table and queues include the key, without an asterisk for queues', () => {
  const { stack, tasks } = aTaskManager((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  const role = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
  tasks.statusUpdaterDeadLetterQueue.grantConsumeMessages(role);
  tasks.statusUpdaterQueue.grantSendMessages(role);
  tasks.table.grantReadData(role);

  const ofKey = statementsOf(Template.fromStack(stack), 'Operator').filter(({ Action }) => [Action].flat()[0].startsWith('kms:'));
  expect(ofKey.map(({ Action }) => Action)).toEqual(['kms:Decrypt', ['kms:Decrypt', 'kms:GenerateDataKey'], ['kms:Decrypt', 'kms:DescribeKey']]);
});

test('starters and stoppers can read the executions of an encrypted wrapper', () => {
  const { stack, tasks } = aTaskManager((scope) => ({ encryptionKey: new kms.Key(scope, 'Key') }));
  new StateMachineTaskProcessor(stack, 'Video', { taskManager: tasks, taskType: 'video', stateMachine: aStateMachine(stack) });
  const template = Template.fromStack(stack);
  for (const name of ['VideoWorkStarter', 'VideoWorkStopper']) {
    expect(statementsOf(template, name)).toContainEqual(expect.objectContaining({
      Action: 'kms:Decrypt', Condition: { StringEquals: { 'kms:EncryptionContext:aws:states:stateMachineArn': { Ref: expect.stringMatching(/^VideoWorkWrapper/) } } },
    }));
  }
});

import { App, CfnParameter, Duration, NestedStack, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Capture, Match, Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import { templateOf } from './constructs';
import { TaskApiAuth, TaskManager, TaskManagerProps } from '../src';

/** All actions that the policies of a template allow on something, as `action` ▸ resource logical id. */
function statements(template: Template) {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('by default', () => {
  const template = templateOf();

  test('there is one of each resource, and no more', () => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values<{ Type: string }>(template.toJSON().Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(counts).toEqual({
      'AWS::ApiGateway::Deployment': 1,
      'AWS::ApiGateway::Method': 2,
      'AWS::ApiGateway::Resource': 2,
      'AWS::ApiGateway::RestApi': 1,
      'AWS::ApiGateway::Stage': 1,
      'AWS::DynamoDB::GlobalTable': 1,
      'AWS::Events::EventBus': 1,
      'AWS::Events::Rule': 2,
      'AWS::IAM::Policy': 4,
      'AWS::IAM::Role': 4,
      'AWS::Lambda::EventInvokeConfig': 1,
      'AWS::Lambda::EventSourceMapping': 3,
      'AWS::Lambda::Function': 4,
      'AWS::Lambda::Permission': 3,
      'AWS::Logs::LogGroup': 4,
      'AWS::SQS::Queue': 4,
      'AWS::SQS::QueuePolicy': 4,
    });
  });

  // Renaming one of these would replace a user's table, and with it all tasks.
  test('the logical ids that others depend on stay as they are', () => {
    expect(Object.keys(template.toJSON().Resources)).toEqual(expect.arrayContaining([
      'TasksTaskStatusE4AF7DB9', 'TasksEventBusD7D69F14', 'TasksApiD922781C', 'TasksApiHandler67F3A838', 'TasksStatusPublisherC8609214',
      'TasksStatusUpdaterBC0BF886', 'TasksStatusUpdaterQueue4837CBBF', 'TasksStatusUpdaterDeadLetterQueue20447FFD',
      'TasksStatusPublisherDeadLetterQueueE233D775', 'TasksStatusUpdaterUndelivered97786E4C', 'TasksSweeper72E78CF7',
    ]));
  });

  test('the table survives the stack, and can be restored', () => {
    template.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [{ AttributeName: 'taskId', KeyType: 'HASH' }, { AttributeName: 'item', KeyType: 'RANGE' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      },
    });
  });

  test('the table has one index, of the open tasks, that holds no more than keys', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      GlobalSecondaryIndexes: [{
        IndexName: 'checks',
        KeySchema: [{ AttributeName: 'checkShard', KeyType: 'HASH' }, { AttributeName: 'checkAt', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      }],
    });
  });

  test('the API gives a task 24 hours, and a week after its end', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Timeout: 29,
      Environment: { Variables: { TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' }, TASK_TIMEOUT_SECONDS: '86400', RETENTION_SECONDS: '604800' } },
    });
  });

  test('what a user may build on is exposed', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = new TaskManager(stack, 'Tasks');
    const exposed = Object.entries({
      api: tasks.api.restApiId,
      apiHandler: tasks.apiHandler.functionName,
      table: tasks.table.tableName,
      eventBus: tasks.eventBus.eventBusName,
      statusPublisher: tasks.statusPublisher.functionName,
      statusPublisherDeadLetterQueue: tasks.statusPublisherDeadLetterQueue.queueUrl,
      statusUpdater: tasks.statusUpdater.functionName,
      statusUpdaterDeadLetterQueue: tasks.statusUpdaterDeadLetterQueue.queueUrl,
      undeliveredQueue: tasks.undeliveredQueue.queueUrl,
      sweeper: tasks.sweeper.functionName,
    }).map(([name, token]) => [name, stack.resolve(token).Ref]);
    expect(Object.fromEntries(exposed)).toEqual({
      api: 'TasksApiD922781C',
      apiHandler: 'TasksApiHandler67F3A838',
      table: 'TasksTaskStatusE4AF7DB9',
      eventBus: 'TasksEventBusD7D69F14',
      statusPublisher: 'TasksStatusPublisherC8609214',
      statusPublisherDeadLetterQueue: 'TasksStatusPublisherDeadLetterQueueE233D775',
      statusUpdater: 'TasksStatusUpdaterBC0BF886',
      statusUpdaterDeadLetterQueue: 'TasksStatusUpdaterDeadLetterQueue20447FFD',
      undeliveredQueue: 'TasksStatusUpdaterUndelivered97786E4C',
      sweeper: 'TasksSweeper72E78CF7',
    });
    expect(tasks.taskTimeout.toHours()).toBe(24);
  });

  test('nothing has a fixed physical name', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toMatch(/"(TableName|FunctionName|QueueName|RoleName|LogGroupName|PolicyName)":"(?!Tasks\w+)/);
  });

  test('every function runs our code on Node.js 24 and arm64, with a log of its own that is kept for a month', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 512,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.anyValue() } },
    });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
  });

  test('no function can do more than its work', () => {
    const table = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'Arn'] };
    const stream = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'StreamArn'] };
    const actions = statements(template).filter(({ Action }) => !Action.includes('logs:PutLogEvents')).map(({ Action, Resource }) => [Action, Resource]);
    const consume = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
    expect(actions).toEqual([
      // api
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], table],
      // publisher
      ['events:PutEvents', arnOf('TasksEventBusD7D69F14')],
      ['dynamodb:GetItem', table],
      [['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], arnOf('TasksStatusPublisherDeadLetterQueueE233D775')],
      ['dynamodb:ListStreams', stream],
      [['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], stream],
      // updater
      [['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], table],
      [consume, arnOf('TasksStatusUpdaterQueue4837CBBF')],
      [consume, arnOf('TasksStatusUpdaterUndelivered97786E4C')],
      // sweeper
      [['dynamodb:GetItem', 'dynamodb:UpdateItem'], table],
      ['dynamodb:Query', { 'Fn::Join': ['', [table, '/index/checks']] }],
    ]);
  });

  test('no policy allows anything on everything', () => {
    expect(statements(template).filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
    template.resourcePropertiesCountIs('AWS::IAM::Role', { ManagedPolicyArns: Match.anyValue() }, 0);
  });

  test('the API is regional, asks for IAM and is throttled', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
    template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 })],
    });
  });

  test('the API has its two methods', () => {
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'POST', ResourceId: { Ref: 'TasksApitasks35319A16' } });
    template.hasResourceProperties('AWS::ApiGateway::Method', { HttpMethod: 'GET', ResourceId: { Ref: 'TasksApitaskstaskIdB5F2B0FE' } });
    template.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: 'tasks' });
    template.hasResourceProperties('AWS::ApiGateway::Resource', { PathPart: '{taskId}' });
  });

  test('queues refuse what is not encrypted on its way', () => {
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
  });
});

describe('props', () => {
  test('auth: TaskApiAuth.none() lets everybody call the API', () => {
    templateOf({ auth: TaskApiAuth.none() }).allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'NONE' });
  });

  test('auth: TaskApiAuth.iam() is the default', () => {
    expect(templateOf({ auth: TaskApiAuth.iam() }).toJSON()).toEqual(templateOf().toJSON());
  });

  test('eventBus: the events go over the given bus, and no other is made', () => {
    const stack = new Stack(new App(), 'Stack');
    const eventBus = events.EventBus.fromEventBusName(stack, 'Given', 'given');
    const tasks = new TaskManager(stack, 'Tasks', { eventBus });
    expect(tasks.eventBus).toBe(eventBus);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::EventBus', 0);
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ EVENT_BUS_NAME: 'given' }) } });
    template.hasResourceProperties('AWS::Events::Rule', { EventBusName: 'given' });
  });

  test('logRetention: all logs are kept that long', () => {
    templateOf({ logRetention: logs.RetentionDays.ONE_YEAR }).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('removalPolicy: the table goes with the stack', () => {
    templateOf({ removalPolicy: RemovalPolicy.DESTROY }).hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
  });
});

describe.each([
  ['taskTimeout', Duration.seconds(1), Duration.days(365), '1 second to 365 days', Duration.minutes(90), ['86400', '5400'], 'TASK_TIMEOUT_SECONDS', 1],
  ['retention', Duration.minutes(1), Duration.days(3650), '1 minute to 3650 days', Duration.days(1), ['604800', '86400'], 'RETENTION_SECONDS', 4],
] as const)('prop %s', (prop, min, max, range, value, [byDefault, explicit], variable, functions) => {
  const variables = (props?: TaskManagerProps) => Object.values(templateOf(props).findResources('AWS::Lambda::Function'))
    .flatMap(({ Properties }) => Properties.Environment.Variables[variable] ?? []);

  test('is told to the functions that need it', () => {
    expect(variables()).toEqual(Array(functions).fill(byDefault));
    expect(variables({ [prop]: value })).toEqual(Array(functions).fill(explicit));
  });

  test('may be as short or as long as its limits', () => {
    expect(variables({ [prop]: min })[0]).toBe(String(min.toSeconds()));
    expect(variables({ [prop]: max })[0]).toBe(String(max.toSeconds()));
  });

  test.each([
    ['too short', Duration.seconds(min.toSeconds() - 1)],
    ['too long', Duration.seconds(max.toSeconds() + 1)],
    ['not of whole seconds', Duration.millis(90_500)],
  ])('is refused when it is %s', (_, wrong) => {
    expect(() => templateOf({ [prop]: wrong })).toThrow(`${prop} must be of whole seconds, from ${range}, got ${wrong.toHumanString()}`);
  });

  test('may be known at deployment only', () => {
    const template = templateOf((stack) => ({ [prop]: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber) }));
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ [variable]: { Ref: 'Seconds' } }) } });
  });
});

test('taskTimeout is exposed, for processors', () => {
  const stack = new Stack(new App(), 'Stack');
  expect(new TaskManager(stack, 'Tasks', { taskTimeout: Duration.minutes(90) }).taskTimeout.toMinutes()).toBe(90);
});

describe('the event source', () => {
  test('differs among TaskManagers of one stack', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(new TaskManager(stack, 'One').eventSource).not.toBe(new TaskManager(stack, 'Two').eventSource);
    Template.fromStack(stack);
  });

  test('differs among deployments of one app under other stack names', () => {
    const of = (stackName: string) => new TaskManager(new Stack(new App(), 'Stack', { stackName }), 'Tasks').eventSource;
    expect(of('one')).not.toBe(of('two'));
  });

  test('differs among ids that only unusual characters tell apart', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(new TaskManager(stack, 'a b').eventSource).not.toBe(new TaskManager(stack, 'ab').eventSource);
  });

  test('differs among nested stacks, and does not depend on a name that is known at deployment only', () => {
    const stack = new Stack(new App(), 'Stack');
    const [one, two] = ['One', 'Two'].map((id) => new TaskManager(new NestedStack(stack, id), 'Tasks').eventSource);
    expect(one).toMatch(/^task-manager\.Stack\.One\.Tasks-[0-9a-f]{8}$/);
    expect(two).not.toBe(one);
  });

  test('leaves room for the longest task type', () => {
    const stack = new Stack(new App(), 'S'.repeat(128));
    const { eventSource } = new TaskManager(stack, 'T'.repeat(200));
    expect(`${eventSource}.processor.${'a'.repeat(64)}`.length).toBeLessThanOrEqual(256);
  });
});

describe('grants', () => {
  function policyAfter(grant: (tasks: TaskManager, role: iam.IRole) => void): Template {
    const stack = new Stack(new App(), 'Stack');
    const tasks = new TaskManager(stack, 'Tasks');
    const granteeStack = new Stack(stack.node.root as App, 'Grantee');
    grant(tasks, new iam.Role(granteeStack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }));
    return Template.fromStack(granteeStack);
  }

  test.each([
    ['grantCreate', 'POST/tasks'],
    ['grantRead', 'GET/tasks/*'],
  ] as const)('%s allows %s of this API and stage', (grant, methodPath) => {
    const resource = new Capture();
    policyAfter((tasks, role) => tasks[grant](role)).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: resource }] },
    });
    const arn = resource.asObject()['Fn::Join'][1].map((part: unknown) => (typeof part === 'string' ? part : '?')).join('');
    expect(arn).toBe(`arn:?:execute-api:?:?:?/?/${methodPath}`);
  });

  test('grantUpdate allows reports of one type, and nothing else on the bus', () => {
    policyAfter((tasks, role) => tasks.grantUpdate(role, 'export')).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{
          Action: 'events:PutEvents',
          Effect: 'Allow',
          Resource: { 'Fn::ImportValue': Match.stringLikeRegexp('EventBus') },
          Condition: {
            'ForAllValues:StringEquals': {
              'events:source': Match.stringLikeRegexp('^task-manager\\.Stack\\.Tasks-[0-9a-f]{8}\\.processor\\.export$'),
              'events:detail-type': 'TaskUpdatedEvent',
            },
            'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
          },
        }],
      },
    });
  });

  test('grantUpdate throws for a bad task type', () => {
    const tasks = new TaskManager(new Stack(new App()), 'Tasks');
    expect(() => tasks.grantUpdate(new iam.User(tasks, 'User'), '')).toThrow("taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got ''");
  });
});

describe('rules', () => {
  test.each([
    ['onTaskCreated', 'TaskCreatedEvent'],
    ['onTaskRunning', 'TaskRunningEvent'],
    ['onTaskSuccessful', 'TaskSuccessfulEvent'],
    ['onTaskFailed', 'TaskFailedEvent'],
  ] as const)('%s matches %s of every type', (on, detailType) => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = new TaskManager(stack, 'Tasks');
    tasks[on]('Notify', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'TasksEventBusD7D69F14' },
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': [detailType] },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });

  test('can be narrowed to a type, and further', () => {
    const stack = new Stack(new App(), 'Stack');
    const other = new Stack(stack.node.root as App, 'Other');
    const tasks = new TaskManager(stack, 'Tasks');
    tasks.onTaskFailed('Notify', {
      taskType: 'export', eventPattern: { detail: { error: { code: ['TaskTimeout'] } } }, crossStackScope: other, description: 'why', ruleName: 'name',
    });
    Template.fromStack(other).hasResourceProperties('AWS::Events::Rule', {
      Name: 'name', Description: 'why', EventPattern: { detail: { type: ['export'], error: { code: ['TaskTimeout'] } } },
    });
  });

  test('throw for a bad task type', () => {
    const tasks = new TaskManager(new Stack(new App()), 'Tasks');
    expect(() => tasks.onTaskFailed('Notify', { taskType: 'a b' })).toThrow("taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got 'a b'");
  });
});

describe('an imported TaskManager', () => {
  const attributes = {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
    eventSource: 'task-manager.Other.Tasks-12345678',
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  };

  test('is known by its attributes, and makes nothing', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', attributes);
    expect(tasks.eventBus.eventBusArn).toBe(attributes.eventBusArn);
    expect(tasks.eventSource).toBe(attributes.eventSource);
    expect(tasks.undeliveredQueue.queueArn).toBe(attributes.undeliveredQueueArn);
    expect(tasks.taskTimeout.toHours()).toBe(24);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('has the taskTimeout that is given', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...attributes, taskTimeout: Duration.minutes(5) });
    expect(tasks.taskTimeout.toMinutes()).toBe(5);
  });

  test('puts its rules on the other\'s bus', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', attributes);
    tasks.onTaskSuccessful('Notify', { taskType: 'export' });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'bus',
      EventPattern: { 'source': [attributes.eventSource], 'detail-type': ['TaskSuccessfulEvent'], 'detail': { type: ['export'] } },
    });
  });

  test.each([
    [undefined, 'prod'],
    ['beta', 'beta'],
  ])('grants rights on the API when its id is given, with stage %s', (stageName, stage) => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111111111111', region: 'us-east-1' } });
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...attributes, restApiId: 'api', stageName });
    tasks.grantCreate(new iam.User(stack, 'User'));
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: [Match.objectLike({ Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:execute-api:us-east-1:111111111111:api/${stage}/POST/tasks`]] } })] },
    });
  });

  test('throws when rights on the API are asked for without its id', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', attributes);
    expect(() => tasks.grantRead(new iam.User(stack, 'User')))
      .toThrow('restApiId must be given to TaskManager.fromTaskManagerAttributes to grant rights on the API, at Stack/Tasks');
  });
});

test('works in a stage and in a nested scope', () => {
  const stack = new Stack(new Stage(new App(), 'Prod'), 'Stack');
  const { eventSource } = new TaskManager(stack, 'Tasks');
  expect(eventSource).toMatch(/^task-manager\.Prod-Stack\.Tasks-[0-9a-f]{8}$/);
});

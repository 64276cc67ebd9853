import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { TaskManager } from '../src';
import { aTaskManager, apiHandlerOf, apiVariablesOf, joined, methodsOf, templateOf } from './support/constructs';

/** Returns all statements of the policies of a template. */
function statements(template: Template) {
  return Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('by default', () => {
  const template = templateOf();

  test('the template has these resources, and no others', () => {
    const counts: Record<string, number> = {};
    for (const { Type } of Object.values<{ Type: string }>(template.toJSON().Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
    expect(counts).toEqual({
      'AWS::ApiGateway::Deployment': 1,
      'AWS::ApiGateway::GatewayResponse': 5,
      'AWS::ApiGateway::Method': 4,
      'AWS::ApiGateway::Resource': 3,
      'AWS::ApiGateway::RestApi': 1,
      'AWS::ApiGateway::Stage': 1,
      'AWS::DynamoDB::GlobalTable': 1,
      'AWS::Events::EventBus': 1,
      'AWS::Events::Rule': 2,
      'AWS::IAM::Policy': 6,
      'AWS::IAM::Role': 5,
      'AWS::Lambda::EventInvokeConfig': 1,
      'AWS::Lambda::EventSourceMapping': 3,
      'AWS::Lambda::Function': 5,
      'AWS::Lambda::Permission': 5,
      'AWS::Logs::LogGroup': 5,
      'AWS::SQS::Queue': 5,
      'AWS::SQS::QueuePolicy': 5,
    });
  });

  // A new logical id would replace a user's table, and lose all tasks.
  test('the logical ids that users depend on do not change', () => {
    expect(Object.keys(template.toJSON().Resources)).toEqual(expect.arrayContaining([
      'TasksTaskStatusE4AF7DB9', 'TasksEventBusD7D69F14', 'TasksApiD922781C', 'TasksApiHandler67F3A838', 'TasksStatusPublisherC8609214',
      'TasksStatusUpdaterBC0BF886', 'TasksStatusUpdaterQueue4837CBBF', 'TasksStatusUpdaterDeadLetterQueue20447FFD',
      'TasksStatusPublisherDeadLetterQueueE233D775', 'TasksStatusUpdaterUndelivered97786E4C', 'TasksSweeper72E78CF7',
      'TasksStatusUpdaterUndeliveredDeadLetterQueueDA1B3A86', 'TasksStatusReaderA4770F5D',
    ]));
  });

  test('the table is retained, and has point-in-time recovery', () => {
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

  test('the table has an index of open tasks with their keys, and an index of the tasks of each owner with their types', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      GlobalSecondaryIndexes: [{
        IndexName: 'checks',
        KeySchema: [{ AttributeName: 'checkShard', KeyType: 'HASH' }, { AttributeName: 'checkAt', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      }, {
        IndexName: 'owners',
        KeySchema: [{ AttributeName: 'ownerSpace', KeyType: 'HASH' }, { AttributeName: 'createdKey', KeyType: 'RANGE' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['type'] },
      }],
    });
  });

  test('tasks time out after 24 hours and are kept for a week, requests have up to 64 KiB, polls do not wait, and there are no owners', () => {
    expect(apiHandlerOf(template).Timeout).toBe(29);
    expect(apiVariablesOf(template)).toEqual({
      TABLE_NAME: { Ref: 'TasksTaskStatusE4AF7DB9' },
      RETENTION_SECONDS: '604800',
      TASK_TIMEOUT_SECONDS: '86400',
      MAX_REQUEST_BYTES: '65536',
      MAX_WAIT_SECONDS: '0',
    });
  });

  test('apiUrl is the URL of the stage, and ends in a slash', () => {
    const { stack, tasks } = aTaskManager();
    expect(joined(stack.resolve(tasks.apiUrl))).toMatch(/^https:\/\/\{TasksApiD922781C\}\.execute-api\..*\/\{TasksApiDeploymentStageprod\w+\}\/$/);
  });

  test('the TaskManager exposes its resources', () => {
    const { stack, tasks } = aTaskManager();
    const exposed = Object.entries({
      restApi: tasks.restApi!.restApiId,
      apiHandler: tasks.apiHandler.functionName,
      table: tasks.table.tableName,
      eventBus: tasks.eventBus.eventBusName,
      statusPublisher: tasks.statusPublisher.functionName,
      statusPublisherDeadLetterQueue: tasks.statusPublisherDeadLetterQueue.queueUrl,
      statusReader: tasks.statusReader!.functionName,
      statusUpdater: tasks.statusUpdater.functionName,
      statusUpdaterQueue: tasks.statusUpdaterQueue.queueUrl,
      statusUpdaterRule: tasks.statusUpdaterRule.ruleName,
      statusUpdaterDeadLetterQueue: tasks.statusUpdaterDeadLetterQueue.queueUrl,
      undeliveredQueue: tasks.undeliveredQueue.queueUrl,
      undeliveredDeadLetterQueue: tasks.undeliveredDeadLetterQueue.queueUrl,
      sweeper: tasks.sweeper.functionName,
      sweeperRule: tasks.sweeperRule.ruleName,
    }).map(([name, token]) => [name, stack.resolve(token).Ref]);
    expect(Object.fromEntries(exposed)).toEqual({
      restApi: 'TasksApiD922781C',
      apiHandler: 'TasksApiHandler67F3A838',
      table: 'TasksTaskStatusE4AF7DB9',
      eventBus: 'TasksEventBusD7D69F14',
      statusPublisher: 'TasksStatusPublisherC8609214',
      statusPublisherDeadLetterQueue: 'TasksStatusPublisherDeadLetterQueueE233D775',
      statusReader: 'TasksStatusReaderA4770F5D',
      statusUpdater: 'TasksStatusUpdaterBC0BF886',
      statusUpdaterQueue: expect.stringMatching(/^TasksStatusUpdaterQueue/),
      statusUpdaterRule: expect.stringMatching(/^TasksStatusUpdaterRule/),
      statusUpdaterDeadLetterQueue: 'TasksStatusUpdaterDeadLetterQueue20447FFD',
      undeliveredQueue: 'TasksStatusUpdaterUndelivered97786E4C',
      undeliveredDeadLetterQueue: 'TasksStatusUpdaterUndeliveredDeadLetterQueueDA1B3A86',
      sweeper: 'TasksSweeper72E78CF7',
      sweeperRule: expect.stringMatching(/^TasksSweeperSchedule/),
    });
    expect(tasks.taskTimeout.toHours()).toBe(24);
  });

  test('nothing has a fixed physical name', () => {
    const text = JSON.stringify(template.toJSON());
    expect(text).not.toMatch(/"(TableName|FunctionName|QueueName|RoleName|LogGroupName|PolicyName)":"(?!Tasks\w+)/);
  });

  test('every function runs on Node.js 24 and arm64, with its own log group that keeps logs for a month', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: Match.anyValue() } },
    });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 30 } });
  });

  test('every function has 512 MB, except the status reader, which nothing waits for', () => {
    const sizes = Object.entries(template.findResources('AWS::Lambda::Function'))
      .map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), Properties.MemorySize]);
    expect(Object.fromEntries(sizes)).toEqual({
      TasksApiHandler: 512, TasksStatusReader: 256, TasksStatusPublisher: 512, TasksStatusUpdater: 512, TasksSweeper: 512,
    });
  });

  test('functions have these permissions, and no others', () => {
    const table = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'Arn'] };
    const stream = { 'Fn::GetAtt': ['TasksTaskStatusE4AF7DB9', 'StreamArn'] };
    const actions = statements(template).filter(({ Action }) => !Action.includes('logs:PutLogEvents')).map(({ Action, Resource }) => [Action, Resource]);
    const consume = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
    const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
    expect(actions).toEqual([
      // api
      [['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'], table],
      ['dynamodb:Query', { 'Fn::Join': ['', [table, '/index/owners']] }],
      // status reader
      [['dynamodb:GetItem', 'dynamodb:UpdateItem'], table],
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
      ['dynamodb:UpdateItem', table],
      ['dynamodb:Query', { 'Fn::Join': ['', [table, '/index/checks']] }],
      ['lambda:InvokeFunction', arnOf('TasksSweeper72E78CF7')],
    ]);
  });

  test('no policy has a wildcard resource, and no role a managed policy', () => {
    expect(statements(template).filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
    template.resourcePropertiesCountIs('AWS::IAM::Role', { ManagedPolicyArns: Match.anyValue() }, 0);
  });

  test('the API is regional, uses IAM authorization and is throttled', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', { EndpointConfiguration: { Types: ['REGIONAL'] } });
    template.allResourcesProperties('AWS::ApiGateway::Method', { AuthorizationType: 'AWS_IAM' });
    template.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [Match.objectLike({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 })],
    });
  });

  test('the API has four methods, and one function answers all of them', () => {
    const methods = methodsOf(template);
    expect(Object.keys(methods).sort()).toEqual(['GET /tasks', 'GET /tasks/{taskId}', 'POST /tasks', 'POST /tasks/{taskId}/cancel']);
    for (const { Integration } of Object.values(methods)) {
      expect(Integration).toMatchObject({ Type: 'AWS_PROXY', Uri: { 'Fn::Join': ['', expect.arrayContaining([{ 'Fn::GetAtt': ['TasksApiHandler67F3A838', 'Arn'] }])] } });
    }
  });

  test('these methods can invoke the function, but test invocations of the console cannot', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission', { Properties: { Principal: 'apigateway.amazonaws.com' } }));
    const paths = permissions.map(({ Properties }) => joined(Properties.SourceArn).split('/').slice(1).join('/'));
    const stage = `{${Object.keys(template.findResources('AWS::ApiGateway::Stage'))}}`;
    expect(paths.sort()).toEqual([`${stage}/GET/tasks`, `${stage}/GET/tasks/*`, `${stage}/POST/tasks`, `${stage}/POST/tasks/*/cancel`]);
  });

  test('the settings of the account are not changed', () => {
    template.resourceCountIs('AWS::ApiGateway::Account', 0);
  });

  test('messages must be sent to queues over TLS', () => {
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]) },
    });
  });
});

describe('the event source', () => {
  test('differs between TaskManagers of one stack', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(new TaskManager(stack, 'One').eventSource).not.toBe(new TaskManager(stack, 'Two').eventSource);
    Template.fromStack(stack);
  });

  test('differs between deployments of one app with different stack names', () => {
    const of = (stackName: string) => new TaskManager(new Stack(new App(), 'Stack', { stackName }), 'Tasks').eventSource;
    expect(of('one')).not.toBe(of('two'));
  });

  test('differs between ids that differ in unusual characters only', () => {
    const stack = new Stack(new App(), 'Stack');
    expect(new TaskManager(stack, 'a b').eventSource).not.toBe(new TaskManager(stack, 'ab').eventSource);
  });

  test('differs between nested stacks, and is known at synthesis', () => {
    const stack = new Stack(new App(), 'Stack');
    const [one, two] = ['One', 'Two'].map((id) => new TaskManager(new NestedStack(stack, id), 'Tasks').eventSource);
    expect(one).toMatch(/^task-manager\.Stack\.One\.Tasks-[0-9a-f]{8}$/);
    expect(two).not.toBe(one);
  });

  test('is short enough for the longest task type', () => {
    const stack = new Stack(new App(), 'S'.repeat(128));
    const { eventSource } = new TaskManager(stack, 'T'.repeat(200));
    expect(`${eventSource}.processor.${'a'.repeat(64)}`.length).toBeLessThanOrEqual(256);
  });
});

test('the event source in a stage has the name of the deployed stack', () => {
  const stack = new Stack(new Stage(new App(), 'Prod'), 'Stack');
  const { eventSource } = new TaskManager(stack, 'Tasks');
  expect(eventSource).toMatch(/^task-manager\.Prod-Stack\.Tasks-[0-9a-f]{8}$/);
});

test('acceptedTaskTypes is undefined if all task types are accepted', () => {
  expect(aTaskManager().tasks.acceptedTaskTypes).toBeUndefined();
});

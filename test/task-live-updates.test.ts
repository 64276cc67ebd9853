import { App, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskLiveUpdatesProps, TaskManager, TaskManagerProps } from '../src';
import { aTaskManager } from './support/constructs';

type Props = Omit<TaskLiveUpdatesProps, 'taskManager'>;

/** Returns a stack `Stack` with a TaskManager `Tasks` and its live updates `Live`. */
function aLive(props: Props = {}, ofManager: TaskManagerProps | ((stack: Stack) => TaskManagerProps) = {}) {
  const { stack, tasks } = aTaskManager(ofManager);
  return { stack, tasks, live: new TaskLiveUpdates(stack, 'Live', { taskManager: tasks, ...props }) };
}

/** Returns the template of the stack with a TaskManager and its live updates. */
function templateOf(props?: Props, ofManager?: TaskManagerProps | ((stack: Stack) => TaskManagerProps)): Template {
  return Template.fromStack(aLive(props, ofManager).stack);
}

function functionOf(template: Template, description: RegExp): any {
  const functions = template.findResources('AWS::Lambda::Function', { Properties: { Description: Match.stringLikeRegexp(description.source) } });
  return Object.values(functions)[0].Properties;
}

const variablesOf = (template: Template, description: RegExp) => functionOf(template, description).Environment.Variables;

/** Returns the statements of the role of a function, without those for logs. */
function statementsOf(template: Template, description: RegExp): any[] {
  const [role] = functionOf(template, description).Role['Fn::GetAtt'];
  return Object.values(template.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: role }] } }))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => !String(Action).startsWith('logs:'));
}

const CONNECTIONS = /Accepts connections/;
const SENDER = /Sends states/;
const PUBLISHER = /Queues changes/;
const OWNED = TaskApiAuth.iam({ ownerHeader: 'X-Owner' });

test('clients connect with IAM, and all their messages take one route, which answers', () => {
  const template = templateOf();
  template.hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'WEBSOCKET' });
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$connect', AuthorizationType: 'AWS_IAM' });
  template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default', RouteResponseSelectionExpression: '$default' });
  template.resourceCountIs('AWS::ApiGatewayV2::Route', 2);
  template.resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 1);
});

test('names of APIs have at most 128 characters, however deep the constructs are', () => {
  const { stack, tasks } = aTaskManager({ endpoint: TaskEndpoint.httpApi() });
  const scope = Array.from({ length: 30 }, (_, i) => `Construct${i}`).reduce<Construct>((parent, id) => new Construct(parent, id), stack);
  new TaskLiveUpdates(scope, 'Live', { taskManager: tasks });
  new TaskManager(scope, 'Tasks', { endpoint: TaskEndpoint.httpApi() });
  const names = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Api')).map(({ Properties }) => Properties.Name);
  expect(names).toHaveLength(3);
  expect(Math.max(...names.map(({ length }) => length))).toBe(128);
});

test('a TaskManager without live updates has none of their resources', () => {
  const template = Template.fromStack(aTaskManager().stack);
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 0);
  template.resourceCountIs('AWS::DynamoDB::GlobalTable', 1);
});

test('the resources of the TaskManager stay as they are', () => {
  const [before, after] = [Template.fromStack(aTaskManager().stack), templateOf()].map((template) => template.toJSON().Resources);
  expect(after).toMatchObject(before);
});

test('a second function reads the stream: all changes of tasks, from now on, and no change for longer than a minute', () => {
  templateOf().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ dynamodb: { NewImage: { item: { S: ['task'] } } } }) }] },
    StartingPosition: 'LATEST',
    MaximumRecordAgeInSeconds: 60,
    MaximumRetryAttempts: 3,
  });
});

test('the table of connections is encrypted, removes what has expired, and goes with the stack', () => {
  templateOf().hasResource('AWS::DynamoDB::GlobalTable', {
    Properties: {
      KeySchema: [{ AttributeName: 'topic', KeyType: 'HASH' }, { AttributeName: 'connectionId', KeyType: 'RANGE' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    },
    DeletionPolicy: 'Delete',
  });
});

test.each([
  [undefined, 2, '250'], [2, 2, '1'], [100, 2, '50'], [501, 3, '167'], [10_000, 40, '250'],
])('at %p posts a second, %i environments make %s each', (maxPostsPerSecond, concurrency, each) => {
  const template = templateOf({ maxPostsPerSecond });
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: concurrency },
  });
  expect(variablesOf(template, SENDER).POSTS_PER_SECOND).toBe(each);
});

test('the sender may call itself through its queue more often than Lambda allows by default', () => {
  expect(functionOf(templateOf(), SENDER).RecursiveLoop).toBe('Allow');
});

test('each function has the permissions for its work, and no other', () => {
  const template = templateOf();
  const actionsOf = (description: RegExp) => statementsOf(template, description).map(({ Action }) => [Action].flat().sort());
  expect(actionsOf(CONNECTIONS)).toEqual([['dynamodb:GetItem', 'dynamodb:UpdateItem'], ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem']]);
  expect(actionsOf(PUBLISHER).filter(([action]) => !/Stream/.test(action))).toEqual([
    ['dynamodb:Query'], ['sqs:SendMessage'],
  ]);
  expect(actionsOf(SENDER).flat()).not.toContain('dynamodb:UpdateItem');
});

test('the sender manages connections of its own API only', () => {
  const [{ Resource }] = statementsOf(templateOf(), SENDER).filter(({ Action }) => Action === 'execute-api:ManageConnections');
  const resources = Resource.map((arn: any) => arn['Fn::Join'][1].slice(-2));
  expect(resources).toEqual([
    [{ Ref: expect.stringMatching(/^LiveWebSocketApi/) }, '/live/POST/@connections/*'],
    [{ Ref: expect.stringMatching(/^LiveWebSocketApi/) }, '/live/DELETE/@connections/*'],
  ]);
});

test('the pages of the TaskManager\'s origins can connect, or those of others if the app says so', () => {
  const ofManager = { corsAllowOrigins: ['https://app.example', 'https://other.example'] };
  expect(variablesOf(templateOf({}, ofManager), CONNECTIONS).ALLOW_ORIGINS).toBe('https://app.example,https://other.example');
  expect(variablesOf(templateOf({ allowOrigins: ['*'] }, ofManager), CONNECTIONS).ALLOW_ORIGINS).toBe('*');
  expect(variablesOf(templateOf(), CONNECTIONS).ALLOW_ORIGINS).toBeUndefined();
});

test('the owner of a connection is where the authorization says', () => {
  expect(variablesOf(templateOf({ auth: TaskLiveAuth.iam({ ownerParameter: 'owner' }) }, { auth: OWNED }), CONNECTIONS).OWNER).toBe('parameter:owner');
  expect(variablesOf(templateOf(), CONNECTIONS).OWNER).toBeUndefined();
});

test('grantConnect allows to connect to this API only', () => {
  const { stack, live } = aLive();
  live.grantConnect(new iam.User(stack, 'User'));
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: { Users: Match.anyValue() } }));
  const [{ Action, Resource }] = policy.Properties.PolicyDocument.Statement;
  expect([Action, Resource['Fn::Join'][1].slice(-2)]).toEqual(['execute-api:Invoke', [{ Ref: expect.stringMatching(/^LiveWebSocketApi/) }, '/live/$connect']]);
});

test('grantConnect warns if connections are not authorized by IAM', () => {
  const { stack, live } = aLive({ auth: TaskLiveAuth.none() }, { auth: TaskApiAuth.none() });
  live.grantConnect(new iam.User(stack, 'User'));
  Annotations.fromStack(stack).hasWarning('/Stack/Live', Match.stringLikeRegexp('^grantConnect\\(\\) has no effect'));
});

test('the key of the TaskManager encrypts the table, the queues and the logs, and the functions may use it', () => {
  const template = templateOf({}, (stack) => ({ encryptionKey: new kms.Key(stack, 'Key'), logRetention: logs.RetentionDays.ONE_WEEK }));
  const isWith = (type: string, name: string) => {
    const live = Object.entries(template.findResources(type)).filter(([id]) => id.startsWith('Live'));
    expect(live.map(([, { Properties }]) => Properties)).toEqual(live.map(() => expect.objectContaining({ [name]: expect.anything() })));
  };
  isWith('AWS::SQS::Queue', 'KmsMasterKeyId');
  isWith('AWS::Logs::LogGroup', 'KmsKeyId');
  isWith('AWS::DynamoDB::GlobalTable', 'SSESpecification');
  for (const description of [CONNECTIONS, PUBLISHER, SENDER]) {
    expect(statementsOf(template, description).flatMap(({ Action }) => Action)).toContain('kms:Decrypt');
  }
});

test('access logs have no query string, because it can have a token', () => {
  templateOf().hasResourceProperties('AWS::ApiGatewayV2::Stage', { AccessLogSettings: Match.absent() });
  const template = templateOf({ accessLogs: true });
  const [{ Properties }] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
  expect(JSON.parse(Properties.AccessLogSettings.Format)).toEqual(expect.objectContaining({ routeKey: '$context.routeKey' }));
  expect(Properties.AccessLogSettings.Format).not.toMatch(/query|path|header/i);
});

test('live updates can be in another stack', () => {
  const { app, stack, tasks } = aTaskManager();
  const other = new Stack(app, 'Other');
  new TaskLiveUpdates(other, 'Live', { taskManager: tasks });
  Template.fromStack(other).resourceCountIs('AWS::Lambda::Function', 3);
  expect(other.dependencies).toEqual([stack]);
  expect(stack.dependencies).toEqual([]);
});

describe('synthesis fails', () => {
  test('if a TaskManager has live updates twice', () => {
    const { stack, tasks } = aLive();
    expect(() => new TaskLiveUpdates(stack, 'Again', { taskManager: tasks })).toThrow(
      'Stack/Tasks must have only one TaskLiveUpdates, because two functions can read the stream of its table, and the other one publishes '
      + 'the events: let all clients use the same',
    );
  });

  test('if the TaskManager is of another app, account or region', () => {
    const { app, tasks } = aTaskManager({}, { account: '111111111111', region: 'us-east-1' });
    expect(() => new TaskLiveUpdates(new Stack(new App(), 'Stack'), 'Live', { taskManager: tasks })).toThrow(
      'taskManager must be of the same app, got one of another app',
    );
    const abroad = new Stack(app, 'Abroad', { env: { account: '111111111111', region: 'eu-west-1' } });
    expect(() => new TaskLiveUpdates(abroad, 'Live', { taskManager: tasks })).toThrow(
      'taskManager must be in the account and region of the TaskLiveUpdates, 111111111111/eu-west-1, got 111111111111/us-east-1',
    );
  });

  test.each([
    ['none', TaskApiAuth.none()], ['owners', OWNED],
  ])('without auth, if it does not follow from that of the TaskManager: %s', (_, auth) => {
    expect(() => aLive({}, { auth })).toThrow(
      'auth must be set unless the TaskManager has TaskApiAuth.iam() without ownerHeader, because it does not follow from the '
      + 'authorization of its API: use TaskLiveAuth.iam({ ownerParameter }), cognito(), jwt(), authorizer() or none()',
    );
  });

  test('if connections have owners, and tasks do not', () => {
    expect(() => aLive({ auth: TaskLiveAuth.iam({ ownerParameter: 'owner' }) })).toThrow(
      'auth must not give connections an owner, because the tasks of the TaskManager have none: use TaskLiveAuth.iam() or none()',
    );
  });

  test.each([
    ['REST', TaskEndpoint.restApi()], ['HTTP', TaskEndpoint.httpApi()],
  ])('if tasks of a %s API have owners, and connections do not', (_, endpoint) => {
    expect(() => aLive({ auth: TaskLiveAuth.none() }, { endpoint, auth: OWNED })).toThrow(
      'auth must give connections the owner of their tasks, because the tasks of the TaskManager have owners: use '
      + 'TaskLiveAuth.iam({ ownerParameter }), cognito(), jwt() or authorizer()',
    );
  });

  test.each([
    [{ maxPostsPerSecond: 1 }, 'maxPostsPerSecond must be a whole number from 2 to 10000, got 1'],
    [{ maxPostsPerSecond: Lazy.number({ produce: () => 500 }) },
      'maxPostsPerSecond must not be a Token, because the number of invocations of the sender follows from it'],
    [{ throttlingRateLimit: 0 }, 'throttlingRateLimit must be a whole number from 1 to 1000000, got 0'],
    [{ throttlingBurstLimit: 1.5 }, 'throttlingBurstLimit must be a whole number from 1 to 1000000, got 1.5'],
    [{ allowOrigins: ['app.example'] }, "allowOrigins must have origins such as 'https://app.example.com', or '*', got 'app.example'"],
  ])('with %j', (props, message) => {
    expect(() => aLive(props)).toThrow(message);
  });
});

test('a TaskManager whose live updates were refused can have others', () => {
  const { stack, tasks } = aTaskManager() as { stack: Stack; tasks: TaskManager };
  expect(() => new TaskLiveUpdates(stack, 'Refused', { taskManager: tasks, maxPostsPerSecond: 0 })).toThrow();
  expect(() => new TaskLiveUpdates(stack, 'Live', { taskManager: tasks })).not.toThrow();
});

import { NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { HttpLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskManager, TaskManagerProps } from '../src';
import { aFunction, aTaskManager } from './support/constructs';
import { OUTPUT } from '../src/protocol/wire';

type Outputs = Record<string, { readonly Value: unknown; readonly Description?: string; readonly Export?: object }>;

/** Returns the outputs of a TaskManager in a stack, by their names without its name. */
function outputsOf(stack: Stack, outputName = 'Tasks'): Outputs {
  const outputs = Object.entries(Template.fromStack(stack).findOutputs('*') as Outputs)
    .filter(([name]) => name.startsWith(`${outputName}TaskManager`));
  return Object.fromEntries(outputs.map(([name, output]) => [name.slice(outputName.length), output]));
}

function valuesOf(stack: Stack, outputName?: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputsOf(stack, outputName)).map(([name, { Value }]) => [name, Value]));
}

test('are the API, the functions, the queues and the bus that the command line needs', () => {
  const { stack, tasks } = aTaskManager();
  tasks.createOutputs();
  expect(valuesOf(stack)).toEqual(stack.resolve({
    TaskManagerApiUrl: tasks.apiUrl,
    TaskManagerAuth: 'iam',
    TaskManagerStatusPublisher: tasks.statusPublisher.functionName,
    TaskManagerStatusPublisherDeadLetterQueue: tasks.statusPublisherDeadLetterQueue.queueUrl,
    TaskManagerStatusUpdaterQueue: tasks.statusUpdaterQueue.queueUrl,
    TaskManagerStatusUpdaterDeadLetterQueue: tasks.statusUpdaterDeadLetterQueue.queueUrl,
    TaskManagerUndeliveredQueue: tasks.undeliveredQueue.queueUrl,
    TaskManagerUndeliveredDeadLetterQueue: tasks.undeliveredDeadLetterQueue.queueUrl,
    TaskManagerEventBus: tasks.eventBus.eventBusName,
  }));
});

test('are all that there are, for a TaskManager with owners, an encryption key and live updates', () => {
  const { stack, tasks } = aTaskManager((scope) => ({
    auth: TaskApiAuth.iam({ ownerHeader: 'X-Task-Owner' }), encryptionKey: new kms.Key(scope, 'Key'),
  }));
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager: tasks, auth: TaskLiveAuth.iam({ ownerParameter: 'owner' }) });
  tasks.createOutputs({ liveUpdates: live });
  const values = valuesOf(stack);
  expect(Object.keys(values).sort()).toEqual(Object.values(OUTPUT).sort());
  expect(values).toMatchObject(stack.resolve({
    TaskManagerOwnerHeader: 'X-Task-Owner',
    TaskManagerLiveUrl: live.url,
    TaskManagerLiveOwnerParameter: 'owner',
    TaskManagerEventBusDeadLetterQueue: tasks.eventBusDeadLetterQueue!.queueUrl,
  }));
});

test('have descriptions, and are not exported', () => {
  const { stack, tasks } = aTaskManager();
  tasks.createOutputs();
  for (const output of Object.values(outputsOf(stack))) {
    expect(output).toEqual({ Value: expect.anything(), Description: expect.stringMatching(/^(The|How) /) });
  }
});

test('are not there unless somebody asks for them', () => {
  expect(outputsOf(aTaskManager().stack)).toEqual({});
});

test('have no parameter for owners if the live updates have none', () => {
  const { stack, tasks } = aTaskManager();
  tasks.createOutputs({ liveUpdates: new TaskLiveUpdates(stack, 'Live', { taskManager: tasks }) });
  expect(Object.keys(valuesOf(stack)).filter((name) => name.includes('Live'))).toEqual(['TaskManagerLiveUrl']);
});

test('have the name of a bus of the app', () => {
  const { stack, tasks } = aTaskManager((scope) => ({
    eventBus: events.EventBus.fromEventBusName(scope, 'Bus', 'orders'), encryptionKey: new kms.Key(scope, 'Key'),
  }));
  tasks.createOutputs();
  expect(valuesOf(stack)).toMatchObject({ TaskManagerEventBus: 'orders' });
  expect(valuesOf(stack)).not.toHaveProperty('TaskManagerEventBusDeadLetterQueue');
});

describe('the authorization', () => {
  const aUserPool = (stack: Stack) => new cognito.UserPool(stack, 'Users');
  const REST: [string, (stack: Stack) => TaskApiAuth, string][] = [
    ['iam()', () => TaskApiAuth.iam(), 'iam'],
    ['cognito()', (stack) => TaskApiAuth.cognito(aUserPool(stack)), 'cognito'],
    ['authorizer()', (stack) => TaskApiAuth.authorizer(
      new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) }), { ownerContextKey: 'tenant' },
    ), 'authorizer'],
    ['none()', () => TaskApiAuth.none(), 'none'],
  ];
  const HTTP: typeof REST = [
    ['iam()', () => TaskApiAuth.iam(), 'iam'],
    ['cognito()', (stack) => {
      const userPool = aUserPool(stack);
      return TaskApiAuth.cognito(userPool, { userPoolClients: [userPool.addClient('App')] });
    }, 'jwt'],
    ['jwt()', () => TaskApiAuth.jwt('https://login.example.com', { audience: ['tasks'] }), 'jwt'],
    ['httpAuthorizer()', (stack) => TaskApiAuth.httpAuthorizer(
      new HttpLambdaAuthorizer('Authorizer', aFunction(stack)), { ownerContextKey: 'tenant' },
    ), 'authorizer'],
    ['none()', () => TaskApiAuth.none(), 'none'],
  ];
  const ENDPOINTS: [string, typeof REST, (stack: Stack) => TaskManagerProps['endpoint']][] = [
    ['a REST API', REST, () => TaskEndpoint.restApi()],
    ['a resource of another API', REST, (stack) => TaskEndpoint.onResource(new apigateway.RestApi(stack, 'Shop').root.addResource('v1'))],
    ['an HTTP API', HTTP, () => TaskEndpoint.httpApi()],
  ];
  const cases = ENDPOINTS.flatMap(([name, auths, endpoint]) => (
    auths.map(([auth, create, kind]) => [`${name} with TaskApiAuth.${auth}`, { endpoint, create, kind }] as const)
  ));

  test.each(cases)('is in the output of %s', (_, { endpoint, create, kind }) => {
    const { stack, tasks } = aTaskManager((scope) => ({ endpoint: endpoint(scope), auth: create(scope) }));
    tasks.createOutputs();
    expect(valuesOf(stack)).toMatchObject({ TaskManagerAuth: kind, TaskManagerApiUrl: stack.resolve(tasks.apiUrl) });
  });
});

describe('their names', () => {
  test('tell the TaskManagers of a stack apart', () => {
    const { stack, tasks } = aTaskManager();
    const orders = new TaskManager(stack, 'Orders-2', { auth: TaskApiAuth.none() });
    tasks.createOutputs();
    orders.createOutputs();
    expect(valuesOf(stack)).toMatchObject({ TaskManagerAuth: 'iam' });
    expect(valuesOf(stack, 'Orders2')).toMatchObject({ TaskManagerAuth: 'none' });
  });

  test('begin with outputName', () => {
    const { stack, tasks } = aTaskManager();
    tasks.createOutputs({ outputName: 'Orders' });
    expect(outputsOf(stack)).toEqual({});
    expect(valuesOf(stack, 'Orders')).toMatchObject({ TaskManagerAuth: 'iam' });
  });

  test('are the same in a nested stack, whose outputs they are', () => {
    const { stack } = aTaskManager();
    const nested = new NestedStack(stack, 'Nested');
    new TaskManager(nested, 'Tasks').createOutputs();
    expect(valuesOf(nested)).toMatchObject({ TaskManagerAuth: 'iam' });
    expect(outputsOf(stack)).toEqual({});
  });

  test('can be the same in two stacks', () => {
    const { app, tasks } = aTaskManager();
    const other = new Stack(app, 'Other');
    tasks.createOutputs();
    new TaskManager(other, 'Tasks').createOutputs();
    expect(valuesOf(other)).toMatchObject({ TaskManagerAuth: 'iam' });
  });

  test('must be unique in a stack', () => {
    const { stack, tasks } = aTaskManager();
    tasks.createOutputs();
    const other = new TaskManager(new Construct(stack, 'Orders'), 'Tasks');
    expect(() => other.createOutputs()).toThrow("outputName of createOutputs() must be unique in the stack, got 'Tasks' for Stack/Orders/Tasks, and Stack/Tasks has it, too");
    other.createOutputs({ outputName: 'OrderTasks' });
    expect(valuesOf(stack, 'OrderTasks')).toMatchObject({ TaskManagerAuth: 'iam' });
  });

  test.each(['', '1st', 'my-tasks', 'a b', 'Ünal'])('must not begin with %j', (outputName) => {
    expect(() => aTaskManager().tasks.createOutputs({ outputName }))
      .toThrow(`outputName of createOutputs() must be a letter, then up to 199 letters and digits, got '${outputName}' for Stack/Tasks`);
  });

  test('must not begin with the id of a TaskManager that begins with a digit', () => {
    const tasks = new TaskManager(new Stack(), '2nd tasks');
    expect(() => tasks.createOutputs())
      .toThrow("outputName of createOutputs() must be a letter, then up to 199 letters and digits, got '2ndtasks' for Default/2nd tasks");
  });

  test('fit into the limit of CloudFormation', () => {
    const { stack, tasks } = aTaskManager();
    const outputName = 'a'.repeat(200);
    tasks.createOutputs({ outputName });
    for (const name of Object.keys(valuesOf(stack, outputName))) expect(outputName.length + name.length).toBeLessThanOrEqual(255);
    expect(() => aTaskManager().tasks.createOutputs({ outputName: `${outputName}a` })).toThrow('outputName');
  });
});

test('can be created once', () => {
  const { tasks } = aTaskManager();
  tasks.createOutputs();
  expect(() => tasks.createOutputs({ outputName: 'Other' }))
    .toThrow('createOutputs() must be called only once for Stack/Tasks, got a second call: pass all options to the first');
});

describe('live updates', () => {
  test('must be those of the TaskManager', () => {
    const { stack, tasks } = aTaskManager();
    const other = new TaskManager(stack, 'Other');
    const live = new TaskLiveUpdates(stack, 'Live', { taskManager: other });
    expect(() => tasks.createOutputs({ liveUpdates: live }))
      .toThrow('liveUpdates of createOutputs() must be those of Stack/Tasks, got Stack/Live, those of Stack/Other');
  });

  test('must be in the same stack', () => {
    const { app, tasks } = aTaskManager();
    const live = new TaskLiveUpdates(new Stack(app, 'Second'), 'Live', { taskManager: tasks });
    expect(() => tasks.createOutputs({ liveUpdates: live })).toThrow('liveUpdates of createOutputs() must be in the stack of Stack/Tasks, got Second/Live '
      + 'of another stack: omit them, and pass their URL to the command line with --live-url');
  });
});

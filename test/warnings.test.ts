/** Warnings about what is allowed but most often a mistake, and errors about what can't be deployed. */
import { App, Duration, Stack, Stage } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskApiAuth, TaskEndpoint, TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aFunction, aTaskManager } from './support/constructs';
import { importedFunction, processorOf } from './support/processors';

/** Returns the paths and texts of the warnings of this package. */
function warningsOf(stack: Stack): [path: string, text: string][] {
  return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-task-manager:')).map(({ id, entry }) => [id, String(entry.data)]);
}

describe('the timeout of a function', () => {
  const warnings = (handler: (stack: Stack) => lambda.IFunction, props?: TaskManagerProps) =>
    warningsOf(processorOf(handler, {}, props).stack);
  const withTimeout = (timeout?: Duration) => (stack: Stack) => aFunction(stack, 'Function', { timeout });
  const DEFAULT = 'handler Stack/Function has the default timeout of Lambda, 3 seconds: set its timeout to the time that a task can take '
    + '[ack: cdk-task-manager:defaultTimeout]';

  test('causes a warning if it is the default of Lambda', () => {
    expect(warnings(withTimeout(undefined))).toEqual([['/Stack/Export', DEFAULT]]);
  });

  test.each<[string, (handler: lambda.Function) => lambda.IFunction]>([
    ['an alias', (handler) => handler.addAlias('live')], ['a version', (handler) => handler.currentVersion],
  ])('causes the warning for %s, too', (_, qualify) => {
    expect(warnings((stack) => qualify(withTimeout(undefined)(stack))).map(([, text]) => text)).toEqual([expect.stringContaining('3 seconds')]);
  });

  test('causes a warning if it is longer than taskTimeout', () => {
    expect(warnings(withTimeout(Duration.minutes(15)), { taskTimeout: Duration.minutes(10) })).toEqual([['/Stack/Export',
      'handler Stack/Function has a timeout of 15 minutes, longer than the taskTimeout of the TaskManager, 10 minutes: '
      + 'it would work on after its task has failed [ack: cdk-task-manager:timeoutAfterTask]']]);
  });

  test.each([Duration.seconds(3), Duration.minutes(10)])('causes no warning if it is set, and not longer: %s', (timeout) => {
    expect(warnings(withTimeout(timeout), { taskTimeout: Duration.minutes(10) })).toEqual([]);
  });

  test('of an imported function is not known', () => {
    expect(warnings(importedFunction)).toEqual([]);
  });
});

test('two processors with the same function and the same tasks are refused', () => {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks');
  const handler = aFunction(stack);
  new TaskProcessor(stack, 'One', { taskManager, taskType: 'export', handler });
  new TaskProcessor(stack, 'Two', { taskManager, taskType: 'report', handler });
  new TaskProcessor(stack, 'Other', { taskManager: new TaskManager(stack, 'OtherTasks'), taskType: 'export', handler });
  expect(() => new TaskProcessor(stack, 'Three', { taskManager, taskType: 'export', handler }))
    .toThrow('handler Stack/Function must process the tasks of a type once, got two processors with the same taskManager and taskType, '
      + 'Stack/One and Stack/Three: remove one of them');
});

describe.each(['grantCreate', 'grantRead', 'grantCancel'] as const)('%s()', (grant) => {
  const role = (stack: Stack) => new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });

  test.each<[string, (stack: Stack) => TaskApiAuth]>([
    ['cognito()', (stack) => TaskApiAuth.cognito(new cognito.UserPool(stack, 'Users'))],
    ['authorizer()', (stack) => TaskApiAuth.authorizer(new apigateway.RequestAuthorizer(stack, 'Authorizer', {
      handler: aFunction(stack), identitySources: [apigateway.IdentitySource.header('Authorization')],
    }), { ownerContextKey: 'principalId' })],
    ['none()', () => TaskApiAuth.none()],
  ])('causes a warning with TaskApiAuth.%s', (_, auth) => {
    const { stack, tasks } = aTaskManager((scope) => ({ auth: auth(scope) }));
    tasks[grant](role(stack));
    expect(warningsOf(stack)).toEqual([['/Stack/Tasks', `${grant}() has no effect, because the API does not use IAM authorization: remove the call, `
      + 'or use TaskApiAuth.iam() [ack: cdk-task-manager:grantWithoutIam]']]);
  });

  test('causes no warning with IAM authorization', () => {
    const { stack, tasks } = aTaskManager({ auth: TaskApiAuth.iam({ ownerHeader: 'X-Owner' }) });
    tasks[grant](role(stack));
    expect(warningsOf(stack)).toEqual([]);
  });
});

describe('a grant', () => {
  test('to a principal without policies of this app causes a warning', () => {
    const { stack, tasks } = aTaskManager();
    expect(tasks.grantCancel(new iam.ArnPrincipal('arn:aws:iam::222222222222:role/caller')).success).toBe(false);
    const [[path, text], ...more] = warningsOf(stack);
    expect(more).toEqual([]);
    expect(path).toBe('/Stack/Tasks');
    expect(text).toBe('grantCancel() could not grant permission to ArnPrincipal(arn:aws:iam::222222222222:role/caller), because CDK can\'t change its '
      + 'policies: allow it there [ack: cdk-task-manager:notGranted]');
  });

  test('of reports, too', () => {
    const { stack, tasks } = aTaskManager();
    tasks.grantUpdate(new iam.AccountPrincipal('222222222222'), 'export');
    expect(warningsOf(stack).map(([, text]) => text)).toEqual([expect.stringMatching(/^grantUpdate\(\) could not grant permission to /)]);
  });

  test('to a function that is imported without its role causes the warning of CDK only', () => {
    const { stack, tasks } = aTaskManager();
    tasks.grantCreate(lambda.Function.fromFunctionName(stack, 'Function', 'caller'));
    expect(warningsOf(stack)).toEqual([]);
    expect(Annotations.fromStack(stack).findWarning('*', Match.anyValue())).toHaveLength(1);
  });
});

describe('the quotas of EventBridge', () => {
  const patternOf = (length: number) => ({ detail: { owner: ['o'.repeat(length)] } });

  test('allow a long pattern', () => {
    const { app, tasks } = aTaskManager();
    tasks.onTaskFailed('Alert', { eventPattern: patternOf(1850) });
    expect(() => app.synth()).not.toThrow();
  });

  test('make synthesis fail if a pattern is too long', () => {
    const { app, tasks } = aTaskManager();
    tasks.onTaskFailed('Alert', { eventPattern: patternOf(2048) });
    expect(() => app.synth()).toThrow(/\[Stack\/Tasks\/Alert\] eventPattern must have at most 2048 characters together with the source and the type of the event, got 2\d\d\d: define several rules/);
  });

  test('cause a warning if a bus has more than 300 rules', () => {
    const { stack, tasks } = aTaskManager();
    const [first, second] = ['First', 'Second'].map((id) => new Stack(stack, id));
    for (let i = 0; i < 151; i++) {
      tasks.onTaskFailed(`Rule${i}`, { crossStackScope: first });
      tasks.onTaskFailed(`Rule${i}`, { crossStackScope: second });
    }
    expect(warningsOf(first)).toEqual([['/Stack/First/Rule150', 'the event bus Stack/Tasks/EventBus has more than 300 rules of task processors and TaskManagers, '
      + 'the default quota: request an increase, or use TaskManagers with their own event buses [ack: cdk-task-manager:manyRules]']]);
    expect(warningsOf(second)).toEqual([]);
  });

  test('are those of each stage', () => {
    const app = new App();
    const stacks = ['Test', 'Production'].map((id) => new Stack(new Stage(app, id), 'Stack'));
    for (const stack of stacks) {
      const tasks = new TaskManager(stack, 'Tasks', { eventBus: events.EventBus.fromEventBusName(stack, 'Bus', 'default') });
      for (let i = 0; i < 160; i++) tasks.onTaskFailed(`Rule${i}`);
    }
    expect(stacks.flatMap((stack) => warningsOf(stack))).toEqual([]);
  });
});

describe('corsAllowOrigins', () => {
  const origins = (count: number) => Array.from({ length: count }, (_, i) => `https://customer-${i}.example.com`);

  test('can have as many origins as fit into an environment variable', () => {
    expect(() => aTaskManager({ corsAllowOrigins: origins(90) })).not.toThrow();
  });

  test('are refused if they do not fit', () => {
    expect(() => aTaskManager({ corsAllowOrigins: origins(100) })).toThrow(
      'corsAllowOrigins must have at most 3000 characters together, got 3189 in 100 origins: use \'*\', which allows all origins, '
      + 'or serve some of the sites from one origin');
  });
});

describe('a resource policy', () => {
  const allow = (principal: iam.IPrincipal, resource = 'execute-api:/*', conditions?: iam.Conditions) =>
    new iam.PolicyStatement({ principals: [principal], actions: ['execute-api:Invoke'], resources: [resource], conditions });
  const everyone = new iam.AnyPrincipal();
  const lambdaAuthorizer = (stack: Stack) =>
    TaskApiAuth.authorizer(new apigateway.TokenAuthorizer(stack, 'Authorizer', { handler: aFunction(stack) }), { ownerContextKey: 'user' });
  const ownApi = (statement: iam.PolicyStatement, auth?: (stack: Stack) => TaskApiAuth) => {
    const { stack, tasks } = aTaskManager((scope) => ({ auth: auth?.(scope) }));
    tasks.restApi!.addToResourcePolicy(statement);
    return warningsOf(stack);
  };
  const text = (path: string) => `the resource policy of ${path} allows everyone to call the routes, so that callers of this account need no `
    + 'grant, and no permission of a Lambda authorizer: let it deny what must not be, or allow certain principals only '
    + '[ack: cdk-task-manager:policyAllowsEveryone]';

  test.each<[string, iam.PolicyStatement]>([
    ['to everyone', allow(everyone)],
    ['to everyone by the asterisk', allow(new iam.StarPrincipal())],
    ['to everyone from a network', allow(everyone, 'execute-api:/*', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
    ['one of the routes', allow(everyone, 'execute-api:/prod/GET/tasks/*')],
    ['all methods', allow(everyone, 'execute-api:/*/*/tasks')],
  ])('causes a warning if it allows %s', (_, statement) => {
    expect(ownApi(statement)).toEqual([['/Stack/Tasks/Api', text('Stack/Tasks/Api')]]);
  });

  test('causes the warning with a Lambda authorizer, too', () => {
    expect(ownApi(allow(everyone), lambdaAuthorizer)).toHaveLength(1);
  });

  test.each<[string, iam.PolicyStatement]>([
    ['another account', allow(new iam.AccountPrincipal('222222222222'))],
    ['preflights', allow(everyone, 'execute-api:/*/OPTIONS/*')],
    ['other routes', allow(everyone, 'execute-api:/*/GET/health')],
  ])('causes no warning if it allows %s', (_, statement) => {
    expect(ownApi(statement)).toEqual([]);
  });

  test('causes no warning if nothing else would allow callers', () => {
    expect(ownApi(allow(everyone), () => TaskApiAuth.none())).toEqual([]);
  });

  test.each(['the same stack', 'another stack'])('of an API of %s causes the warning', (where) => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const api = new apigateway.RestApi(where === 'the same stack' ? stack : new Stack(app, 'ApiStack'), 'RestApi', { cloudWatchRole: false });
    api.root.addMethod('GET');
    const endpoint = TaskEndpoint.onResource(api.root.addResource('v1').addResource('{tenant}'));
    new TaskManager(stack, 'Tasks', { endpoint });
    api.addToResourcePolicy(allow(everyone, 'execute-api:/*/GET/v1/*'));
    expect(warningsOf(stack)).toEqual([['/Stack/Tasks/Api', text(api.node.path)]]);
  });
});

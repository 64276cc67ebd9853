import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ITaskManager, TaskManager, TaskManagerAttributes } from '../src';
import { aTaskManager, joined, statementsOf } from './support/constructs';

const ENVIRONMENT = { account: '111111111111', region: 'us-east-1' };

const METHODS = [
  ['grantCreate', ['POST/tasks']],
  ['grantRead', ['GET/tasks', 'GET/tasks/*']],
  ['grantCancel', ['POST/tasks/*/cancel']],
] as const;

/** Returns the statements of a role in a stack after a grant. */
function granted(stack: Stack, grant: (role: iam.IRole) => iam.Grant) {
  const { success } = grant(new iam.Role(stack, 'Grantee', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') }));
  expect(success).toBe(true);
  return statementsOf(Template.fromStack(stack), 'Grantee');
}

describe.each(METHODS)('%s', (grant, methods) => {
  test(`allows ${methods.join(' and ')} of this API and stage, and nothing else`, () => {
    const { stack, tasks } = aTaskManager({}, ENVIRONMENT);
    const statements = granted(stack, (role) => tasks[grant](role));
    const api = stack.resolve(tasks.restApi!.restApiId).Ref;
    const stage = stack.resolve(tasks.restApi!.deploymentStage.stageName).Ref;
    expect(statements).toEqual([{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: expect.anything() }]);
    expect([statements[0].Resource].flat().map(joined))
      .toEqual(methods.map((method) => `arn:{AWS::Partition}:execute-api:us-east-1:111111111111:{${api}}/{${stage}}/${method}`));
  });

  test('works for a role in another stack, without a dependency of the TaskManager on that stack', () => {
    const { app, stack, tasks } = aTaskManager();
    const other = new Stack(app, 'Other');
    expect(granted(other, (role) => tasks[grant](role))).toHaveLength(1);
    expect(stack.dependencies).toEqual([]);
  });
});

const ATTRIBUTES = {
  eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
  eventSource: 'task-manager.Other.Tasks-12345678',
  undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
};

function imported(attributes: Partial<TaskManagerAttributes>): { stack: Stack; tasks: ITaskManager } {
  const stack = new Stack(new App(), 'Stack', { env: ENVIRONMENT });
  return { stack, tasks: TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...ATTRIBUTES, ...attributes }) };
}

describe.each(METHODS)('%s of an imported TaskManager', (grant, methods) => {
  test.each([[undefined, 'prod'], ['beta', 'beta']])('allows the same methods, with stageName %s', (stageName, stage) => {
    const { stack, tasks } = imported({ restApiId: 'api', stageName });
    const statements = granted(stack, (role) => tasks[grant](role));
    expect(statements).toEqual([{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: expect.anything() }]);
    expect([statements[0].Resource].flat().map(joined))
      .toEqual(methods.map((method) => `arn:{AWS::Partition}:execute-api:us-east-1:111111111111:api/${stage}/${method}`));
  });

  test('throws if it has no restApiId', () => {
    const { stack, tasks } = imported({});
    expect(() => tasks[grant](new iam.User(stack, 'User')))
      .toThrow('restApiId or httpApiId is required to grant access to the API, at Stack/Tasks: pass it to fromTaskManagerAttributes()');
  });
});

describe('grantUpdate', () => {
  const mayReport = ({ eventSource }: ITaskManager, Resource: unknown) => ({
    Action: 'events:PutEvents',
    Effect: 'Allow',
    Resource,
    Condition: {
      'ForAllValues:StringEquals': { 'events:source': `${eventSource}.processor.export`, 'events:detail-type': 'TaskUpdatedEvent' },
      'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  });

  test('allows reports of one type and to invoke the status reader, and nothing else', () => {
    const { app, tasks } = aTaskManager();
    expect(granted(new Stack(app, 'Other'), (role) => tasks.grantUpdate(role, 'export'))).toEqual([
      mayReport(tasks, { 'Fn::ImportValue': expect.stringContaining('EventBus') }),
      { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::ImportValue': expect.stringContaining('StatusReader') } },
    ]);
  });

  test('allows the same for an imported TaskManager with a status reader', () => {
    const statusReaderArn = 'arn:aws:lambda:us-east-1:111111111111:function:status-reader';
    const { stack, tasks } = imported({ statusReaderArn });
    expect(granted(stack, (role) => tasks.grantUpdate(role, 'export'))).toEqual([
      mayReport(tasks, ATTRIBUTES.eventBusArn), { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: statusReaderArn },
    ]);
  });

  test('allows reports only for an imported TaskManager without a status reader', () => {
    const { stack, tasks } = imported({});
    expect(granted(stack, (role) => tasks.grantUpdate(role, 'export'))).toEqual([mayReport(tasks, ATTRIBUTES.eventBusArn)]);
  });

  test('throws if the task type is invalid', () => {
    const { tasks } = aTaskManager();
    expect(() => tasks.grantUpdate(new iam.User(tasks, 'User'), '')).toThrow("taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got ''");
  });
});

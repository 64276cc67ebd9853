/** A bus, a TaskManager or a rule of another account or region. */
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as events from 'aws-cdk-lib/aws-events';
import { StateMachineTaskProcessor, TaskManager, TaskProcessor } from '../src';
import { aFunction } from './support/constructs';
import { aStateMachine } from './support/wrapper';

const HERE = { account: '111111111111', region: 'us-east-1' };
const BUS = 'arn:aws:events:us-east-1:111111111111:event-bus/bus';
const QUEUE = 'arn:aws:sqs:us-east-1:111111111111:undelivered';
const READER = 'arn:aws:lambda:us-east-1:111111111111:function:status-reader';
const ATTRIBUTES = {
  eventBusArn: BUS, eventSource: 'task-manager.Other.Tasks-12345678', undeliveredQueueArn: QUEUE, statusReaderArn: READER,
};

/** Another account or region, and how messages name it. */
const ELSEWHERE: [string, { account: string; region: string }][] = [
  ['222222222222/us-east-1', { account: '222222222222', region: 'us-east-1' }],
  ['111111111111/eu-west-1', { account: '111111111111', region: 'eu-west-1' }],
];

describe.each(ELSEWHERE)('%s', (got, env) => {
  const inIt = (arn: string) => arn.replace(HERE.account, env.account).replace(HERE.region, env.region);

  test('can\'t have the bus of a TaskManager', () => {
    const stack = new Stack(new App(), 'Stack', { env: HERE });
    const eventBus = events.EventBus.fromEventBusArn(stack, 'Bus', inIt(BUS));
    expect(() => new TaskManager(stack, 'Tasks', { eventBus }))
      .toThrow(`eventBus must be in the account and region of the TaskManager, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have the bus of a TaskManager, defined by another stack', () => {
    const app = new App();
    const eventBus = new events.EventBus(new Stack(app, 'Bus', { env }), 'Bus', { eventBusName: 'bus' });
    expect(() => new TaskManager(new Stack(app, 'Stack', { env: HERE }), 'Tasks', { eventBus }))
      .toThrow(`eventBus must be in the account and region of the TaskManager, 111111111111/us-east-1, got ${got}`);
  });

  test.each(['eventBusArn', 'undeliveredQueueArn', 'statusReaderArn'] as const)('can\'t have the %s of an imported TaskManager', (attribute) => {
    const stack = new Stack(new App(), 'Stack', { env: HERE });
    expect(() => TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...ATTRIBUTES, [attribute]: inIt(ATTRIBUTES[attribute]) }))
      .toThrow(`${attribute} must be in the account and region of the stack, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have the TaskManager of a processor', () => {
    const app = new App();
    const taskManager = new TaskManager(new Stack(app, 'Manager', { env }), 'Tasks');
    const stack = new Stack(app, 'Stack', { env: HERE });
    expect(() => new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) }))
      .toThrow(`taskManager must be in the account and region of the processor, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have the TaskManager of a processor of long work', () => {
    const app = new App();
    const taskManager = new TaskManager(new Stack(app, 'Manager', { env }), 'Tasks');
    const stack = new Stack(app, 'Stack', { env: HERE });
    expect(() => new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) }))
      .toThrow(`taskManager must be in the account and region of the processor, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have the imported TaskManager of a processor', () => {
    const app = new App();
    const taskManager = TaskManager.fromTaskManagerAttributes(new Stack(app, 'Manager'), 'Tasks', {
      ...ATTRIBUTES, eventBusArn: inIt(BUS), undeliveredQueueArn: inIt(QUEUE), statusReaderArn: inIt(READER),
    });
    const stack = new Stack(app, 'Stack', { env: HERE });
    expect(() => new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) }))
      .toThrow(`taskManager must be in the account and region of the processor, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have the imported TaskManager of a processor of long work', () => {
    const app = new App();
    const taskManager = TaskManager.fromTaskManagerAttributes(new Stack(app, 'Manager'), 'Tasks', {
      ...ATTRIBUTES, eventBusArn: inIt(BUS), undeliveredQueueArn: inIt(QUEUE), statusReaderArn: inIt(READER),
    });
    const stack = new Stack(app, 'Stack', { env: HERE });
    expect(() => new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) }))
      .toThrow(`taskManager must be in the account and region of the processor, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have a rule for events of a TaskManager', () => {
    const app = new App();
    const tasks = new TaskManager(new Stack(app, 'Manager', { env: HERE }), 'Tasks');
    const crossStackScope = new Stack(app, 'Stack', { env });
    expect(() => tasks.onTaskFailed('Alert', { crossStackScope }))
      .toThrow(`crossStackScope must be in the account and region of the TaskManager, 111111111111/us-east-1, got ${got}`);
  });

  test('can\'t have a rule for events of an imported TaskManager', () => {
    const app = new App();
    const tasks = TaskManager.fromTaskManagerAttributes(new Stack(app, 'Manager'), 'Tasks', ATTRIBUTES);
    const crossStackScope = new Stack(app, 'Stack', { env });
    expect(() => tasks.onTaskFailed('Alert', { crossStackScope }))
      .toThrow(`crossStackScope must be in the account and region of the event bus, ${HERE.account}/${HERE.region}, got ${got}`);
  });
});

test.each([[undefined, HERE], [HERE, undefined], [HERE, HERE], [undefined, undefined]])('stacks with the environments %j and %j can work together', (one, other) => {
  const app = new App();
  const managerStack = new Stack(app, 'Manager', { env: one });
  const stack = new Stack(app, 'Stack', { env: other });
  const taskManager = TaskManager.fromTaskManagerAttributes(managerStack, 'Tasks', ATTRIBUTES);
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler: aFunction(stack) });
  new StateMachineTaskProcessor(stack, 'Video', { taskManager, taskType: 'video', stateMachine: aStateMachine(stack) });
  taskManager.onTaskFailed('Alert', { crossStackScope: stack });
  Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 5);
});

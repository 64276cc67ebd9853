import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import { TaskEvents } from '../src';
import { aTaskManager } from './support/constructs';

describe('rules of a TaskManager', () => {
  test.each([
    ['onTaskCreated', 'TaskCreatedEvent'],
    ['onTaskRunning', 'TaskRunningEvent'],
    ['onTaskSuccessful', 'TaskSuccessfulEvent'],
    ['onTaskFailed', 'TaskFailedEvent'],
    ['onTaskCancelled', 'TaskCancelledEvent'],
  ] as const)('%s matches %s of all task types', (on, detailType) => {
    const { stack, tasks } = aTaskManager();
    tasks[on]('Notify', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: 'TasksEventBusD7D69F14' },
      EventPattern: { 'source': [tasks.eventSource], 'detail-type': [detailType] },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('^Topic') } })],
    });
  });

  test('can match one task type, and details of the event', () => {
    const { app, tasks } = aTaskManager();
    const other = new Stack(app, 'Other');
    tasks.onTaskFailed('Notify', {
      taskType: 'export', eventPattern: { detail: { error: { code: ['TaskTimeout'] } } }, crossStackScope: other, description: 'why', ruleName: 'name',
    });
    Template.fromStack(other).hasResourceProperties('AWS::Events::Rule', {
      Name: 'name', Description: 'why', EventPattern: { detail: { type: ['export'], error: { code: ['TaskTimeout'] } } },
    });
  });

  test('throw if the task type is invalid', () => {
    const { tasks } = aTaskManager();
    expect(() => tasks.onTaskFailed('Notify', { taskType: 'a b' })).toThrow("taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got 'a b'");
  });
});

describe.each([
  ['created', 'TaskCreatedEvent'],
  ['running', 'TaskRunningEvent'],
  ['successful', 'TaskSuccessfulEvent'],
  ['failed', 'TaskFailedEvent'],
  ['cancelled', 'TaskCancelledEvent'],
] as const)('TaskEvents.%s', (event, detailType) => {
  const { tasks } = aTaskManager();

  test(`matches ${detailType} of all task types`, () => {
    expect(TaskEvents[event](tasks)).toEqual({ source: [tasks.eventSource], detailType: [detailType] });
  });

  test('matches one task type', () => {
    expect(TaskEvents[event](tasks, { taskType: 'export' })).toEqual({ source: [tasks.eventSource], detailType: [detailType], detail: { type: ['export'] } });
  });

  test('throws if the task type is invalid', () => {
    expect(() => TaskEvents[event](tasks, { taskType: '' })).toThrow("taskType must match ^[A-Za-z][A-Za-z0-9._-]{0,63}$, got ''");
  });
});

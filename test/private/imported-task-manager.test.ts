import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { TaskManager } from '../../src';

describe('an imported TaskManager', () => {
  const attributes = {
    eventBusArn: 'arn:aws:events:us-east-1:111111111111:event-bus/bus',
    eventSource: 'task-manager.Other.Tasks-12345678',
    undeliveredQueueArn: 'arn:aws:sqs:us-east-1:111111111111:undelivered',
  };

  test('has the given attributes, and creates no resources', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', attributes);
    expect(tasks.eventBus.eventBusArn).toBe(attributes.eventBusArn);
    expect(tasks.eventSource).toBe(attributes.eventSource);
    expect(tasks.undeliveredQueue.queueArn).toBe(attributes.undeliveredQueueArn);
    expect(tasks.taskTimeout.toHours()).toBe(24);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('has no status reader if its ARN is not given', () => {
    const tasks = TaskManager.fromTaskManagerAttributes(new Stack(new App(), 'Stack'), 'Tasks', attributes);
    expect(tasks.statusReader).toBeUndefined();
  });

  test('has the given status reader', () => {
    const stack = new Stack(new App(), 'Stack');
    const statusReaderArn = 'arn:aws:lambda:us-east-1:111111111111:function:status-reader';
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...attributes, statusReaderArn });
    expect(tasks.statusReader!.functionArn).toBe(statusReaderArn);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('accepts all task types', () => {
    const tasks = TaskManager.fromTaskManagerAttributes(new Stack(new App(), 'Stack'), 'Tasks', attributes);
    expect(tasks.acceptedTaskTypes).toBeUndefined();
  });

  test('has the given taskTimeout', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', { ...attributes, taskTimeout: Duration.minutes(5) });
    expect(tasks.taskTimeout.toMinutes()).toBe(5);
  });

  test('defines rules on the given bus', () => {
    const stack = new Stack(new App(), 'Stack');
    const tasks = TaskManager.fromTaskManagerAttributes(stack, 'Tasks', attributes);
    tasks.onTaskSuccessful('Notify', { taskType: 'export' });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventBusName: 'bus',
      EventPattern: { 'source': [attributes.eventSource], 'detail-type': ['TaskSuccessfulEvent'], 'detail': { type: ['export'] } },
    });
  });
});

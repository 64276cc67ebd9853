import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ITaskManager, TaskManager, TaskManagerProps, TaskProcessor, TaskProcessorProps } from '../../src';

export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:111111111111:function:exporter';
export const ROLE_ARN = 'arn:aws:iam::111111111111:role/exporter';

export type ProcessorOptions = Partial<Omit<TaskProcessorProps, 'taskManager' | 'handler'>>;

/** Returns a stack with a TaskManager and a processor of its tasks of type `export`. */
export function processorOf(handler: (stack: Stack) => lambda.IFunction, options: ProcessorOptions = {}, managerProps?: TaskManagerProps) {
  const stack = new Stack(new App(), 'Stack');
  const tasks = new TaskManager(stack, 'Tasks', managerProps);
  new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler: handler(stack), ...options });
  return { stack, tasks, template: Template.fromStack(stack) };
}

/** Returns the statement that allows reports on tasks of some types. */
export const mayReport = (tasks: ITaskManager, taskType: string | string[] = 'export') => ({
  Action: 'events:PutEvents',
  Effect: 'Allow',
  Resource: { 'Fn::GetAtt': ['TasksEventBusD7D69F14', 'Arn'] },
  Condition: {
    'ForAllValues:StringEquals': { 'events:source': sourcesOf(tasks, taskType), 'events:detail-type': 'TaskUpdatedEvent' },
    'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
  },
});

function sourcesOf({ eventSource }: ITaskManager, taskType: string | string[]): string | string[] {
  return Array.isArray(taskType) ? taskType.map((type) => `${eventSource}.processor.${type}`) : `${eventSource}.processor.${taskType}`;
}

/** The logical id of the role of `aFunction()`. */
export const FUNCTION_ROLE = 'FunctionServiceRole675BB04A';
/** The logical id of the status reader of `processorOf()`. */
export const STATUS_READER = 'TasksStatusReaderA4770F5D';
export const REPORTER_ARN = { 'Fn::GetAtt': [Match.stringLikeRegexp('^TaskReporter[0-9a-f]{8}'), 'Arn'] };

/** Returns the configurations for asynchronous invocation with their logical ids, except the sweeper's. */
export function invokeConfigs(template: Template) {
  return Object.entries(template.findResources('AWS::Lambda::EventInvokeConfig')).filter(([id]) => !id.includes('Sweeper'));
}

/** Returns the only such configuration. */
export function invokeConfig(template: Template) {
  const [[, config], ...more] = invokeConfigs(template);
  expect(more).toEqual([]);
  return config;
}

/** Returns the only rule that delivers tasks. */
export function processorRule(template: Template) {
  const rules = Object.values(template.findResources('AWS::Events::Rule', { Properties: { EventPattern: { 'detail-type': ['TaskCreatedEvent'] } } }));
  expect(rules).toHaveLength(1);
  return rules[0];
}

/** Returns a function of another app, with a role that can be granted permissions. */
export function importedFunction(stack: Stack): lambda.IFunction {
  return lambda.Function.fromFunctionAttributes(stack, 'Function', {
    functionArn: FUNCTION_ARN, role: iam.Role.fromRoleArn(stack, 'Role', ROLE_ARN), sameEnvironment: true,
  });
}

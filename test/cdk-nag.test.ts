import { App, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TaskApiAuth, TaskManager, TaskManagerProps, TaskProcessor } from '../src';
import { aContainerProcessor, aStateMachineProcessor } from './support/wrapper';

/** Findings that remain, with their reasons. */
const ACKNOWLEDGED: Record<string, string> = {
  'AwsSolutions-APIG1': 'access logs are opt-in: they need a CloudWatch role in the settings of the account, which a construct must not change',
  'AwsSolutions-APIG2': 'the function parses requests, and returns better errors than API Gateway',
  'AwsSolutions-APIG3': 'a web ACL is the choice of the user, who can attach it to taskManager.restApi',
  'AwsSolutions-APIG6': 'execution logs need the same role as access logs',
  'AwsSolutions-COG4': 'methods use IAM authorization, which is as safe as Cognito',
  'AwsSolutions-SQS3': 'the queue of the publisher is a dead-letter queue itself, of a stream',
};

/** Returns the rules that a stack with a TaskManager and a processor breaks. */
function findings(props?: (stack: Stack) => TaskManagerProps): string[] {
  const stack = new Stack(new App(), 'Stack');
  const taskManager = new TaskManager(stack, 'Tasks', props?.(stack));
  const handler = new lambda.Function(stack, 'Function', {
    code: lambda.Code.fromInline('exports.handler = async () => {}'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
  });
  new TaskProcessor(stack, 'Export', { taskManager, taskType: 'export', handler });
  return new AwsSolutionsChecks().validateScope(stack).violations.map(({ ruleName }) => ruleName).sort();
}

test('AwsSolutions has no findings except the acknowledged ones', () => {
  expect(findings()).toEqual(Object.keys(ACKNOWLEDGED));
});

test('AwsSolutions has fewer findings with Cognito, access logs and task types', () => {
  const USER_POOL = 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc';
  const found = findings((stack) => ({
    auth: TaskApiAuth.cognito(cognito.UserPool.fromUserPoolArn(stack, 'Users', USER_POOL)), accessLogs: true, taskTypes: [{ taskType: 'export' }],
  }));
  expect(found).toEqual(Object.keys(ACKNOWLEDGED).filter((rule) => !['AwsSolutions-APIG1', 'AwsSolutions-COG4'].includes(rule)));
});

/** Findings about processors of long work, with their reasons. */
const OF_LONG_WORK: Record<string, string> = {
  'AwsSolutions-IAM5': 'names of executions, ARNs of ECS tasks, revisions and keys of results are not known before they are there; '
    + 'ecs:ListTasks has no resource but a condition for the cluster',
  'AwsSolutions-SF1': 'the log of the wrapper would hold payloads and results: it is opt-in, with processor.wrapper',
  'AwsSolutions-SF2': 'tracing is opt-in, too',
};

/** The resources with wildcards. */
const WILDCARDS = [
  /:execution:.*:\*$/, /:task-definition\/\w+:\*$/, /:task\/<\w+>\/\*$/, /\/tasks\/render\/\*$/, /^\*$/,
];

test.each<[string, () => { stack: Stack }]>([
  ['StateMachineTaskProcessor', aStateMachineProcessor], ['ContainerTaskProcessor', aContainerProcessor],
])('AwsSolutions has no findings about a %s except the acknowledged ones', (_, defined) => {
  const found = new AwsSolutionsChecks().validateScope(defined().stack).violations
    .filter(({ violatingResources }) => violatingResources.some(({ constructPath }) => /^Stack\/(Video|Render)\//.test(constructPath!)));
  const names = found.map(({ ruleName }) => ruleName);
  const resources = names.map((name) => /\[Resource::(.*)\]$/.exec(name)?.[1]);

  expect([...new Set(names.map((name) => name.split('[')[0]))].sort()).toEqual(Object.keys(OF_LONG_WORK));
  expect(resources.filter((resource) => resource !== undefined && !WILDCARDS.some((allowed) => allowed.test(resource)))).toEqual([]);
});

import { App, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { TaskApiAuth, TaskManager, TaskManagerProps, TaskProcessor } from '../src';

/** Findings that stand, each for a reason. */
const ACKNOWLEDGED: Record<string, string> = {
  'AwsSolutions-APIG1': 'access logs need a role for CloudWatch in the account\'s settings, which a construct must not change: they are opt-in',
  'AwsSolutions-APIG2': 'the handler validates requests, and says more about what is wrong than API Gateway can',
  'AwsSolutions-APIG3': 'a web ACL is the user\'s choice: it is attached to taskManager.restApi',
  'AwsSolutions-APIG6': 'execution logs need the same role as access logs',
  'AwsSolutions-COG4': 'methods are authorized by IAM; Cognito is not the only safe choice',
  'AwsSolutions-SQS3': 'the publisher\'s queue is a dead-letter queue, of a stream and not of another queue',
};

/** The rules that a stack with a TaskManager and a processor breaks. */
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

test('AwsSolutions finds nothing but what is acknowledged', () => {
  expect(findings()).toEqual(Object.keys(ACKNOWLEDGED));
});

test('AwsSolutions has less to find with Cognito, access logs and task types', () => {
  const USER_POOL = 'arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_abc';
  const found = findings((stack) => ({
    auth: TaskApiAuth.cognito(cognito.UserPool.fromUserPoolArn(stack, 'Users', USER_POOL)), accessLogs: true, taskTypes: [{ taskType: 'export' }],
  }));
  expect(found).toEqual(Object.keys(ACKNOWLEDGED).filter((rule) => !['AwsSolutions-APIG1', 'AwsSolutions-COG4'].includes(rule)));
});

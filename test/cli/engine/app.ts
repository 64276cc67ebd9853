import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskApiAuth, TaskEndpoint, TaskLiveAuth, TaskLiveUpdates, TaskManager, TaskProcessor } from '../../../src';
import { UNTHROTTLED } from '../../support/deployed-app';
import { addSupportRole } from '../../support/support-role';

export const STACK = 'Tickets';
export const OWNER_HEADER = 'X-Owner';
export const TOKEN = 'Bearer let-me-in';

const WORKER = `exports.handler = async ({ detail }) => {
  if (detail.payload?.fail) throw new Error('the printer is on fire');
  return { printed: detail.payload?.pages ?? 1 };
};`;

const AUTHORIZER = `exports.handler = async ({ authorizationToken, methodArn }) => ({
  principalId: 'somebody',
  context: { tenant: 'acme' },
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect: authorizationToken === '${TOKEN}' ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource: methodArn }],
  },
});`;

/** Synthesizes an app with TaskManagers of several kinds: `Tasks`, `Owned`, `Guarded` and `Open`. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);

  const tasks = new TaskManager(stack, 'Tasks', UNTHROTTLED);
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager: tasks });
  tasks.createOutputs({ liveUpdates: live });
  const support = addSupportRole(stack, tasks, live);
  const handler = inlineFunction(stack, 'Worker', WORKER);
  new TaskProcessor(stack, 'Print', { taskManager: tasks, taskType: 'print', handler, completeOnReturn: true, retryAttempts: 0 });
  const observed = new sqs.Queue(stack, 'Observed');
  tasks.onTaskCreated('Observe', { target: new targets.SqsQueue(observed) });
  new CfnOutput(stack, 'ObservedQueue', { value: observed.queueUrl });
  new CfnOutput(stack, 'EventSource', { value: tasks.eventSource });
  new CfnOutput(stack, 'Table', { value: tasks.table.tableName });

  const owned = new TaskManager(stack, 'Owned', {
    ...UNTHROTTLED, endpoint: TaskEndpoint.httpApi(), auth: TaskApiAuth.iam({ ownerHeader: OWNER_HEADER }),
  });
  const ownedLive = new TaskLiveUpdates(stack, 'OwnedLive', { taskManager: owned, auth: TaskLiveAuth.iam({ ownerParameter: 'owner' }) });
  owned.createOutputs({ liveUpdates: ownedLive });
  [owned.grantCreate(support), owned.grantRead(support), owned.grantCancel(support), ownedLive.grantConnect(support)];

  const authorizer = new apigateway.TokenAuthorizer(stack, 'Authorizer', {
    handler: inlineFunction(stack, 'AuthorizerFunction', AUTHORIZER), resultsCacheTtl: Duration.seconds(0),
  });
  new TaskManager(stack, 'Guarded', { ...UNTHROTTLED, auth: TaskApiAuth.authorizer(authorizer, { ownerContextKey: 'tenant' }) }).createOutputs();
  new TaskManager(stack, 'Open', { ...UNTHROTTLED, auth: TaskApiAuth.none() }).createOutputs();

  app.synth();
}

function inlineFunction(stack: Stack, id: string, code: string): lambda.Function {
  return new lambda.Function(stack, id, {
    code: lambda.Code.fromInline(code), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X,
  });
}

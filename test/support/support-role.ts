import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { TaskLiveUpdates, TaskManager } from '../../src';

/** Adds a role with all permissions that docs/operate.md names for the command line, and an output with its ARN. */
export function addSupportRole(stack: Stack, tasks: TaskManager, live: TaskLiveUpdates): iam.Role {
  const support = new iam.Role(stack, 'Support', { assumedBy: new iam.AccountRootPrincipal() });
  new CfnOutput(stack, 'SupportRole', { value: support.roleArn });
  tasks.grantCreate(support);
  tasks.grantRead(support);
  tasks.grantCancel(support);
  live.grantConnect(support);
  const resources = [stack.formatArn({ service: 'cloudformation', resource: 'stack', resourceName: `${stack.stackName}/*` })];
  support.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks'], resources }));

  tasks.statusPublisherDeadLetterQueue.grantConsumeMessages(support);
  tasks.statusPublisher.grantInvoke(support);
  const moves = [
    [tasks.statusUpdaterDeadLetterQueue, tasks.statusUpdaterQueue],
    [tasks.undeliveredDeadLetterQueue, tasks.undeliveredQueue],
  ];
  for (const [deadLetterQueue, queue] of moves) {
    deadLetterQueue.grantConsumeMessages(support);
    deadLetterQueue.grant(support, 'sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks');
    queue.grantSendMessages(support);
  }
  return support;
}

import { CfnOutput, Stack, StackProps } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { ITaskManager, TaskLiveUpdates } from 'cdk-task-manager';
import { Construct } from 'constructs';

export interface BackOfficeStackProps extends StackProps {
  readonly orders: ITaskManager;
  readonly ordersLive: TaskLiveUpdates;
  readonly reports: ITaskManager;
}

/** The suppliers of tasks: a role that can create and read tasks of both contexts, and watch the orders. */
export class BackOfficeStack extends Stack {
  constructor(scope: Construct, id: string, props: BackOfficeStackProps) {
    super(scope, id, props);

    const clerk = new iam.Role(this, 'Clerk', { assumedBy: new iam.AccountRootPrincipal() });
    for (const tasks of [props.orders, props.reports]) {
      tasks.grantCreate(clerk);
      tasks.grantRead(clerk);
    }
    props.ordersLive.grantConnect(clerk);

    new CfnOutput(this, 'ClerkRole', { value: clerk.roleArn });
  }
}

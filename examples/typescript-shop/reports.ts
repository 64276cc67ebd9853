import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import { TaskManager } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** The bounded context Reports: accepts tasks, and keeps their results for 30 days. */
export class ReportsStack extends Stack {
  public readonly tasks: TaskManager;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    this.tasks = new TaskManager(this, 'Tasks', { taskRetention: Duration.days(30), removalPolicy: RemovalPolicy.DESTROY });
    this.tasks.createOutputs();

    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
  }
}

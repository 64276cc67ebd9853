import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { TaskApiAuth, TaskEndpoint, TaskManager, TaskProcessor } from 'cdk-task-manager';
import { Construct } from 'constructs';
import { ShopApi } from './shop-api';

export interface ExportServiceProps extends StackProps {
  readonly shopApi: ShopApi;
}

/** Exports orders: `POST /v1/tasks` of the shop's API starts an export. Each customer sees their own ones only. */
export class ExportService extends Stack {
  public readonly tasks: TaskManager;

  constructor(scope: Construct, id: string, { shopApi, ...props }: ExportServiceProps) {
    super(scope, id, props);
    this.tasks = new TaskManager(this, 'Tasks', {
      endpoint: TaskEndpoint.onResource(shopApi.v1),
      auth: TaskApiAuth.authorizer(shopApi.authorizer, { ownerContextKey: 'principalId' }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const handler = new lambda.Function(this, 'Exporter', {
      code: lambda.Code.fromInline("exports.handler = async () => ({ orders: ['o-1', 'o-2'] });"),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.minutes(5),
    });
    new TaskProcessor(this, 'Export', { taskManager: this.tasks, taskType: 'export', handler, completeOnReturn: true });

    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
  }
}

import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskManager } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** The bounded context Orders: accepts tasks, and notifies the warehouse of imported orders. */
export class OrdersStack extends Stack {
  public readonly tasks: TaskManager;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    this.tasks = new TaskManager(this, 'Tasks', { taskTimeout: Duration.hours(1), removalPolicy: RemovalPolicy.DESTROY });

    const warehouse = new sqs.Queue(this, 'Warehouse');
    this.tasks.onTaskSuccessful('TellWarehouse', { taskType: 'import-orders', target: new targets.SqsQueue(warehouse) });

    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
    new CfnOutput(this, 'WarehouseQueue', { value: warehouse.queueUrl });
  }
}

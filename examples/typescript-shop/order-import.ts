import * as path from 'node:path';
import { Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ITaskManager, TaskProcessor } from 'cdk-task-manager';
import { Construct } from 'constructs';

export interface OrderImportStackProps extends StackProps {
  readonly tasks: ITaskManager;
}

/** Imports orders. A separate stack, so that the function can be deployed without the TaskManager. */
export class OrderImportStack extends Stack {
  constructor(scope: Construct, id: string, props: OrderImportStackProps) {
    super(scope, id, props);

    const orders = new dynamodb.TableV2(this, 'Orders', {
      partitionKey: { name: 'orderId', type: dynamodb.AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const importer = new lambda.Function(this, 'Importer', {
      code: lambda.Code.fromAsset(path.join(__dirname, 'functions', 'order_import')),
      handler: 'index.handler',
      runtime: lambda.Runtime.PYTHON_3_13,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.minutes(15),
      environment: { ORDERS_TABLE: orders.tableName },
    });
    orders.grantWriteData(importer);

    new TaskProcessor(this, 'ImportOrders', { taskManager: props.tasks, taskType: 'import-orders', handler: importer });
  }
}

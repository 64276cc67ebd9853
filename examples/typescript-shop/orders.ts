import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { TaskLiveUpdates, TaskManager } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** The bounded context Orders: accepts tasks, sends their changes to who watches, notifies the warehouse, and calls for help. */
export class OrdersStack extends Stack {
  public readonly tasks: TaskManager;
  public readonly live: TaskLiveUpdates;

  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    this.tasks = new TaskManager(this, 'Tasks', { taskTimeout: Duration.hours(1), removalPolicy: RemovalPolicy.DESTROY });

    this.live = new TaskLiveUpdates(this, 'Live', { taskManager: this.tasks });

    const warehouse = new sqs.Queue(this, 'Warehouse');
    this.tasks.onTaskSuccessful('TellWarehouse', { taskType: 'import-orders', target: new targets.SqsQueue(warehouse) });

    const onCall = new sns.Topic(this, 'OnCall');
    this.tasks.createAlarms({ action: new actions.SnsAction(onCall), maxFailurePercent: 20 });
    this.tasks.createDashboard({ defaultInterval: Duration.days(1) });
    this.tasks.createQueries();
    this.tasks.createOutputs({ liveUpdates: this.live });

    new CfnOutput(this, 'ApiUrl', { value: this.tasks.apiUrl });
    new CfnOutput(this, 'LiveUrl', { value: this.live.url });
    new CfnOutput(this, 'WarehouseQueue', { value: warehouse.queueUrl });
  }
}

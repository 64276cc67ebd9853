import * as path from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { TaskEndpoint, TaskLiveUpdates, TaskManager, TaskProcessor, TaskResults } from 'cdk-task-manager';
import { Construct } from 'constructs';

/** Configures an `ExportService`. */
export interface ExportServiceProps extends StackProps {
  /** Where the API is: by default, in a REST API. */
  readonly endpoint?: TaskEndpoint;
}

/** What a request may ask for. The API refuses everything else. */
const PAYLOAD = {
  type: 'object',
  properties: {
    table: { type: 'string', description: 'Name of the table', examples: ['customers'] },
    seconds: { type: 'number', minimum: 0, maximum: 800, description: 'Makes the export take longer, so that you can watch its progress' },
  },
  required: ['table'],
  additionalProperties: false,
};

/** Exports tables as CSV files: `POST /tasks` starts an export, `GET /tasks/{taskId}` returns its status. */
export class ExportService extends Stack {
  constructor(scope: Construct, id: string, props: ExportServiceProps = {}) {
    super(scope, id, props);

    const customers = new dynamodb.TableV2(this, 'Customers', {
      partitionKey: { name: 'customerId', type: dynamodb.AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });

    const exporter = new NodejsFunction(this, 'Exporter', {
      entry: path.join(__dirname, 'exporter.lambda.ts'),
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.minutes(15),
      environment: { CUSTOMERS_TABLE: customers.tableName },
      bundling: { bundleAwsSDK: true, minify: true },
    });
    customers.grantReadData(exporter);

    const tasks = new TaskManager(this, 'Tasks', {
      endpoint: props.endpoint,
      taskTypes: [{ taskType: 'export', payloadSchema: PAYLOAD }],
      resultBucket: TaskResults.bucket(),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new TaskProcessor(this, 'Export', { taskManager: tasks, taskType: 'export', handler: exporter });
    const live = new TaskLiveUpdates(this, 'Live', { taskManager: tasks });
    tasks.createOutputs({ liveUpdates: live });

    new CfnOutput(this, 'ApiUrl', { value: tasks.apiUrl });
    new CfnOutput(this, 'LiveUrl', { value: live.url });
    new CfnOutput(this, 'CustomersTable', { value: customers.tableName });
  }
}

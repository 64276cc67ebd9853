import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { writeOpenApi } from '../../local/demo/open-api';
import { TaskLiveUpdates, TaskManager, TaskProcessor, TaskResults } from '../../src';
import { PROJECT } from '../support/command';
import { bundleFunction, nodeFunction, UNTHROTTLED } from '../support/deployed-app';
import { addSupportRole } from '../support/support-role';

export const STACK = 'Orders';

/** Task types whose tasks do what a test reports. */
export const REPORTED_TYPES = ['import', 'send-invoices'];

const EXPORT_PAYLOAD = {
  type: 'object',
  properties: {
    table: { type: 'string', description: 'Name of the table' },
    seconds: { type: 'number', minimum: 0, maximum: 800, description: 'How long the export takes' },
    format: { enum: ['csv', 'json'] },
  },
  required: ['table'],
};

/** Synthesizes an app with the exporter of examples/typescript, and the role of a support person. */
export function synthesize(outdir: string): void {
  const app = new App({ outdir });
  const stack = new Stack(app, STACK);
  const tasks = new TaskManager(stack, 'Tasks', {
    ...UNTHROTTLED,
    taskTypes: [{ taskType: 'export', payloadSchema: EXPORT_PAYLOAD }, ...REPORTED_TYPES.map((taskType) => ({ taskType }))],
    resultBucket: TaskResults.bucket(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const live = new TaskLiveUpdates(stack, 'Live', { taskManager: tasks });
  tasks.createOutputs({ liveUpdates: live });
  new CfnOutput(stack, 'EventSource', { value: tasks.eventSource });

  const customers = new dynamodb.TableV2(stack, 'Customers', {
    partitionKey: { name: 'customerId', type: dynamodb.AttributeType.STRING }, removalPolicy: RemovalPolicy.DESTROY,
  });
  new CfnOutput(stack, 'CustomersTable', { value: customers.tableName });
  const code = bundleFunction(path.join(PROJECT, 'examples', 'typescript', 'exporter.lambda.ts'), outdir);
  const handler = nodeFunction(stack, 'Exporter', code, Duration.minutes(5));
  handler.addEnvironment('CUSTOMERS_TABLE', customers.tableName);
  customers.grantReadData(handler);
  new TaskProcessor(stack, 'Export', { taskManager: tasks, taskType: 'export', handler });

  addSupportRole(stack, tasks, live);

  app.synth();
  writeOpenApi(app);
}

import * as path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface NaivePipelineProps {
  readonly processor: lambda.IFunction;
  /** Bundles the code of a function. */
  readonly bundle: (entry: string) => lambda.Code;
}

/**
 * The pattern as samples implement it: an API, a table, a stream, a bus and a queue, with functions that take one record at a time. It has
 * no deadlines, no list, no conditions, and no handling of failures.
 */
export class NaivePipeline extends Construct {
  public readonly api: apigateway.RestApi;

  constructor(scope: Construct, id: string, { processor, bundle }: NaivePipelineProps) {
    super(scope, id);
    const aFunction = (name: string, environment: Record<string, string>) => new lambda.Function(this, name, {
      code: bundle(path.join(__dirname, `${name}.lambda.ts`)), handler: 'index.handler', runtime: lambda.Runtime.NODEJS_24_X, timeout: Duration.seconds(30), environment,
    });
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'taskId', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'item', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    });
    const bus = new events.EventBus(this, 'Bus');

    const api = aFunction('api', { TABLE_NAME: table.tableName });
    table.grantReadWriteData(api);
    this.api = new apigateway.RestApi(this, 'Api', { defaultIntegration: new apigateway.LambdaIntegration(api) });
    const tasks = this.api.root.addResource('tasks');
    tasks.addMethod('POST');
    tasks.addResource('{taskId}').addMethod('GET');

    const publisher = aFunction('publisher', { EVENT_BUS_NAME: bus.eventBusName });
    bus.grantPutEventsTo(publisher);
    publisher.addEventSource(new DynamoEventSource(table, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, batchSize: 1 }));
    new events.Rule(this, 'Created', {
      eventBus: bus, eventPattern: { detailType: ['TaskCreatedEvent'] }, targets: [new targets.LambdaFunction(processor)],
    });
    bus.grantPutEventsTo(processor);

    const updater = aFunction('updater', { TABLE_NAME: table.tableName });
    table.grantReadWriteData(updater);
    const queue = new sqs.Queue(this, 'Queue', { visibilityTimeout: Duration.minutes(3) });
    updater.addEventSource(new SqsEventSource(queue, { batchSize: 1 }));
    new events.Rule(this, 'Updated', {
      eventBus: bus, eventPattern: { detailType: ['TaskUpdatedEvent'] }, targets: [new targets.SqsQueue(queue)],
    });
  }
}

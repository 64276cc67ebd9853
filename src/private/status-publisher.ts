import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RuntimeFunction } from './runtime-function';
import { ENVIRONMENT, TABLE } from '../protocol';

export interface StatusPublisherProps {
  readonly table: dynamodb.ITableV2;
  readonly eventBus: events.IEventBus;
  readonly eventSource: string;
  readonly logRetention: logs.RetentionDays;
}

/** Reads the table's stream and puts an event on the bus for each change of a status. */
export class StatusPublisher extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: StatusPublisherProps) {
    super(scope, id, {
      entry: 'status-publisher',
      description: 'Publishes the changes of the tasks\' statuses',
      timeout: Duration.seconds(30),
      logRetention: props.logRetention,
      environment: {
        [ENVIRONMENT.EVENT_BUS_NAME]: props.eventBus.eventBusName,
        [ENVIRONMENT.EVENT_SOURCE]: props.eventSource,
      },
    });
    props.eventBus.grantPutEventsTo(this);

    const head = { [TABLE.SORT_KEY]: { S: [TABLE.HEAD] } };
    this.addEventSource(new DynamoEventSource(props.table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // A progress leaves the status at RUNNING, as it was before, and does not even invoke the function.
      filters: [
        lambda.FilterCriteria.filter({ eventName: ['INSERT'], dynamodb: { NewImage: head } }),
        lambda.FilterCriteria.filter({
          eventName: ['MODIFY'],
          dynamodb: { NewImage: { ...head, [TABLE.STATUS]: { S: [{ 'anything-but': ['RUNNING'] }] } } },
        }),
        lambda.FilterCriteria.filter({
          eventName: ['MODIFY'],
          dynamodb: { NewImage: { ...head, [TABLE.PREVIOUS_STATUS]: { S: ['PENDING'] } } },
        }),
      ],
    }));
  }
}

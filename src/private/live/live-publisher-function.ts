import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { LiveFunctionProps } from './live-function-props';
import { ENVIRONMENT } from '../../protocol/environment';
import { LIVE_STREAM_FILTERS } from '../../protocol/table';
import { RuntimeFunction } from '../runtime-function';

/** Reads the stream of the tasks, and queues the changes that somebody watches. */
export class LivePublisherFunction extends RuntimeFunction {
  constructor(scope: Construct, id: string, props: LiveFunctionProps) {
    const { taskTable, connections, queue } = props;
    super(scope, id, {
      entry: 'live-publisher',
      description: 'Queues changes of tasks for those who watch them',
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      timeout: Duration.seconds(30),
      environment: { ...connections.environment, [ENVIRONMENT.LIVE_QUEUE_URL]: queue.queueUrl },
    });
    connections.grantItems(this, 'dynamodb:Query');
    queue.grantSend(this);
    this.addEventSource(new DynamoEventSource(taskTable, {
      // What happened before the deployment is of no interest: clients read the state when they connect.
      startingPosition: lambda.StartingPosition.LATEST,
      batchSize: 100,
      // After a minute, clients have polled. No change is worth holding up those that follow.
      maxRecordAge: Duration.minutes(1),
      retryAttempts: 3,
      filters: LIVE_STREAM_FILTERS.map((pattern) => lambda.FilterCriteria.filter(pattern)),
    }));
  }
}

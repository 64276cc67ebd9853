import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { grantPutEvents } from '../grant-put-events';
import { OwnQueue } from '../own-queue';
import { isTraced } from '../resource-options';
import { RuntimeFunction } from '../runtime-function';
import { TaskTable } from './task-table';
import { ENVIRONMENT, METRIC_TASK_TYPES_FILE } from '../../protocol/environment';
import { STREAM_FILTERS } from '../../protocol/table';
import { EVENT } from '../../protocol/wire';
import { TaskResourceOptions } from '../../task-resource-options';

export interface StatusPublisherFunctionProps {
  readonly table: TaskTable;
  readonly resultBucket?: s3.IBucket;
  readonly eventBus: events.IEventBus;
  readonly eventSource: string;
  readonly statusReader: lambda.IFunction;
  /** The task types that have metrics of their own. */
  readonly metricTaskTypes?: string[];
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
  readonly reservedConcurrency?: number;
}

/** All events except the reports of processors. */
const PUBLISHED = Object.values(EVENT).filter((detailType) => detailType !== EVENT.UPDATED);

/** Reads the stream of the table, and puts an event on the bus for each change of a status. */
export class StatusPublisherFunction extends RuntimeFunction {
  /** Keeps what could not be published. */
  public readonly deadLetterQueue: sqs.Queue;

  constructor(scope: Construct, id: string, props: StatusPublisherFunctionProps) {
    super(scope, id, {
      entry: 'status-publisher',
      files: props.metricTaskTypes && { [METRIC_TASK_TYPES_FILE]: JSON.stringify(props.metricTaskTypes) },
      description: 'Publishes status changes of tasks as events',
      timeout: Duration.seconds(30),
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        ...props.table.environment,
        [ENVIRONMENT.EVENT_BUS_NAME]: props.eventBus.eventBusName,
        [ENVIRONMENT.EVENT_SOURCE]: props.eventSource,
        [ENVIRONMENT.STATUS_READER_ARN]: props.statusReader.functionArn,
        ...(props.resultBucket && { [ENVIRONMENT.RESULT_BUCKET_NAME]: props.resultBucket.bucketName }),
        ...(isTraced(props.resourceOptions) && { [ENVIRONMENT.X_RAY]: 'true' }),
      },
    });
    grantPutEvents(this, props.eventBus, props.eventSource, PUBLISHED);
    props.table.grantItems(this, 'dynamodb:GetItem');
    this.deadLetterQueue = new OwnQueue(this, 'DeadLetterQueue', {
      encryptionKey: props.resourceOptions.encryptionKey, retentionPeriod: Duration.days(14),
    });
    this.addEnvironment(ENVIRONMENT.DEAD_LETTER_QUEUE_URL, this.deadLetterQueue.queueUrl);

    this.addEventSource(new DynamoEventSource(props.table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      // The stream keeps records for 24 hours. The function itself moves records older than 20 hours to the dead-letter queue, complete.
      maxRecordAge: Duration.hours(23),
      onFailure: new SqsDlq(this.deadLetterQueue),
      filters: STREAM_FILTERS.map((pattern) => lambda.FilterCriteria.filter(pattern)),
    }));
  }
}

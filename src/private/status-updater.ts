import { Duration } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { RuntimeFunction } from './runtime-function';
import { ENVIRONMENT, EVENT, processorSourcePrefix } from '../protocol';

export interface StatusUpdaterProps {
  readonly table: dynamodb.ITableV2;
  readonly eventBus: events.IEventBus;
  readonly eventSource: string;
  readonly logRetention: logs.RetentionDays;
}

const TIMEOUT = Duration.seconds(30);

/** Takes what processors report from the bus, through a queue, and writes it to the table. */
export class StatusUpdater extends RuntimeFunction {
  /** Holds the reports that could not be written. */
  public readonly deadLetterQueue: sqs.Queue;

  constructor(scope: Construct, id: string, props: StatusUpdaterProps) {
    super(scope, id, {
      entry: 'status-updater',
      description: 'Writes what the processors report',
      timeout: TIMEOUT,
      logRetention: props.logRetention,
      environment: {
        [ENVIRONMENT.TABLE_NAME]: props.table.tableName,
        [ENVIRONMENT.EVENT_SOURCE]: props.eventSource,
      },
    });
    this.grantTable(props.table, 'dynamodb:UpdateItem');

    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(this, 'Queue', {
      enforceSSL: true,
      // Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: 5 },
    });
    this.addEventSource(new SqsEventSource(queue, { reportBatchItemFailures: true, maxConcurrency: 50 }));

    new events.Rule(this, 'Rule', {
      description: 'Queues what the processors report',
      eventBus: props.eventBus,
      eventPattern: {
        source: events.Match.prefix(processorSourcePrefix(props.eventSource)),
        detailType: [EVENT.UPDATED],
      },
      targets: [new targets.SqsQueue(queue)],
    });
  }
}

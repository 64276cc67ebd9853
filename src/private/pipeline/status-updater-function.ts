import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_EVENT_BYTES } from '../event-size';
import { OwnQueue, OwnQueueProps } from '../own-queue';
import { queueTarget } from '../queue-target';
import { RuntimeFunction } from '../runtime-function';
import { queueLimits } from './queue-limits';
import { TaskTable } from './task-table';
import { UndeliveredQueue } from './undelivered-queue';
import { ENVIRONMENT } from '../../protocol/environment';
import { EVENT, processorSourcePrefix } from '../../protocol/wire';
import { TaskResourceOptions } from '../../task-resource-options';

export interface StatusUpdaterFunctionProps {
  readonly table: TaskTable;
  readonly resultBucket?: s3.IBucket;
  readonly eventBus: events.IEventBus;
  readonly eventSource: string;
  readonly logRetention: logs.RetentionDays;
  readonly resourceOptions: TaskResourceOptions;
  readonly reservedConcurrency?: number;
}

const TIMEOUT = Duration.seconds(30);

/** Writes the reports of processors to the table, and fails the tasks whose events could not be delivered to a processor. */
export class StatusUpdaterFunction extends RuntimeFunction {
  /** Receives the events that EventBridge could not deliver to a processor. */
  public readonly undeliveredQueue: sqs.Queue;

  /** Receives the reports. */
  public readonly queue: sqs.Queue;

  /** Puts the reports into the queue. */
  public readonly rule: events.Rule;

  /** Keeps the reports that could not be written. */
  public readonly deadLetterQueue: sqs.Queue;

  /** Keeps the messages of the undelivered queue that failed no task. */
  public readonly undeliveredDeadLetterQueue: sqs.Queue;

  constructor(scope: Construct, id: string, props: StatusUpdaterFunctionProps) {
    super(scope, id, {
      entry: 'status-updater',
      description: 'Writes reports of processors to the table',
      timeout: TIMEOUT,
      logRetention: props.logRetention,
      resourceOptions: props.resourceOptions,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        ...props.table.environment,
        [ENVIRONMENT.EVENT_SOURCE]: props.eventSource,
        ...(props.resultBucket && { [ENVIRONMENT.RESULT_BUCKET_NAME]: props.resultBucket.bucketName }),
      },
    });
    props.table.grantItems(this, 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem');

    const { encryptionKey } = props.resourceOptions;
    const deadLetterQueueProps: OwnQueueProps = {
      encryptionKey,
      maxMessageSizeBytes: MAX_EVENT_BYTES,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetterQueue = new OwnQueue(this, 'DeadLetterQueue', deadLetterQueueProps);
    // Not the same queue: a redriven message returns to its source queue, and reports are trusted more than messages of the undelivered
    // queue, to which all rules of the bus can send.
    this.undeliveredDeadLetterQueue = new OwnQueue(this, 'UndeliveredDeadLetterQueue', deadLetterQueueProps);
    const queueProps = (deadLetterQueue: sqs.Queue): OwnQueueProps => ({
      encryptionKey,
      maxMessageSizeBytes: MAX_EVENT_BYTES,
      // Six times the function's timeout: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
      visibilityTimeout: Duration.seconds(6 * TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
    });
    this.queue = new OwnQueue(this, 'Queue', queueProps(this.deadLetterQueue));
    this.undeliveredQueue = new UndeliveredQueue(this, 'Undelivered', {
      ...queueProps(this.undeliveredDeadLetterQueue),
      eventBus: props.eventBus,
    });
    this.addEnvironment(ENVIRONMENT.UNDELIVERED_QUEUE_ARN, this.undeliveredQueue.queueArn);
    const limits = queueLimits(props.reservedConcurrency);
    this.addEventSource(new SqsEventSource(this.queue, { reportBatchItemFailures: true, maxConcurrency: limits.reports }));
    this.addEventSource(new SqsEventSource(this.undeliveredQueue, { reportBatchItemFailures: true, maxConcurrency: limits.undelivered }));

    this.rule = new events.Rule(this, 'Rule', {
      description: 'Queues reports of processors',
      eventBus: props.eventBus,
      eventPattern: {
        source: events.Match.prefix(processorSourcePrefix(props.eventSource)),
        detailType: [EVENT.UPDATED],
      },
      targets: [queueTarget(this.queue, { deadLetterQueue: this.deadLetterQueue })],
    });
  }
}

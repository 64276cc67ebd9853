import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MAX_EVENT_BYTES } from '../event-size';
import { allowEventBridge } from '../queue-target';

/** The TaskManager's own bus. */
export class OwnEventBus extends events.EventBus {
  /** Keeps the events that EventBridge could not encrypt or decrypt. Missing if the bus has no key. */
  public readonly deadLetterQueue?: sqs.Queue;

  constructor(scope: Construct, id: string, encryptionKey?: kms.IKey) {
    super(scope, id);
    if (!encryptionKey) return;
    const resource = this.node.defaultChild as events.CfnEventBus;
    // Not the prop of the base class, which writes the name of the bus into the policy of the key.
    resource.kmsKeyIdentifier = encryptionKey.keyArn;
    this.deadLetterQueue = this.defineDeadLetterQueue(scope, `${id}DeadLetterQueue`, resource.name);
    // EventBridge must be able to send to it when the bus begins to work.
    resource.node.addDependency(this.deadLetterQueue);
    resource.deadLetterConfig = { arn: this.deadLetterQueue.queueArn };
  }

  /**
   * Defines the queue that AWS recommends. It does not have the key: most often, the events are there because EventBridge can't use it.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
   */
  private defineDeadLetterQueue(scope: Construct, id: string, busName: string): sqs.Queue {
    const queue = new sqs.Queue(scope, id, {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      maxMessageSizeBytes: MAX_EVENT_BYTES,
      retentionPeriod: Duration.days(14),
    });
    allowEventBridge(queue, {
      ArnEquals: { 'aws:SourceArn': Stack.of(this).formatArn({ service: 'events', resource: 'event-bus', resourceName: busName }) },
    });
    return queue;
  }
}

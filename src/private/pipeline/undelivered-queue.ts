import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export interface UndeliveredQueueProps extends sqs.QueueProps {
  readonly eventBus: events.IEventBus;
}

/**
 * Takes the events that EventBridge could not deliver to processors. Its policy admits every rule of the bus, now and later:
 * a processor of another stack then names the queue by its ARN, and nothing of this stack refers to that one.
 */
export class UndeliveredQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, { eventBus, ...props }: UndeliveredQueueProps) {
    super(scope, id, { ...props, enforceSSL: true, retentionPeriod: Duration.days(14) });
    const rules = (resourceName: string) => Stack.of(this).formatArn({
      service: 'events', resource: 'rule', resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    // The rules of the default bus do not name it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    const isDefault = eventBus.eventBusName === 'default';
    this.addToResourcePolicy(new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [this.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        ArnLike: { 'aws:SourceArn': rules(isDefault ? '*' : `${eventBus.eventBusName}/*`) },
        // The asterisk matches a slash, too, and with it the rules of all other buses.
        ...(isDefault && { ArnNotLike: { 'aws:SourceArn': rules('*/*') } }),
      },
    }));
  }
}

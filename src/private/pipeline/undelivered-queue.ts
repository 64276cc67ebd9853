import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { OwnQueue, OwnQueueProps } from '../own-queue';
import { allowEventBridge } from '../queue-target';

export interface UndeliveredQueueProps extends OwnQueueProps {
  readonly eventBus: events.IEventBus;
}

/**
 * Receives the events that EventBridge could not deliver to processors. Its policy allows all present and future rules of the bus, so that
 * a processor in another stack can use its ARN, and this stack does not depend on that one.
 */
export class UndeliveredQueue extends OwnQueue {
  constructor(scope: Construct, id: string, { eventBus, ...props }: UndeliveredQueueProps) {
    super(scope, id, { ...props, retentionPeriod: Duration.days(14) });
    const rules = (resourceName: string) => Stack.of(this).formatArn({
      service: 'events', resource: 'rule', resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    // ARNs of rules on the default bus do not contain its name:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    const isDefault = eventBus.eventBusName === 'default';
    allowEventBridge(this, {
      StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
      ArnLike: { 'aws:SourceArn': rules(isDefault ? '*' : `${eventBus.eventBusName}/*`) },
      // The asterisk also matches a slash, and with it the rules of all other buses.
      ...(isDefault && { ArnNotLike: { 'aws:SourceArn': rules('*/*') } }),
    });
  }
}

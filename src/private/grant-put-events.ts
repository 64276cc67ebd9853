import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';

/**
 * Grants permission to put events on a bus, with one source and some detail-types only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
export function grantPutEvents(
  grantee: iam.IGrantable, eventBus: events.IEventBus, source: string, detailTypes: string | string[],
): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['events:PutEvents'],
    resourceArns: [eventBus.eventBusArn],
    // A call has several entries, and each must match. Without Null, ForAllValues would also match a call that lacks the key.
    conditions: {
      'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': detailTypes },
      'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
    },
  });
}

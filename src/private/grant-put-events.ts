import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';

/** Grants permission to put events on a bus, with one source and some detail-types only. */
export function grantPutEvents(
  grantee: iam.IGrantable, eventBus: events.IEventBus, source: string, detailTypes: string | string[],
): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: ['events:PutEvents'],
    resourceArns: [eventBus.eventBusArn],
    conditions: onlyEventsOf([source], detailTypes),
  });
}

/**
 * Returns the conditions that allow events with some sources and detail-types only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
export function onlyEventsOf(sources: string[], detailTypes: string | string[]): Record<string, Record<string, unknown>> {
  return {
    // A call has several entries, and each must match. Without Null, ForAllValues would also match a call that lacks the key.
    'ForAllValues:StringEquals': { 'events:source': sources.length === 1 ? sources[0] : sources, 'events:detail-type': detailTypes },
    'Null': { 'events:source': 'false', 'events:detail-type': 'false' },
  };
}

import { AttributeValue } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DynamoDBStreamEvent } from 'aws-lambda';

const eventBridge = new EventBridgeClient({});
const EventBusName = process.env.EVENT_BUS_NAME;

/** Publishes every change of the table, with one call for each. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  for (const { eventName, dynamodb } of Records) {
    const task = unmarshall(dynamodb!.NewImage as Record<string, AttributeValue>);
    await eventBridge.send(new PutEventsCommand({
      Entries: [{
        EventBusName,
        Source: 'naive',
        DetailType: eventName === 'INSERT' ? 'TaskCreatedEvent' : 'TaskChangedEvent',
        Detail: JSON.stringify({ ...task, reportTo: { eventBusName: EventBusName, source: 'naive.processor' } }),
      }],
    }));
  }
}

import { AttributeValue } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { environmentVariable } from './configuration';
import { statusEvent } from './events';
import { Publisher } from './publisher';
import { fromImage } from './task-store';

const publisher = new Publisher(new EventBridgeClient({}));
const bus = { eventBusName: environmentVariable('EVENT_BUS_NAME'), eventSource: environmentVariable('EVENT_SOURCE') };

/** Tells the bus of each change of a status. The stream's filter leaves only those. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> {
  const tasks = Records.map(({ dynamodb }) => fromImage(dynamodb!.NewImage as Record<string, AttributeValue>));
  const failed = await publisher.publish(tasks.map((task) => statusEvent(task, bus)));
  if (failed.length === 0) return { batchItemFailures: [] };

  // The stream goes on from here; what follows is sent once more, and `taskId` + `version` tells the duplicates.
  const lowest = Records[Math.min(...failed)];
  return { batchItemFailures: [{ itemIdentifier: lowest.dynamodb!.SequenceNumber! }] };
}

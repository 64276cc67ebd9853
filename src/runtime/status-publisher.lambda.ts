import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { ChangeLog } from './events/change-log';
import { EventSender } from './events/event-sender';
import { StatusPublisher } from './events/status-publisher';
import { environmentVariable, fileBesideCode, optionalEnvironmentVariable } from './support/configuration';
import { InvocationMetrics } from './support/invocation-metrics';
import { sdkClientSettings } from './support/sdk-client-settings';
import { INVOCATION_BUDGET } from './support/time-budget';
import { TaskStore } from './task/task-store';
import { METRIC_TASK_TYPES_FILE } from '../protocol/environment';

/** Time that each step leaves for the later ones. Even if a call hangs, there is time to save the records that can't be published. */
const RESERVES = { reading: 15_000, sending: 8_000, parking: 2_000 };

let sqs: SQSClient | undefined;

const publisher = new StatusPublisher({
  store: TaskStore.fromEnvironment({ reserveMs: RESERVES.reading }),
  sender: new EventSender(new EventBridgeClient(sdkClientSettings({ reserveMs: RESERVES.sending }))),
  bus: {
    eventBusName: environmentVariable('EVENT_BUS_NAME'),
    eventSource: environmentVariable('EVENT_SOURCE'),
    // Not set while an update of the stack has changed only the code.
    statusReaderArn: optionalEnvironmentVariable('STATUS_READER_ARN'),
    resultBucketName: optionalEnvironmentVariable('RESULT_BUCKET_NAME'),
    hasTraceHeaders: optionalEnvironmentVariable('X_RAY') === 'true',
  },
  changes: new ChangeLog(
    new InvocationMetrics(environmentVariable('EVENT_SOURCE')), fileBesideCode<string[]>(__dirname, METRIC_TASK_TYPES_FILE) ?? [],
  ),
  // Rarely needed, and slow to create.
  get sqs() {
    return sqs ??= new SQSClient(sdkClientSettings({ reserveMs: RESERVES.parking }));
  },
  deadLetterQueueUrl: environmentVariable('DEAD_LETTER_QUEUE_URL'),
  now: () => new Date(),
  hasTime: () => INVOCATION_BUDGET.remainingMs(RESERVES.reading) > 0,
});

export async function handler(event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> {
  INVOCATION_BUDGET.begin(context);
  return publisher.publish(event);
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { measureHandlers } from './handler';
import { ITEM } from './sdk-clients';
import { ChangeLog } from '../../src/runtime/events/change-log';
import { EventSender } from '../../src/runtime/events/event-sender';
import { StatusPublisher } from '../../src/runtime/events/status-publisher';
import { StatusUpdater } from '../../src/runtime/events/status-updater';
import { InvocationMetrics } from '../../src/runtime/support/invocation-metrics';
import { TaskStore } from '../../src/runtime/task/task-store';
import { createdRecord, progressMessage, SOURCE } from '../events';

// A program that measures the publisher and the updater without a network.
void measureHandlers((sdkClient) => {
  const store = new TaskStore(sdkClient(DynamoDBClient), 'TaskStatus', 604_800);
  const now = () => new Date();
  const publisher = new StatusPublisher({
    store,
    now,
    sender: new EventSender(sdkClient(EventBridgeClient)),
    bus: { eventBusName: 'Bus', eventSource: SOURCE },
    changes: new ChangeLog(new InvocationMetrics(SOURCE), []),
    sqs: {} as SQSClient,
    deadLetterQueueUrl: '',
    hasTime: () => true,
  });
  const updater = new StatusUpdater({ store, now, metrics: new InvocationMetrics(SOURCE), eventSource: SOURCE, undeliveredQueueArn: '' });
  const records = Array.from({ length: 10 }, createdRecord);
  const messages = records.map((_, i) => progressMessage(ITEM.taskId.S!, i));
  return {
    'publish, a single record': { records: 1, run: () => publisher.publish({ Records: records.slice(0, 1) }) },
    'publish, one of ten records': { records: 10, run: () => publisher.publish({ Records: records }) },
    'update, a single message': { records: 1, run: () => updater.update({ Records: messages.slice(0, 1) }) },
    'update, one of ten messages': { records: 10, run: () => updater.update({ Records: messages }) },
  };
});

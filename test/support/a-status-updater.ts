import { EVENT_SOURCE, NOW, UNDELIVERED_QUEUE_ARN } from './builders';
import { RecordedMetrics } from './recorded-metrics';
import { StatusUpdater } from '../../src/runtime/events/status-updater';
import { TaskStore } from '../../src/runtime/task/task-store';

/** Returns the updater of a TaskManager that has a bucket for results. */
export function aStatusUpdater(store: TaskStore): StatusUpdater {
  return new StatusUpdater({
    store,
    metrics: new RecordedMetrics(),
    eventSource: EVENT_SOURCE,
    undeliveredQueueArn: UNDELIVERED_QUEUE_ARN,
    hasResultBucket: true,
    now: () => NOW,
  });
}

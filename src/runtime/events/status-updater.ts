import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseDeadLetter, parseReport } from './reports';
import { DIMENSION, METRIC } from '../../protocol/metrics';
import { InvocationMetrics } from '../support/invocation-metrics';
import { handleMessages } from '../support/message-batch';
import { taskFields } from '../support/task-fields';
import { TaskReport, withoutResultBucket, withStorableResult } from '../task/task-report';
import { TaskStore } from '../task/task-store';

export interface StatusUpdaterOptions {
  readonly store: TaskStore;
  readonly metrics: InvocationMetrics;
  readonly eventSource: string;
  readonly undeliveredQueueArn: string;
  /** Whether there is a bucket for results of any size. */
  readonly hasResultBucket?: boolean;
  readonly now: () => Date;
}

/** Updates tasks by the reports of processors, and by the dead letters of events that could not be delivered to processors. */
export class StatusUpdater {
  constructor(private readonly options: StatusUpdaterOptions) {}

  /** Handles a batch of messages. A message that fails stays in the queue. */
  public async update(event: SQSEvent): Promise<SQSBatchResponse> {
    const response = await handleMessages(event, 'update failed', (record) => this.updateOne(record));
    this.options.metrics.write();
    return response;
  }

  private async updateOne(record: SQSRecord): Promise<void> {
    const { store, metrics, now, hasResultBucket } = this.options;
    const report = this.parse(record);
    const detail = withStorableResult(hasResultBucket ? report.detail : withoutResultBucket(report.detail));
    const outcome = await store.update({ ...report, detail }, now());
    if (outcome.applied) return;
    const { task, reason, explanation } = outcome;
    const { taskId, status } = detail;
    // The status is that of the report, and all else that of the task.
    console.info({
      message: 'update ignored', taskId, taskType: report.taskType, ...(task && taskFields(task)), status, reason, explanation,
    });
    metrics.count(METRIC.REPORTS_IGNORED);
    metrics.count(METRIC.REPORTS_IGNORED, { [DIMENSION.REASON]: reason });
  }

  /** The queue decides how a message is parsed: anybody who can create rules on the bus can send messages to the undelivered queue. */
  private parse(record: SQSRecord): TaskReport {
    const { eventSource, undeliveredQueueArn } = this.options;
    if (record.eventSourceARN === undeliveredQueueArn) return parseDeadLetter(record, eventSource);
    const { unusable, ...report } = parseReport(record, eventSource);
    if (unusable.length > 0) {
      const { taskType, detail: { taskId } } = report;
      console.warn({ message: 'report has invalid parts', taskId, taskType, parts: unusable });
    }
    return report;
  }
}

import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseDeadLetter, parseReport } from './reports';
import { handleMessages } from '../support/message-batch';
import { TaskReport, withoutResultBucket, withStorableResult } from '../task/task-report';
import { TaskStore } from '../task/task-store';

export interface StatusUpdaterOptions {
  readonly store: TaskStore;
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
    return handleMessages(event, 'update failed', (record) => this.updateOne(record));
  }

  private async updateOne(record: SQSRecord): Promise<void> {
    const { store, now, hasResultBucket } = this.options;
    const report = this.parse(record);
    const detail = withStorableResult(hasResultBucket ? report.detail : withoutResultBucket(report.detail));
    const outcome = await store.update({ ...report, detail }, now());
    if (!outcome.applied) {
      console.info({ message: 'update ignored', taskId: detail.taskId, status: detail.status, reason: outcome.reason });
    }
  }

  /** The queue decides how a message is parsed: anybody who can create rules on the bus can send messages to the undelivered queue. */
  private parse(record: SQSRecord): TaskReport {
    const { eventSource, undeliveredQueueArn } = this.options;
    if (record.eventSourceARN === undeliveredQueueArn) return parseDeadLetter(record, eventSource);
    const { unusable, ...report } = parseReport(record, eventSource);
    if (unusable.length > 0) console.warn({ message: 'report has invalid parts', taskId: report.detail.taskId, parts: unusable });
    return report;
  }
}

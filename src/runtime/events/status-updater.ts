import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseDeadLetter, parseReport } from './reports';
import { TaskReport, withStorableResult } from '../task/task-report';
import { TaskStore } from '../task/task-store';

export interface StatusUpdaterOptions {
  readonly store: TaskStore;
  readonly eventSource: string;
  readonly undeliveredQueueArn: string;
  readonly now: () => Date;
}

/** Writes what processors report, and what could not be delivered to them. */
export class StatusUpdater {
  constructor(private readonly options: StatusUpdaterOptions) {}

  /** A message that fails stays in the queue, the others leave it. */
  async update({ Records }: SQSEvent): Promise<SQSBatchResponse> {
    const outcomes = await Promise.allSettled(Records.map((record) => this.updateOne(record)));
    return {
      batchItemFailures: outcomes.flatMap((outcome, i) => {
        if (outcome.status === 'fulfilled') return [];
        console.error({ message: 'update failed', messageId: Records[i].messageId, error: String(outcome.reason) });
        return [{ itemIdentifier: Records[i].messageId }];
      }),
    };
  }

  private async updateOne(record: SQSRecord): Promise<void> {
    const { store, now } = this.options;
    const report = this.parse(record);
    const update = withStorableResult(report.update);
    const outcome = await store.update({ ...report, update }, now());
    if (!outcome.applied) {
      console.info({ message: 'update ignored', taskId: update.taskId, status: update.status, reason: outcome.reason });
    }
  }

  /** The queue decides what is believed: anybody who may make a rule on the bus can have it send messages to the undelivered queue. */
  private parse(record: SQSRecord): TaskReport {
    const { eventSource, undeliveredQueueArn } = this.options;
    if (record.eventSourceARN === undeliveredQueueArn) return parseDeadLetter(record, eventSource);
    const { unusable, ...report } = parseReport(record, eventSource);
    if (unusable.length > 0) console.warn({ message: 'parts of a report are unusable', taskId: report.update.taskId, parts: unusable });
    return report;
  }
}

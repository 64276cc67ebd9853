import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { parseReport } from './events';
import { withStorableResult } from './task';
import { TaskStore } from './task-store';

export interface StatusUpdaterOptions {
  readonly store: TaskStore;
  readonly eventSource: string;
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
    const { store, eventSource, now } = this.options;
    const { taskType, update } = parseReport(record, eventSource);
    const outcome = await store.update(taskType, withStorableResult(update), now());
    if (!outcome.applied) {
      console.info({ message: 'update ignored', taskId: update.taskId, status: update.status, reason: outcome.reason });
    }
  }
}

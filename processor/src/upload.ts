import type { Services, UploadBody } from './services';
import type { UploadOptions } from './task';
import type { ResultObject, TaskCreatedDetail } from '../../src/protocol/wire';

/** Uploads the results of a task. */
export class Uploads {
  private last?: ResultObject;

  constructor(private readonly task: TaskCreatedDetail, private readonly services: Services, private readonly signal: AbortSignal) {}

  public get resultObject(): ResultObject | undefined {
    return this.last;
  }

  public get canUpload(): boolean {
    return this.task.reportTo.resultBucketName !== undefined;
  }

  public async upload(body: UploadBody, { contentType, fileName }: UploadOptions): Promise<void> {
    const { taskId, type, reportTo: { resultBucketName: bucket } } = this.task;
    if (bucket === undefined) throw new Error('the TaskManager has no bucket for results: set its prop resultBucket');
    this.signal.throwIfAborted();
    const key = `tasks/${type}/${taskId}/${crypto.randomUUID()}`;
    try {
      await this.services.upload({ bucket, key, body, contentType }, this.signal);
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    }
    this.last = { key, contentType, ...(fileName !== undefined && { fileName }) };
  }
}

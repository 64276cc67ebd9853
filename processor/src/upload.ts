import type { ReceivedTask } from './event';
import type { TaskServices, UploadBody } from './services';
import type { UploadOptions } from './task';
import { storableText } from '../../src/protocol/json';
import { MAX_FILE_NAME } from '../../src/protocol/limits';
import { taskResultKeyPrefix, type TaskResultObject } from '../../src/protocol/wire';

/** Uploads the results of a task. */
export class Uploads {
  private last?: TaskResultObject;

  constructor(private readonly task: ReceivedTask, private readonly services: TaskServices, private readonly signal: AbortSignal) {}

  public get resultObject(): TaskResultObject | undefined {
    return this.last;
  }

  public get canUpload(): boolean {
    return this.task.reportTo.resultBucketName !== undefined;
  }

  public async upload(body: UploadBody, { contentType, fileName }: UploadOptions): Promise<void> {
    const { taskId, type, reportTo: { resultBucketName: bucket } } = this.task;
    if (bucket === undefined) throw new Error('the TaskManager has no bucket for results: set its prop resultBucket');
    this.signal.throwIfAborted();
    const key = `${taskResultKeyPrefix(type, taskId)}${crypto.randomUUID()}`;
    try {
      await this.services.upload({ bucket, key, body, contentType }, this.signal);
    } catch (error) {
      this.signal.throwIfAborted();
      throw error;
    }
    this.last = { key, contentType, ...(fileName !== undefined && { fileName: storableText(fileName, MAX_FILE_NAME) }) };
  }
}

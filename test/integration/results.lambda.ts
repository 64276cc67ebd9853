import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { EventBridgeEvent } from 'aws-lambda';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { report } from '../support/report';

// By its path: the local engine has no host name for each bucket.
const s3 = new S3Client({ forcePathStyle: true });

/** What the processor of the test does: it puts an object into the result bucket, and reports a key. */
export interface Script {
  readonly body: string;
  readonly putKey?: string;
  readonly reportKey?: string;
  readonly contentType?: string;
  readonly fileName?: string;
}

export async function handler({ detail }: EventBridgeEvent<'TaskCreatedEvent', TaskCreatedDetail>): Promise<void> {
  const { body, putKey, reportKey, ...download } = detail.payload as Script;
  const key = `tasks/${detail.type}/${detail.taskId}/result`;
  let end: object = { status: 'SUCCESSFUL', resultObject: { key: reportKey ?? key, ...download } };
  try {
    await s3.send(new PutObjectCommand({ Bucket: detail.reportTo.resultBucketName, Key: putKey ?? key, Body: body }));
  } catch (error) {
    end = { status: 'FAILED', error: { code: (error as Error).name, message: 'the object could not be put' } };
  }
  await report(detail, end);
}

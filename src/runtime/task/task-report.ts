import { defectOf } from '../../protocol/json';
import { MAX_RESULT_BYTES } from '../../protocol/limits';
import { ERROR_CODE, TaskError, TaskUpdatedDetail } from '../../protocol/wire';

/** A report of a processor, or one in its place. */
export interface TaskReport {
  /** The type that the task must have. */
  readonly taskType: string;
  readonly detail: TaskUpdatedDetail;
  /** When it was sent, in whole seconds. */
  readonly reportedAt?: Date;
}

/** The part of a report that identifies its task. */
export type ReportedTask = Pick<TaskUpdatedDetail, 'taskId' | 'taskCreatedAt'>;

/** Replaces the end of a task whose result object needs a bucket that the TaskManager does not have with a failure. */
export function withoutResultBucket(detail: TaskUpdatedDetail): TaskUpdatedDetail {
  if (detail.status !== 'SUCCESSFUL' || !detail.resultObject) return detail;
  return failure(detail, {
    code: ERROR_CODE.INVALID_RESULT,
    message: 'the processor reported a resultObject, but the TaskManager has no bucket for it: set its resultBucket',
  });
}

/** Replaces the end of a task whose result can't be stored with a failure. Otherwise the task would stay open until its deadline. */
export function withStorableResult(detail: TaskUpdatedDetail): TaskUpdatedDetail {
  if (detail.status !== 'SUCCESSFUL' || detail.result === undefined) return detail;
  const defect = defectOf(detail.result);
  if (defect !== undefined) return failure(detail, { code: ERROR_CODE.INVALID_RESULT, message: `the result ${defect}` });
  const bytes = Buffer.byteLength(JSON.stringify(detail.result));
  if (bytes <= MAX_RESULT_BYTES) return detail;
  return failure(detail, {
    code: ERROR_CODE.RESULT_TOO_LARGE,
    message: `the result has ${bytes} bytes; the maximum is ${MAX_RESULT_BYTES}: `
      + 'put it into the resultBucket of the TaskManager, and report its resultObject',
  });
}

/** Makes the report that ends a task as FAILED. */
export function failure({ taskId, taskCreatedAt }: ReportedTask, error: TaskError): TaskUpdatedDetail {
  return { taskId, ...(taskCreatedAt !== undefined && { taskCreatedAt }), status: 'FAILED', error };
}

import { ERROR_CODE, TaskError, TaskUpdatedDetail } from '../../protocol/wire';
import { defectOf } from '../support/json';

export type TaskUpdate = TaskUpdatedDetail;

/** Describes what a processor reported, or what was reported in its place. */
export interface TaskReport {
  /** The type that the task must have. */
  readonly taskType: string;
  readonly update: TaskUpdate;
  /** When the report was sent, in whole seconds. */
  readonly reportedAt?: Date;
}

/** Maximum length of a `result` as JSON text. Leaves room for the rest of the item (400 KB) and of the event (256 KB a call). */
export const MAX_RESULT_BYTES = 200 * 1024;

/** Maximum length of an error's message, in characters. Longer messages are cut. */
export const MAX_ERROR_MESSAGE = 4096;

/** Replaces an update whose result can't be stored with a failure. Otherwise the task would stay open until its deadline. */
export function withStorableResult(update: TaskUpdate): TaskUpdate {
  if (update.status !== 'SUCCESSFUL' || update.result === undefined) return update;
  const defect = defectOf(update.result);
  if (defect !== undefined) return failure(update, { code: ERROR_CODE.INVALID_RESULT, message: `the result ${defect}` });
  const bytes = Buffer.byteLength(JSON.stringify(update.result));
  if (bytes <= MAX_RESULT_BYTES) return update;
  return failure(update, {
    code: ERROR_CODE.RESULT_TOO_LARGE,
    message: `the result has ${bytes} bytes; the maximum is ${MAX_RESULT_BYTES}: store it elsewhere and report its location`,
  });
}

/** Makes the update that ends a task as FAILED. */
export function failure({ taskId, taskCreatedAt }: Pick<TaskUpdate, 'taskId' | 'taskCreatedAt'>, error: TaskError): TaskUpdate {
  return { taskId, ...(taskCreatedAt !== undefined && { taskCreatedAt }), status: 'FAILED', error };
}

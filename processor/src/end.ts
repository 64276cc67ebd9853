import { TaskFailure } from './errors';
import { defectOf, storableText } from '../../src/protocol/json';
import { MAX_ERROR_CODE, MAX_ERROR_MESSAGE, MAX_RESULT_BYTES } from '../../src/protocol/limits';
import { ERROR_CODE, TASK_END, type TaskEnd, type TaskResultObject } from '../../src/protocol/wire';

/**
 * Makes the end of a task whose work has returned.
 *
 * @param resultObject the object that the work has uploaded, if any
 * @param canUpload whether the work could have uploaded one
 */
export function endOfReturned(value: unknown, resultObject: TaskResultObject | undefined, canUpload: boolean): TaskEnd {
  let json: string | undefined;
  try {
    // Lambda also turns undefined into null.
    json = JSON.stringify(value === undefined ? null : value);
  } catch { /* It is not JSON. */ }
  if (json === undefined) return failed(ERROR_CODE.INVALID_RESULT, 'the result is not JSON');
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_RESULT_BYTES) {
    return failed(ERROR_CODE.RESULT_TOO_LARGE, `the result has ${bytes} bytes; the maximum is ${MAX_RESULT_BYTES}: ${canUpload
      ? 'upload it with task.upload()' : 'set resultBucket of the TaskManager, and upload it with task.upload()'}`);
  }
  const result = JSON.parse(json);
  const defect = defectOf(result);
  if (defect !== undefined) return failed(ERROR_CODE.INVALID_RESULT, `the result ${defect}`);
  if (Object.hasOwn(result ?? {}, TASK_END)) return failed(ERROR_CODE.INVALID_RESULT, `the result must not have a member '${TASK_END}'`);
  return resultObject
    ? { status: 'SUCCESSFUL', ...(result !== null && { result }), resultObject }
    : { status: 'SUCCESSFUL', result };
}

/** Makes the end of a task that failed. */
export function failed(code: string, message: string): TaskEnd {
  return { status: 'FAILED', error: { code: storableText(code, MAX_ERROR_CODE), message: storableText(message, MAX_ERROR_MESSAGE) } };
}

/** Makes the end of a task whose work threw an error and is not retried. */
export function endOfThrown(error: unknown): TaskEnd {
  // JavaScript can pass a code that is no string.
  if (isTaskFailure(error)) return failed(String(error.code), error.message);
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return failed(ERROR_CODE.PROCESSOR_FAILED, [name, message].filter(Boolean).join(': '));
}

/** Whether an error is a `TaskFailure`, also of another copy of this package: ES modules and CommonJS modules load one each. */
export function isTaskFailure(error: unknown): error is TaskFailure {
  return error instanceof TaskFailure || error instanceof Error && error.name === 'TaskFailure' && 'code' in error;
}

/** Returns what the function returns after an end, so that the reporter of `completeOnReturn` reports the same. */
export function returnValue(end: TaskEnd): unknown {
  return end.status === 'SUCCESSFUL' && !end.resultObject ? end.result : { [TASK_END]: end };
}

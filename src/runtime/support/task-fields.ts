import * as v from 'valibot';
import { traceIdOf } from '../../protocol/trace-context';
import { TASK_ID, TASK_TYPE } from '../../protocol/wire';

/** A task as a log line needs it. */
export interface LoggedTask {
  readonly taskId?: string;
  readonly type?: string;
  readonly version?: number;
  readonly status?: string;
  readonly traceparent?: string;
}

/** Returns what each log line about a task has, as far as known. Never its payload, result, owner, or the text of its error. */
export function taskFields({ taskId, type, version, status, traceparent }: LoggedTask) {
  return { taskId, taskType: type, version, status, traceId: traceIdOf(traceparent) };
}

/** A value that is not what it should be counts as missing: it must not get into the log. */
const known = (pattern: RegExp) => v.fallback(v.optional(v.pipe(v.string(), v.regex(pattern))), undefined);

const Event = v.pipe(v.string(), v.parseJson(), v.object({
  detail: v.object({ taskId: known(TASK_ID), type: known(TASK_TYPE), traceparent: v.fallback(v.optional(v.string()), undefined) }),
}));

/** Returns what a log line says about the task of an event that is not parsed yet, as far as known. */
export function taskFieldsOfEvent(json: string): ReturnType<typeof taskFields> {
  const event = v.safeParse(Event, json);
  return taskFields(event.success ? event.output.detail : {});
}

import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { storableText } from '../../protocol/json';
import { EVENT, processorSource, ReportTo, TaskChangedDetail, TaskCreatedDetail, TaskUpdatedDetail } from '../../protocol/wire';
import { parseIfPresent } from '../support/json';
import { traceHeaderOf } from '../support/x-ray';
import { Task } from '../task/task';

const DETAIL_TYPE = {
  PENDING: EVENT.CREATED,
  RUNNING: EVENT.RUNNING,
  SUCCESSFUL: EVENT.SUCCESSFUL,
  FAILED: EVENT.FAILED,
  CANCELLED: EVENT.CANCELLED,
} as const;

/** Maximum length of an error's code and message that fits into any event, in characters. */
const MAX_ERROR_TEXT = 1_000;

/** The event bus, the source of the events that are published on it, and what the TaskManager has for processors. */
export interface Bus extends Omit<ReportTo, 'source'> {
  readonly eventSource: string;
  /** Whether X-Ray continues the trace of a task in what its events invoke. */
  readonly hasTraceHeaders?: boolean;
}

/** Makes the event of a task's current status. Throws if its payload or result is not valid JSON. */
export function statusEvent(task: Task, bus: Bus): PutEventsRequestEntry {
  const { type, status, payload, result, resultObject, error, deadlineAt } = task;
  const { eventBusName, eventSource, statusReaderArn, resultBucketName } = bus;
  return entry(bus, status === 'PENDING'
    ? {
      ...commonDetail(task),
      payload: parseIfPresent(payload),
      deadlineAt,
      reportTo: { eventBusName, source: processorSource(eventSource, type), statusReaderArn, resultBucketName },
    }
    : { ...commonDetail(task), result: parseIfPresent(result), resultObject, error });
}

/**
 * Makes the event of a task's end without its result, and with only the start of its error. It is for contents that can't be read, or that
 * EventBridge does not accept, such as halves of surrogate pairs and more than 1,000 levels of nesting.
 */
export function incompleteEndEvent(task: Task, bus: Bus): PutEventsRequestEntry {
  const error = task.error && {
    code: storableText(task.error.code, MAX_ERROR_TEXT), message: storableText(task.error.message, MAX_ERROR_TEXT),
  };
  return entry(bus, { ...commonDetail(task), resultObject: task.resultObject, error, incomplete: true });
}

/** The event bus and the source of the reports on a task. */
export type ReportTarget = Pick<ReportTo, 'eventBusName' | 'source'>;

/** Makes the event that reports on a task in place of its processor. */
export function updatedEvent({ eventBusName, source }: ReportTarget, detail: TaskUpdatedDetail): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(detail) };
}

function commonDetail({ taskId, type, status, version, owner, createdAt, updatedAt, traceparent, tracestate }: Task) {
  return { taskId, type, status, version, owner, createdAt, updatedAt, traceparent, tracestate };
}

function entry(
  { eventBusName, eventSource, hasTraceHeaders }: Bus, detail: TaskCreatedDetail | TaskChangedDetail,
): PutEventsRequestEntry {
  const { status, traceparent } = detail;
  return {
    EventBusName: eventBusName,
    Source: eventSource,
    DetailType: DETAIL_TYPE[status],
    Detail: JSON.stringify(detail),
    ...(hasTraceHeaders && traceparent !== undefined && { TraceHeader: traceHeaderOf(traceparent) }),
  };
}

import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { EVENT, processorSource, TaskChangedDetail, TaskCreatedDetail, TaskStatus } from '../../protocol/wire';
import { parseIfPresent, storableText } from '../support/json';
import { Task } from '../task/task';

const DETAIL_TYPE = {
  PENDING: EVENT.CREATED,
  RUNNING: EVENT.RUNNING,
  SUCCESSFUL: EVENT.SUCCESSFUL,
  FAILED: EVENT.FAILED,
  CANCELLED: EVENT.CANCELLED,
} as const;

/** As much of an error's code and message as fits into any event. */
const MAX_ERROR_TEXT = 1_000;

export interface Bus {
  readonly eventBusName: string;
  readonly eventSource: string;
}

/** The event that tells of the task's present status. Throws when a payload or a result can't be written as JSON. */
export function statusEvent(task: Task, bus: Bus): PutEventsRequestEntry {
  const { type, status, payload, result, error, deadlineAt } = task;
  return entry(status, bus, status === 'PENDING'
    ? {
      ...commonDetail(task),
      payload: parseIfPresent(payload),
      deadlineAt,
      reportTo: { eventBusName: bus.eventBusName, source: processorSource(bus.eventSource, type) },
    }
    : { ...commonDetail(task), result: parseIfPresent(result), error });
}

/**
 * The event that tells of a task's end without its result, and with the beginning of its error: for a content that can't be read, or that no
 * event may have. EventBridge refuses, for example, halves of surrogate pairs and more than 1,000 levels of nesting.
 */
export function incompleteEndEvent(task: Task, bus: Bus): PutEventsRequestEntry {
  const error = task.error && {
    code: storableText(task.error.code, MAX_ERROR_TEXT), message: storableText(task.error.message, MAX_ERROR_TEXT),
  };
  return entry(task.status, bus, { ...commonDetail(task), error, incomplete: true });
}

function commonDetail({ taskId, type, status, version, owner, createdAt, updatedAt }: Task) {
  return { taskId, type, status, version, owner, createdAt, updatedAt };
}

function entry(status: TaskStatus, { eventBusName, eventSource }: Bus, detail: TaskCreatedDetail | TaskChangedDetail): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: eventSource, DetailType: DETAIL_TYPE[status], Detail: JSON.stringify(detail) };
}

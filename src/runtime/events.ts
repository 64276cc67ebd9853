import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { parseIfPresent, Task, TaskUpdate } from './task';
import { EVENT, processorSource, processorSourcePrefix, TASK_TYPE, TaskChangedDetail, TaskCreatedDetail } from '../protocol';

const DETAIL_TYPE = {
  PENDING: EVENT.CREATED,
  RUNNING: EVENT.RUNNING,
  SUCCESSFUL: EVENT.SUCCESSFUL,
  FAILED: EVENT.FAILED,
} as const;

/** The event that tells of the task's present status. */
export function statusEvent(task: Task, { eventBusName, eventSource }: { eventBusName: string; eventSource: string }): PutEventsRequestEntry {
  const { taskId, type, status, version, payload, result, error, createdAt, updatedAt } = task;
  const common = { taskId, type, status, version, createdAt, updatedAt };
  const detail: TaskCreatedDetail | TaskChangedDetail = status === 'PENDING'
    ? { ...common, payload: parseIfPresent(payload), reportTo: { eventBusName, source: processorSource(eventSource, type) } }
    : { ...common, result: parseIfPresent(result), error };
  return { EventBusName: eventBusName, Source: eventSource, DetailType: DETAIL_TYPE[status], Detail: JSON.stringify(detail) };
}

/** Texts for people are cut, not refused: an update must not be lost over its length. */
const text = (maxLength: number) => v.pipe(v.string(), v.transform((value) => value.slice(0, maxLength)));

const common = { taskId: v.pipe(v.string(), v.nonEmpty(), v.maxLength(128)), sequence: v.optional(v.pipe(v.number(), v.safeInteger())) };

const UpdatedDetail = v.variant('status', [
  v.object({
    ...common,
    status: v.literal('RUNNING'),
    progress: v.optional(v.object({
      percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
      message: v.optional(text(1024)),
    })),
  }),
  v.object({ ...common, status: v.literal('SUCCESSFUL'), result: v.optional(v.unknown()) }),
  v.object({ ...common, status: v.literal('FAILED'), error: v.object({ code: text(128), message: text(4096) }) }),
]);

const UpdatedEvent = v.object({ 'source': v.string(), 'detail-type': v.literal(EVENT.UPDATED), 'detail': UpdatedDetail });

/**
 * Reads a `TaskUpdatedEvent` from the queue. The task type is taken from the source, the only part of it that IAM vouches for.
 *
 * Throws what is wrong with the event, without quoting it.
 */
export function parseUpdatedEvent(record: SQSRecord, eventSource: string): { taskType: string; update: TaskUpdate } {
  const event = v.safeParse(UpdatedEvent, parseBody(record));
  if (!event.success) {
    const issues = event.issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: expected ${issue.expected}`);
    throw new Error(`malformed ${EVENT.UPDATED}: ${issues.join('; ')}`);
  }
  const prefix = processorSourcePrefix(eventSource);
  const taskType = event.output.source.slice(prefix.length);
  if (!event.output.source.startsWith(prefix) || !TASK_TYPE.test(taskType)) {
    throw new Error(`malformed ${EVENT.UPDATED}: source: expected ${prefix}<taskType>`);
  }
  return { taskType, update: event.output.detail };
}

function parseBody({ body }: SQSRecord): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new Error(`malformed ${EVENT.UPDATED}: not JSON`);
  }
}

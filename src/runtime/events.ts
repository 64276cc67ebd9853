import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { failure, parseIfPresent, Task, TaskUpdate } from './task';
import { ERROR_CODE, EVENT, processorSource, processorSourcePrefix, TASK_TYPE, TaskChangedDetail, TaskCreatedDetail, TaskError, TaskStatus } from '../protocol';

/** As long as a processor may ask not to be heard of. */
const MAX_HEARTBEAT_SECONDS = 24 * 3600;

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
  const error = task.error && { code: beginningOf(task.error.code), message: beginningOf(task.error.message) };
  return entry(task.status, bus, { ...commonDetail(task), error, incomplete: true });
}

function commonDetail({ taskId, type, status, version, owner, createdAt, updatedAt }: Task) {
  return { taskId, type, status, version, owner, createdAt, updatedAt };
}

function beginningOf(text: string): string {
  return text.slice(0, MAX_ERROR_TEXT).replace(/\p{Surrogate}/gu, '\ufffd');
}

function entry(status: TaskStatus, { eventBusName, eventSource }: Bus, detail: TaskCreatedDetail | TaskChangedDetail): PutEventsRequestEntry {
  return { EventBusName: eventBusName, Source: eventSource, DetailType: DETAIL_TYPE[status], Detail: JSON.stringify(detail) };
}

/** Texts for people are cut, not refused: a report must not be lost over its length. */
const text = (maxLength: number) => v.pipe(v.string(), v.transform((value) => value.slice(0, maxLength)));

const TaskId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(128));
const common = { taskId: TaskId, sequence: v.optional(v.pipe(v.number(), v.safeInteger())) };

const UpdatedEvent = v.object({
  'source': v.string(),
  'detail-type': v.literal(EVENT.UPDATED),
  'detail': v.variant('status', [
    v.object({
      ...common,
      status: v.literal('RUNNING'),
      progress: v.optional(v.object({
        percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
        message: v.optional(text(1024)),
      })),
      heartbeatSeconds: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_HEARTBEAT_SECONDS))),
    }),
    v.object({ ...common, status: v.literal('SUCCESSFUL'), result: v.optional(v.unknown()) }),
    v.object({ ...common, status: v.literal('FAILED'), error: v.object({ code: text(128), message: text(4096) }) }),
  ]),
});

const CreatedEvent = v.object({
  'source': v.string(),
  'detail-type': v.literal(EVENT.CREATED),
  'detail': v.object({ taskId: TaskId, type: v.pipe(v.string(), v.regex(TASK_TYPE)) }),
});

const Report = v.variant('detail-type', [UpdatedEvent, CreatedEvent]);

/** What a task shall become, and the type that it must have for it. */
export interface TaskReport {
  readonly taskType: string;
  readonly update: TaskUpdate;
}

/**
 * Reads what became of a task from a message: a processor's `TaskUpdatedEvent`, or a `TaskCreatedEvent` that EventBridge could
 * not deliver to one. Throws what is wrong with it, without quoting it.
 */
export function parseReport(record: SQSRecord, eventSource: string): TaskReport {
  const report = v.safeParse(Report, parseBody(record));
  if (!report.success) {
    const issues = report.issues.map((issue) => `${v.getDotPath(issue) ?? 'event'}: expected ${issue.expected}`);
    throw new Error(`malformed event: ${issues.join('; ')}`);
  }
  const event = report.output;
  if (event['detail-type'] === EVENT.CREATED) {
    if (event.source !== eventSource) throw new Error(`malformed event: source: expected ${eventSource}`);
    return { taskType: event.detail.type, update: failure(event.detail.taskId, deliveryFailed(record)) };
  }
  return { taskType: taskTypeOf(event.source, eventSource), update: event.detail };
}

/** The task type is taken from the source, the only part of a processor's event that IAM vouches for. */
function taskTypeOf(source: string, eventSource: string): string {
  const prefix = processorSourcePrefix(eventSource);
  const taskType = source.slice(prefix.length);
  if (!source.startsWith(prefix) || !TASK_TYPE.test(taskType)) throw new Error(`malformed event: source: expected ${prefix}<taskType>`);
  return taskType;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
function deliveryFailed({ messageAttributes }: SQSRecord): TaskError {
  const reason = ['ERROR_CODE', 'ERROR_MESSAGE'].map((name) => messageAttributes?.[name]?.stringValue).filter(Boolean).join(': ');
  return { code: ERROR_CODE.DELIVERY_FAILED, message: `the task could not be handed to its processor: ${reason || 'no reason was given'}`.slice(0, 4096) };
}

function parseBody({ body }: SQSRecord): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new Error('malformed event: not JSON');
  }
}

import { SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { storableText } from '../../protocol/json';
import { MAX_ERROR_CODE, MAX_ERROR_MESSAGE, MAX_FILE_NAME, MAX_HEARTBEAT_SECONDS, MAX_PROGRESS_MESSAGE } from '../../protocol/limits';
import {
  ERROR_CODE, EVENT, processorSourcePrefix, TASK_TYPE, TaskError, TaskProgress, taskResultKeyPrefix, TaskResultObject,
  TaskUpdatedDetail,
} from '../../protocol/wire';
import { dateOf } from '../support/date-time';
import { parseEvent } from '../support/message-event';
import { isResultKey } from '../task/result-key';
import { failure, ReportedTask, TaskReport } from '../task/task-report';

/** A media type with parameters, in the characters of RFC 9110, section 8.3.1. */
const MEDIA_TYPE_PATTERN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}\/[ -~]{1,128}$/;

/** Anything that can be a key of the table: a report with an id of no task is ignored like that of an unknown task, not refused. */
const TaskId = v.pipe(v.string(), v.nonEmpty(), v.maxLength(128), v.regex(/^\P{Surrogate}*$/u));

/** The parts of a report that must be valid: its task, source and status. */
const UpdatedEvent = v.object({
  'source': v.string(),
  'detail-type': v.literal(EVENT.UPDATED),
  'time': v.optional(v.unknown()),
  'detail': v.looseObject({ taskId: TaskId, status: v.picklist(['RUNNING', 'SUCCESSFUL', 'FAILED']) }),
});

const CreatedEvent = v.object({
  'source': v.string(),
  'detail-type': v.literal(EVENT.CREATED),
  'detail': v.object({ taskId: TaskId, type: v.pipe(v.string(), v.regex(TASK_TYPE)), createdAt: v.string() }),
});

/**
 * The attributes that EventBridge puts on each dead letter of a rule.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
const DEAD_LETTER_ATTRIBUTES = ['RULE_ARN', 'TARGET_ARN', 'ERROR_CODE'];

export interface ParsedReport extends TaskReport {
  /** Names of the parts that are invalid, and left out. */
  readonly unusable: string[];
}

/**
 * Parses a processor's `TaskUpdatedEvent`. The task, source and status must be valid; other parts that are not are left out or replaced.
 * Throws an error that names the invalid part and does not quote it.
 */
export function parseReport(record: SQSRecord, eventSource: string): ParsedReport {
  const { source, time, detail } = parseEvent(UpdatedEvent, record);
  const prefix = processorSourcePrefix(eventSource);
  // The source is the only part of a processor's event that IAM guarantees.
  const taskType = source.slice(prefix.length);
  if (!source.startsWith(prefix) || !TASK_TYPE.test(taskType)) throw new Error(`malformed event: source: expected ${prefix}<taskType>`);
  const reader = new PartReader(detail);
  const usable = detailOf(detail.taskId, taskType, detail.status, reader);
  return { taskType, detail: usable, reportedAt: dateOf(time), unusable: reader.unusable };
}

/**
 * Parses a `TaskCreatedEvent` that EventBridge could not deliver to a processor. Every rule of the bus can send messages to the queue of
 * dead letters. So a message counts only if it has the attributes that EventBridge puts on a dead letter, and that a rule can't set.
 */
export function parseDeadLetter(record: SQSRecord, eventSource: string): TaskReport {
  const { source, detail: { taskId, type, createdAt } } = parseEvent(CreatedEvent, record);
  if (source !== eventSource) throw new Error(`malformed event: source: expected ${eventSource}`);
  const attribute = (name: string) => record.messageAttributes?.[name]?.stringValue;
  const missing = DEAD_LETTER_ATTRIBUTES.filter((name) => !attribute(name));
  if (missing.length > 0) throw new Error(`not a dead letter of EventBridge: it has no ${missing.join(', ')}`);
  const reason = ['ERROR_CODE', 'ERROR_MESSAGE'].map(attribute).filter(Boolean).join(': ');
  const message = storableText(`EventBridge could not deliver the task to its processor: ${reason}`, MAX_ERROR_MESSAGE);
  return { taskType: type, detail: failure({ taskId, taskCreatedAt: createdAt }, { code: ERROR_CODE.DELIVERY_FAILED, message }) };
}

function detailOf(taskId: string, taskType: string, status: TaskUpdatedDetail['status'], reader: PartReader): TaskUpdatedDetail {
  const task = { taskId, ...given({ taskCreatedAt: reader.read('taskCreatedAt', (value) => dateOf(value)?.toISOString()) }) };
  switch (status) {
    case 'RUNNING': return {
      ...task,
      status,
      ...given({
        progress: progressOf(reader),
        sequence: reader.read('sequence', (value) => wholeNumber(value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)),
        heartbeatSeconds: reader.read('heartbeatSeconds', (value) => wholeNumber(value, 0, MAX_HEARTBEAT_SECONDS)),
      }),
    };
    case 'SUCCESSFUL': return successOf(task, taskType, reader);
    case 'FAILED': return failure(task, errorOf(reader.detail.error));
  }
}

/** Returns the end of a task with its result. A result object that is not the task's own fails the task: nobody could ever download it. */
function successOf(task: ReportedTask, type: string, reader: PartReader): TaskUpdatedDetail {
  const { result, resultObject } = reader.detail;
  if (resultObject === undefined || resultObject === null) return { ...task, status: 'SUCCESSFUL', ...given({ result }) };
  const object = resultObjectOf({ ...task, type }, reader);
  if (object) return { ...task, status: 'SUCCESSFUL', ...given({ result }), resultObject: object };
  return failure(task, {
    code: ERROR_CODE.INVALID_RESULT,
    message: `resultObject.key must be ${taskResultKeyPrefix(type, task.taskId)} and a name of 1 to 128 letters, digits, '.', '_' and '-'`,
  });
}

function resultObjectOf(task: { taskId: string; type: string }, reader: PartReader): TaskResultObject | undefined {
  const object = reader.read('resultObject', (value) => isObject(value) && isResultKey(value.key, task) ? value : undefined);
  if (!object) return undefined;
  const parts = new PartReader(object);
  const usable = {
    key: object.key as string,
    ...given({
      contentType: parts.read('contentType', (value) => typeof value === 'string' && MEDIA_TYPE_PATTERN.test(value) ? value : undefined),
      fileName: parts.read('fileName', (value) => typeof value === 'string' ? storableText(value, MAX_FILE_NAME) || undefined : undefined),
    }),
  };
  reader.unusable.push(...parts.unusable.map((name) => `resultObject.${name}`));
  return usable;
}

function progressOf(reader: PartReader): TaskProgress | undefined {
  const progress = reader.read('progress', (value) => isObject(value) ? value : undefined);
  if (!progress) return undefined;
  const parts = new PartReader(progress);
  const usable = given({
    percent: parts.read('percent', percentage),
    message: parts.read('message', (value) => typeof value === 'string' ? storableText(value, MAX_PROGRESS_MESSAGE) : undefined),
  });
  reader.unusable.push(...parts.unusable.map((name) => `progress.${name}`));
  return parts.unusable.length > 0 && Object.keys(usable).length === 0 ? undefined : usable;
}

/** Returns the error of a failed task. Invalid parts are replaced, because a report of FAILED must end its task. */
function errorOf(error: unknown): TaskError {
  const { code, message } = isObject(error) ? error : { code: undefined, message: error };
  const textOr = (otherwise: string, text: unknown, maxCharacters: number) => (
    typeof text === 'string' && text !== '' ? storableText(text, maxCharacters) : otherwise
  );
  return {
    code: textOr(ERROR_CODE.INVALID_ERROR, code, MAX_ERROR_CODE),
    message: textOr('the processor reported no error message', message, MAX_ERROR_MESSAGE),
  };
}

/** Reads the optional parts of a report. */
class PartReader {
  public readonly unusable: string[] = [];

  constructor(public readonly detail: Record<string, unknown>) {}

  /** Returns a part as `convert` returns it; undefined if the part is missing, null or invalid. */
  public read<T>(name: string, convert: (value: unknown) => T | undefined): T | undefined {
    const value = this.detail[name];
    if (value === undefined || value === null) return undefined;
    const converted = convert(value);
    if (converted === undefined) this.unusable.push(name);
    return converted;
  }
}

function wholeNumber(value: unknown, min: number, max: number): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max ? value as number : undefined;
}

function percentage(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= 100)) return undefined;
  // JSON allows smaller numbers than DynamoDB:
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
  return value < 1e-100 ? 0 : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Leaves out the parts that are undefined. */
function given<T extends object>(parts: T): T {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as T;
}

import type { NativeAttributeValue } from '@aws-sdk/util-dynamodb';
import { DEADLINE_ERROR, dueAt, overdueError, Task } from './task';
import { TaskReport } from './task-report';
import { IGNORED, IgnoredReason } from '../../protocol/metrics';
import { ERROR_CODE, isTerminal, TaskError, TaskResultObject, TaskStatus, TaskUpdatedDetail } from '../../protocol/wire';

/** Values of attributes, or of the placeholders of an expression. Those that are undefined are left out. */
export type Values = Record<string, NativeAttributeValue>;

/** A conditional write of a task's head, in DynamoDB's expressions. Operands on the right are the values before the write. */
export interface Change {
  readonly set: string[];
  readonly remove?: string[];
  readonly condition: string;
  readonly values: Values;
}

/** How a task ended. */
export interface Outcome {
  readonly error?: TaskError;
  readonly result?: string;
  readonly resultItem?: string;
  readonly resultObject?: TaskResultObject;
}

/** Why a report changes nothing. */
export interface Ignored {
  readonly reason: IgnoredReason;
  /** The reason in words. */
  readonly explanation: string;
}

type RunningDetail = TaskUpdatedDetail & { readonly status: 'RUNNING' };

/**
 * Makes the change that a report asks for. Its condition is the whole rule: the life cycle allows the change, and the task is the one that
 * the report is about.
 *
 * @param result the result of a SUCCESSFUL, or the item or object that has it
 * @param expiresAt when the task is removed if this change ends it, in seconds
 */
export function changeFor(report: TaskReport, result: Outcome, expiresAt: number, now: Date): Change {
  const { detail } = report;
  switch (detail.status) {
    case 'RUNNING': return about(report, running(detail, report.reportedAt, now));
    case 'SUCCESSFUL': return about(report, ending('SUCCESSFUL', result, expiresAt, now));
    case 'FAILED': return about(report, ending('FAILED', { error: detail.error }, expiresAt, now));
  }
}

/** Returns why a report must not change a task at all, given the task as the report found it; undefined if it may. */
export function whyRefused(report: TaskReport, current: Task | undefined): Ignored | undefined {
  const { taskType, detail: { taskCreatedAt }, reportedAt } = report;
  if (!current) return { reason: IGNORED.UNKNOWN_TASK, explanation: 'unknown task' };
  const { type, status, createdAt } = current;
  if (type !== taskType) return { reason: IGNORED.OTHER_TASK_TYPE, explanation: `the task has type ${type}` };
  const isEarlier = (explanation: string): Ignored => ({ reason: IGNORED.EARLIER_TASK, explanation });
  if (taskCreatedAt !== undefined) {
    if (taskCreatedAt !== createdAt) {
      return isEarlier(`the task was created at ${createdAt}, and the report is about one created at ${taskCreatedAt}`);
    }
  } else if (reportedAt !== undefined && createdAt >= reportedBefore(reportedAt)) {
    return isEarlier(`the task was created at ${createdAt}, after the report`);
  }
  return isTerminal(status) ? { reason: IGNORED.TASK_ENDED, explanation: `the task is already ${status}` } : undefined;
}

/** Returns why the condition of {@link changeFor} failed, given the task as the report found it. */
export function whyIgnored(report: TaskReport, current: Task | undefined): Ignored {
  const { sequence } = report.detail;
  const subject = sequence === undefined ? 'a report without a sequence' : `sequence ${sequence}`;
  return whyRefused(report, current)
    ?? { reason: IGNORED.STALE_SEQUENCE, explanation: `${subject} is not newer than sequence ${current?.sequence}` };
}

/** Limits a change to the task that a report is about: one of its type, and not a later task of the same id. */
function about({ taskType, detail: { taskCreatedAt }, reportedAt }: TaskReport, change: Change): Change {
  const [sameTask, values]: [string, Values] = taskCreatedAt !== undefined
    ? ['#createdAt = :taskCreatedAt AND ', { ':taskCreatedAt': taskCreatedAt }]
    : reportedAt !== undefined
      ? ['#createdAt < :reportedBefore AND ', { ':reportedBefore': reportedBefore(reportedAt) }]
      : ['', {}];
  return {
    ...change,
    condition: `#type = :type AND ${sameTask}(${change.condition})`,
    values: { ...change.values, ...values, ':type': taskType },
  };
}

/** Returns the earliest creation that is too late for a task to be the one reported on. The times of EventBridge are whole seconds. */
function reportedBefore(reportedAt: Date): string {
  return new Date(Math.floor(reportedAt.getTime() / 1000) * 1000 + 1000).toISOString();
}

/** PENDING ▸ RUNNING, or newer progress. */
function running(detail: RunningDetail, reportedAt: Date | undefined, now: Date): Change {
  const { progress, sequence } = detail;
  const isNewer = sequence === undefined ? 'attribute_not_exists(#sequence)' : 'attribute_not_exists(#sequence) OR #sequence < :sequence';
  const alive = heartbeat(detail, reportedAt, now);
  return {
    set: [
      ...alive.set,
      '#status = :running',
      '#version = #version + :one',
      '#updatedAt = :now',
      '#startedAt = if_not_exists(#startedAt, :now)',
      ...(progress ? ['#progress = :progress'] : []),
      ...(sequence === undefined ? [] : ['#sequence = :sequence']),
    ],
    remove: alive.remove,
    condition: `#status = :pending OR ${alive.condition} AND (${isNewer})`,
    values: { ...alive.values, ':pending': 'PENDING', ':one': 1, ':progress': progress, ':sequence': sequence },
  };
}

/** A sign of life, which publishes no event. */
function heartbeat({ heartbeatSeconds }: RunningDetail, reportedAt: Date | undefined, now: Date): Change {
  const isCancelled = heartbeatSeconds === 0;
  return {
    set: [
      '#previousStatus = #status',
      '#heartbeatAt = :now',
      ...(heartbeatSeconds ? ['#heartbeatSeconds = :heartbeatSeconds'] : []),
      ...(isCancelled && reportedAt ? ['#heartbeatCancelledAt = :reportedAt'] : []),
    ],
    // 0 cancels the heartbeat. The check stays where it is: the sweeper postpones it.
    remove: isCancelled ? ['#heartbeatSeconds'] : [],
    // A delayed call must not turn back the time of a later report. Without a heartbeat, nobody needs that time.
    condition: isCancelled ? '#status = :running' : '#status = :running AND #heartbeatAt <= :now',
    values: {
      ':running': 'RUNNING',
      ':now': now.toISOString(),
      ':heartbeatSeconds': heartbeatSeconds || undefined,
      ':reportedAt': isCancelled ? reportedAt?.toISOString() : undefined,
    },
  };
}

/** PENDING or RUNNING ▸ a terminal status. */
export function ending(status: TaskStatus, outcome: Outcome, expiresAt: number, now: Date): Change {
  const attributes = Object.entries(outcome).filter(([, value]) => value !== undefined);
  return {
    set: [
      '#previousStatus = #status',
      '#status = :status',
      '#version = #version + :one',
      '#updatedAt = :now',
      '#endedAt = :now',
      '#expiresAt = :expiresAt',
      ...attributes.map(([name]) => `#${name} = :${name}`),
    ],
    // Leaves the index of the open tasks.
    remove: ['#checkShard', '#checkAt'],
    condition: '#status IN (:pending, :running)',
    values: {
      ':status': status,
      ':pending': 'PENDING',
      ':running': 'RUNNING',
      ':one': 1,
      ':now': now.toISOString(),
      ':expiresAt': expiresAt,
      ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
    },
  };
}

/** Ends a task that nobody has read, if its deadline has passed: the condition compares the task's own. */
export function endingPastDeadline(expiresAt: number, now: Date): Change {
  const change = ending('FAILED', { error: DEADLINE_ERROR }, expiresAt, now);
  return { ...change, condition: `${change.condition} AND #deadlineAt <= :now` };
}

/** Ends a task if it is overdue; undefined if not. The change fails if the task has ended, or has a new heartbeat, since it was read. */
export function endingOverdue(task: Task, expiresAt: number, now: Date): Change | undefined {
  const error = overdueError(task, now);
  if (!error) return undefined;
  const change = ending('FAILED', { error }, expiresAt, now);
  return error.code === ERROR_CODE.HEARTBEAT_TIMEOUT ? unlessHeardFrom(task, change) : change;
}

/**
 * Renews the heartbeat of a task by a RUNNING that is not newer, as a processor that starts over sends it: it has no new progress, but it
 * lives. Undefined if there is no heartbeat to renew.
 */
export function renewal(report: TaskReport, { heartbeatSeconds }: Task, now: Date): Change | undefined {
  const { detail, reportedAt } = report;
  if (detail.status !== 'RUNNING' || !heartbeatSeconds && !detail.heartbeatSeconds) return undefined;
  const change = about(report, heartbeat(detail, reportedAt, now));
  return detail.heartbeatSeconds && reportedAt ? unlessCancelledSince(reportedAt, change) : change;
}

/** Limits a change to tasks whose heartbeat was not cancelled after a report: one that comes late must not end the pause before a retry. */
function unlessCancelledSince(reportedAt: Date, change: Change): Change {
  return {
    ...change,
    condition: `${change.condition} AND (attribute_not_exists(#heartbeatCancelledAt) OR #heartbeatCancelledAt < :reportedAt)`,
    values: { ...change.values, ':reportedAt': reportedAt.toISOString() },
  };
}

/** Has the sweeper check a task sooner if its new heartbeat is due before the next check; undefined if not. */
export function checkSooner(detail: TaskUpdatedDetail, task: Task): Change | undefined {
  // Later heartbeats leave the check where it is: the sweeper postpones it.
  if (!asksForHeartbeat(detail) || task.checkAt === undefined) return undefined;
  const due = dueAt(task);
  return task.checkAt <= due ? undefined : { set: MOVED_CHECK, condition: '#checkAt > :checkAt', values: { ':checkAt': due } };
}

/** Returns whether a report asks for a heartbeat. For all others, {@link checkSooner} does not need the task. */
export function asksForHeartbeat(detail: TaskUpdatedDetail): boolean {
  return detail.status === 'RUNNING' && Boolean(detail.heartbeatSeconds);
}

/** Has the sweeper check a task when it can next be overdue; undefined if the task has ended, or its next check is in the future. */
export function checkLater(task: Task, now: Date): Change | undefined {
  if (task.checkAt === undefined || task.checkAt > now.toISOString()) return undefined;
  const values = { ':checkAt': dueAt(task), ':seen': task.checkAt };
  return unlessHeardFrom(task, { set: MOVED_CHECK, condition: '#checkAt = :seen', values });
}

const MOVED_CHECK = ['#previousStatus = #status', '#checkAt = :checkAt'];

/** Limits a change that was decided by a task's heartbeat: it fails if the processor was heard from after the task was read. */
function unlessHeardFrom(task: Task, change: Change): Change {
  const seen = (['heartbeatAt', 'heartbeatSeconds'] as const).map((name) => (
    task[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`
  ));
  return {
    ...change,
    condition: [change.condition, ...seen].join(' AND '),
    values: { ...change.values, ':heartbeatAt': task.heartbeatAt, ':heartbeatSeconds': task.heartbeatSeconds },
  };
}

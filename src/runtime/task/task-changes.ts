import { dueAt, PAST_DEADLINE, reportedBefore, Task, TaskReport, TaskUpdate } from './task';
import { ERROR_CODE, TaskError, TaskStatus } from '../../protocol/wire';

/** A conditional write of a task's head, in DynamoDB's terms. Operands on the right are the values before the write. */
export interface Change {
  readonly set: string[];
  readonly remove?: string[];
  readonly condition: string;
  readonly values: object;
}

/** PENDING ▸ RUNNING, or a newer progress. */
export function running(update: TaskUpdate & { status: 'RUNNING' }, now: Date): Change {
  const { progress, sequence } = update;
  const isNewer = sequence === undefined ? 'attribute_not_exists(#sequence)' : 'attribute_not_exists(#sequence) OR #sequence < :sequence';
  const alive = heartbeat(update, now);
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

/** A sign of life, and nothing to tell anybody else. */
export function heartbeat({ heartbeatSeconds }: TaskUpdate & { status: 'RUNNING' }, now: Date): Change {
  return {
    set: [
      '#previousStatus = #status',
      '#heartbeatAt = :now',
      ...(heartbeatSeconds ? ['#heartbeatSeconds = :heartbeatSeconds'] : []),
    ],
    // 0 takes the watchdog back. The check stays where it is: the sweeper moves it on.
    remove: heartbeatSeconds === 0 ? ['#heartbeatSeconds'] : [],
    // A call that was held up does not turn back the time of a later report. Nobody needs that time without a watchdog.
    condition: heartbeatSeconds === 0 ? '#status = :running' : '#status = :running AND #heartbeatAt <= :now',
    values: { ':running': 'RUNNING', ':now': now.toISOString(), ':heartbeatSeconds': heartbeatSeconds || undefined },
  };
}

export interface Outcome {
  readonly error?: TaskError;
  readonly result?: string;
  readonly resultItem?: string;
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

/** PENDING or RUNNING ▸ FAILED, for a task that nobody has read: what says whether its time is over is the task's own deadline. */
export function endingPastDeadline(expiresAt: number, now: Date): Change {
  const change = ending('FAILED', { error: { code: ERROR_CODE.TASK_TIMEOUT, message: PAST_DEADLINE } }, expiresAt, now);
  return { ...change, condition: `${change.condition} AND #deadlineAt <= :now` };
}

/** Sets the time of the sweeper's next look; `guard` says which time it may replace. */
export function nextCheck(checkAt: string, guard: { condition: string; values: object }): Change {
  return { set: ['#previousStatus = #status', '#checkAt = :checkAt'], condition: guard.condition, values: { ...guard.values, ':checkAt': checkAt } };
}

/** Adds to a change that is made because of a task's heartbeat: nothing was heard of the task since it was read. */
export function unlessHeardOf(task: Task, change: Change): Change {
  const seen = (['heartbeatAt', 'heartbeatSeconds'] as const).map((name) => (
    task[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`
  ));
  return {
    ...change,
    condition: [change.condition, ...seen].join(' AND '),
    values: { ...change.values, ':heartbeatAt': task.heartbeatAt, ':heartbeatSeconds': task.heartbeatSeconds },
  };
}

/** Holds a change to the task that a report is about: one of its type, and no later one that has got the same id. */
export function about({ taskType, update: { taskCreatedAt }, reportedAt }: TaskReport, change: Change): Change {
  const [sameTask, values] = taskCreatedAt !== undefined
    ? ['#createdAt = :taskCreatedAt AND ', { ':taskCreatedAt': taskCreatedAt }]
    : reportedAt !== undefined
      ? ['#createdAt < :reportedBefore AND ', { ':reportedBefore': reportedBefore(reportedAt) }]
      : ['', {}];
  return { ...change, condition: `#type = :type AND ${sameTask}(${change.condition})`, values: { ...change.values, ...values, ':type': taskType } };
}

/** Has the sweeper look at an open task when it can next be overdue. Nothing if the task has ended, or is to be looked at later already. */
export function checkLater(task: Task, now: Date): Change | undefined {
  if (task.checkAt === undefined || task.checkAt > now.toISOString()) return undefined;
  return unlessHeardOf(task, nextCheck(dueAt(task), { condition: '#checkAt = :seen', values: { ':seen': task.checkAt } }));
}

/** Maps each `#name` to itself: too many of DynamoDB's reserved words are good names to leave any unescaped. */
export function namesIn(expressions: string): Record<string, string> {
  return Object.fromEntries(expressions.match(/#\w+/g)!.map((name) => [name, name.slice(1)]));
}

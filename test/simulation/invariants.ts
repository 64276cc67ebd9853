import { APIGatewayProxyResult, DynamoDBRecord } from 'aws-lambda';
import { BusEvent } from './event-bus';
import { SentTrace } from './trace';
import { TABLE } from '../../src/protocol/table';
import { TraceContext } from '../../src/protocol/trace-context';
import { ENDED, ERROR_CODE, EVENT, isTerminal, TaskStatus, TaskStatusReply } from '../../src/protocol/wire';
import { isResultKey } from '../../src/runtime/task/result-key';
import { Task } from '../../src/runtime/task/task';
import { fromImage } from '../../src/runtime/task/task-items';
import { Item } from '../support/expressions';
import { ItemChange } from '../support/in-memory-table';

export class Violation extends Error {}

function demand(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Violation(what());
}

const TERMINAL_EVENTS: Record<string, string> = { SUCCESSFUL: EVENT.SUCCESSFUL, FAILED: EVENT.FAILED, CANCELLED: EVENT.CANCELLED };

/** The visible attributes of a task. Each change of them must raise the version. */
const VISIBLE = ['status', 'progress', 'sequence', 'result', 'resultItem', 'resultObject', 'error', 'startedAt', 'endedAt'];

const MAX_CALLS_IN_FLIGHT = 50;

/** Identifies one of the tasks that had the same id, one after the other. */
export interface Life {
  readonly taskId: string;
  readonly createdAt: string;
}

export function lifeOf({ taskId, createdAt }: Life): string {
  return `${taskId}@${createdAt}`;
}

function versionOf(life: Life, version: number): string {
  return `${lifeOf(life)}#${version}`;
}

function addOne(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** A question for the status of a task. */
export interface Question {
  /** Whether it has the type and the time of creation of the task. */
  readonly isOwn: boolean;
  readonly at: string;
  /** Whether the end of the task had been seen before. */
  readonly afterEnd: boolean;
}

/** The interval in which a work with the helper asks, its longest step, and a little time for the answer. */
const MAX_WORK_AFTER_END_MS = 15_000;

/** A pause of a queue, late events, and the time that a container has to stop. */
const MAX_LONG_WORK_AFTER_END_MS = 200_000;

/** A traceparent in the form that leaves the API. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

const MARK = /\(by (.+)\)/;

/** Makes the text that shows for which task a report was made. */
export function mark(author: string): string {
  return `(by ${author})`;
}

function isSameTrace(one: Partial<TraceContext>, other: Partial<TraceContext>): boolean {
  return one.traceparent === other.traceparent && one.tracestate === other.tracestate;
}

function traceOf({ traceparent, tracestate }: Item): Partial<TraceContext> {
  return { traceparent: traceparent?.S, tracestate: tracestate?.S };
}

function checkContents(task: Task, item: Item, items: ReadonlyMap<string, Item>): void {
  const { resultObject } = task;
  demand(!resultObject || isResultKey(resultObject.key, task), () => `${task.taskId}: has the object ${resultObject!.key}, which is not its own`);
  for (const content of [task.payloadItem, task.resultItem]) {
    if (content === undefined) continue;
    const stored = items.get(`${task.taskId}/${content}`);
    demand(stored !== undefined, () => `${task.taskId}: points to ${content}, which does not exist`);
    demand(Number(stored[TABLE.TIME_TO_LIVE].N) >= Number(item[TABLE.TIME_TO_LIVE].N), () => `${task.taskId}: expires after its ${content}`);
  }
}

/** Checks the invariants, which must hold in spite of all faults. */
export class Invariants {
  /** The first violation. */
  public violation?: Violation;
  private readonly accepted = new Set<string>();
  /** The published statuses, by life and version. */
  private readonly published = new Map<string, Map<number, string>>();
  /** How often each version of a life was counted in the metrics, and how often its record was repeated although it was handled. */
  private readonly counted = new Map<string, number>();
  private readonly repeated = new Map<string, number>();
  /** The trace contexts with which tasks were stored first, by life. */
  private readonly traces = new Map<string, Partial<TraceContext>>();
  /** The heads of the tasks that the table has removed. */
  private readonly removed = new Map<string, Item>();
  /** Tasks whose events could not be delivered. */
  private readonly undelivered = new Set<string>();
  /** How often long work was started, by life. */
  private readonly workStarts = new Map<string, number>();
  /** Lives whose executions were successful. */
  private readonly successfulWork = new Set<string>();
  /** Lives whose starter has failed in each attempt. */
  private readonly givenUp = new Set<string>();
  /** Lives whose long work runs. */
  private readonly runningWork = new Set<string>();
  /** Tasks whose end a supplier or a processor has seen. */
  private readonly seenEnds = new Set<string>();

  /** A 202 was sent. */
  public onAccepted(task: Life): void {
    this.accepted.add(lifeOf(task));
  }

  /** A task was created by one of these requests, and has its trace context: a new one if the request had no valid one. */
  public onTraced(task: Life, sent: SentTrace[]): void {
    this.guard(() => {
      const stored = this.traces.get(lifeOf(task))!;
      const isNew = TRACEPARENT.test(stored.traceparent!) && stored.tracestate === undefined
        && !sent.some(({ headers }) => headers.traceparent?.toLowerCase().includes(stored.traceparent!.split('-')[1]));
      const isOfSome = sent.some(({ context }) => context ? isSameTrace(context, stored) : isNew);
      demand(isOfSome, () => `${task.taskId}: has the trace context ${JSON.stringify(stored)}, but its requests had ${JSON.stringify(sent)}`);
    });
  }

  public onUndelivered({ detail }: BusEvent): void {
    this.undelivered.add(lifeOf(detail as unknown as Life));
  }

  /** An invocation never has more than 50 calls in flight. */
  public onCall(inFlight: number): void {
    this.guard(() => demand(inFlight <= MAX_CALLS_IN_FLIGHT, () => `an invocation had ${inFlight} calls in flight`));
  }

  /** The table removed an expired item. */
  public onRemoved(item: Item, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const task = fromImage(item);
      demand(isTerminal(task.status), () => `${task.taskId}: was removed while it was ${task.status}`);
      this.removed.set(lifeOf(task), item);
      checkContents(task, item, items);
    });
  }

  public onPublished({ 'detail-type': detailType, detail }: BusEvent): void {
    this.guard(() => {
      const life = lifeOf(detail as unknown as Life);
      const versions = this.published.get(life) ?? new Map<number, string>();
      this.published.set(life, versions);
      const before = versions.get(detail.version);
      demand(before === undefined || before === detailType, () => `${detail.taskId}: version ${detail.version} was published as ${before} and as ${detailType}`);
      versions.set(detail.version, detailType);
      demand(detailType !== 'TaskCreatedEvent' || detail.payload !== undefined, () => `${detail.taskId}: lost its payload`);
      demand(isSameTrace(detail, this.traces.get(life)!), () => `${detail.taskId}: its ${detailType} has another trace context, ${detail.traceparent}`);
    });
  }

  /** The stream delivers these records again, although they were handled. */
  public onRepeated(records: DynamoDBRecord[]): void {
    for (const { dynamodb } of records) {
      const { taskId, createdAt, version } = dynamodb!.NewImage as Item;
      addOne(this.repeated, versionOf({ taskId: taskId.S!, createdAt: createdAt.S! }, Number(version.N)));
    }
  }

  /** The metrics count a change only as often as its record was handled. */
  public onCounted(task: Task): void {
    this.guard(() => {
      const version = versionOf(task, task.version);
      addOne(this.counted, version);
      const handled = 1 + (this.repeated.get(version) ?? 0);
      demand(this.counted.get(version)! <= handled, () => `${version}: was handled ${handled} times, and counted ${this.counted.get(version)} times`);
    });
  }

  public onChange({ before, after }: ItemChange, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const taskId = after[TABLE.PARTITION_KEY].S!;
      const sortKey = after[TABLE.SORT_KEY].S!;
      if (sortKey !== TABLE.HEAD) {
        demand(before === undefined || JSON.stringify(before) === JSON.stringify(after), () => `${taskId}: ${sortKey} was overwritten`);
        demand(after[TABLE.TIME_TO_LIVE]?.N !== undefined, () => `${taskId}: ${sortKey} never expires`);
        demand(!sortKey.startsWith('result') || items.has(`${taskId}/${TABLE.HEAD}`), () => `${taskId}: a result of an unknown task was stored`);
        return;
      }
      if (!before) {
        demand(after.status?.S === 'PENDING' && after.version?.N === '1', () => `${taskId}: an item of an unknown task was created, ${JSON.stringify(after)}`);
        this.traces.set(lifeOf({ taskId, createdAt: after.createdAt.S! }), traceOf(after));
        return;
      }
      // On the raw images: this runs at each write, and converting them to tasks would take half of its time.
      const [was, is] = [before.status.S as TaskStatus, after.status.S as TaskStatus];
      demand(!isTerminal(was), () => `${taskId}: was changed after it was ${was}`);
      const isVisible = VISIBLE.some((name) =>
        before[name] !== after[name] && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
      const step = Number(after.version.N) - Number(before.version.N);
      demand(step === 1 || (step === 0 && !isVisible), () => `${taskId}: went from version ${before.version.N} to ${after.version.N}`);
      demand(!before.sequence || Number(after.sequence.N) >= Number(before.sequence.N), () => `${taskId}: older progress replaced newer progress`);
      demand(isTerminal(is) === (after.checkAt === undefined), () => `${taskId}: is ${is}, and its next check is at ${after.checkAt?.S}`);
      demand(isSameTrace(traceOf(before), traceOf(after)), () => `${taskId}: its trace context was changed`);
      if (isVisible) this.checkAuthor(after);
      if (after.error !== before.error) this.checkReason(after.error!.M!.code.S!, before, after);
    });
  }

  /** A report changes only the task that it was made for, and no later one with the same id. A stranger changes nothing. */
  private checkAuthor({ taskId, createdAt, result, error, progress }: Item): void {
    for (const text of [result?.S, error?.M!.message.S, progress?.M!.message?.S]) {
      const [, author] = text?.match(MARK) ?? [];
      demand(author === undefined || author === createdAt.S, () => `${taskId.S}: was created at ${createdAt.S}, but changed by a report for ${author}`);
    }
  }

  /** The errors that we set ourselves are true. */
  private checkReason(code: string, { taskId, createdAt, deadlineAt, heartbeatAt, heartbeatSeconds }: Item, { endedAt }: Item): void {
    if (code === ERROR_CODE.TASK_TIMEOUT) {
      demand(deadlineAt.S! <= endedAt.S!, () => `${taskId.S}: failed at ${endedAt.S} because of its deadline, which is ${deadlineAt.S}`);
    } else if (code === ERROR_CODE.HEARTBEAT_TIMEOUT) {
      const silentMs = Date.parse(endedAt.S!) - Date.parse(heartbeatAt.S!);
      demand(silentMs >= Number(heartbeatSeconds?.N) * 1000, () => `${taskId.S}: failed because of its heartbeat, but its processor reported ${silentMs} ms before`);
    } else if (code === ERROR_CODE.DELIVERY_FAILED) {
      demand(this.undelivered.has(`${taskId.S}@${createdAt.S}`), () => `${taskId.S}: failed because of its delivery, which succeeded`);
    }
  }

  /** Only the owner can see a task, and nobody sees an open task after its deadline. */
  public onAnswer({ statusCode, body }: APIGatewayProxyResult, isOwner: boolean, askedAt: string, wasThere: boolean): void {
    this.guard(() => {
      if (statusCode === 404 && !wasThere) return;
      demand(statusCode === (isOwner ? 200 : 404), () => `a poll by ${isOwner ? 'the owner' : 'another caller'} got a ${statusCode}`);
      if (!isOwner) return;
      const { status, deadlineAt, ...life } = JSON.parse(body);
      demand(isTerminal(status) || askedAt < deadlineAt, () => `a task was returned as ${status} after its deadline`);
      if (isTerminal(status)) this.seenEnds.add(lifeOf(life));
    });
  }

  /** Returns whether somebody has got an answer that says that the task has ended. */
  public wasEndSeen(life: Life): boolean {
    return this.seenEnds.has(lifeOf(life));
  }

  /**
   * A processor gets the status of its own task only, and a true one: never ENDED while the task is in the table, and never an open status
   * after its deadline, or after anybody has seen its end.
   */
  public onStatus(life: Life, status: TaskStatusReply['status'], { isOwn, at, afterEnd }: Question, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const { taskId, createdAt } = life;
      if (!isOwn) return demand(status === ENDED, () => `${taskId}: a processor of another task got ${status}`);
      const head = items.get(`${taskId}/${TABLE.HEAD}`);
      const current = head?.createdAt.S === createdAt ? head : undefined;
      if (status === ENDED) {
        demand(!current, () => `${taskId}: a processor got ENDED, but the task is ${current!.status.S}`);
      } else if (isTerminal(status)) {
        demand(!current || current.status.S === status, () => `${taskId}: a processor got ${status}, but the task is ${current!.status.S}`);
      } else {
        demand(!afterEnd, () => `${taskId}: a processor got ${status} after the end of its task was seen`);
        demand(current !== undefined && at < current.deadlineAt.S!, () => `${taskId}: a processor got ${status} after the deadline`);
        return;
      }
      this.seenEnds.add(lifeOf(life));
    });
  }

  /** A work with the helper stops soon after the end of its task. */
  public onWorkAfterEnd(taskId: string, lateMs: number): void {
    this.guard(() => demand(lateMs <= MAX_WORK_AFTER_END_MS, () => `${taskId}: its work goes on ${lateMs} ms after its end`));
  }

  /** Long work of a task was started. It runs once, or again after it was lost. */
  public onWorkStarted(task: Life, canBeLost: boolean): void {
    this.guard(() => {
      const life = lifeOf(task);
      const starts = this.workStarts.get(life) ?? 0;
      this.workStarts.set(life, starts + 1);
      demand(starts === 0 || (canBeLost && !this.runningWork.has(life)), () => `${task.taskId}: its work was started ${starts + 1} times`);
      this.runningWork.add(life);
    });
  }

  /** The execution of a task was successful. Then the task does not fail because of its work. */
  public onWorkSuccessful(task: Life): void {
    this.successfulWork.add(lifeOf(task));
  }

  /**
   * The starter of long work has failed in each attempt. If its task had ended before the first one, it may have started work that nothing
   * stops but the deadline.
   */
  public onStartGivenUp(task: Life): void {
    this.givenUp.add(lifeOf(task));
  }

  /** Long work of a task ended, or was stopped. Without faults, that is soon after the end of its task. */
  public onWorkEnded(task: Life, at: number, isFaulty: boolean, items: ReadonlyMap<string, Item>): void {
    this.runningWork.delete(lifeOf(task));
    const endedAt = this.lifeIn(items, task)?.endedAt?.S;
    if (endedAt === undefined || isFaulty) return;
    const lateMs = at - Date.parse(endedAt);
    this.guard(() => demand(lateMs <= MAX_LONG_WORK_AFTER_END_MS, () => `${task.taskId}: its work goes on ${lateMs} ms after its end`));
  }

  /** Returns the last image of a task. */
  private lifeIn(items: ReadonlyMap<string, Item>, life: Life): Item | undefined {
    const head = items.get(`${life.taskId}/${TABLE.HEAD}`);
    return head?.createdAt.S === life.createdAt ? head : this.removed.get(lifeOf(life));
  }

  /** A task is cancelled if the reply says so, and otherwise it has ended with another status. */
  public onCancel(taskId: string, statusCode: number, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const { createdAt, status: { S: status } } = items.get(`${taskId}/${TABLE.HEAD}`)! as Record<string, { S: TaskStatus }>;
      demand(statusCode === (status === 'CANCELLED' ? 200 : 409), () => `${taskId}: is ${status}, but its cancellation got a ${statusCode}`);
      demand(isTerminal(status), () => `${taskId}: is ${status} after it was cancelled`);
      this.seenEnds.add(lifeOf({ taskId, createdAt: createdAt.S! }));
    });
  }

  /** All requests with one key are about one task. */
  public onSameKey(taskIds: ReadonlySet<string | undefined>): void {
    this.guard(() => demand(taskIds.size <= 1 && !taskIds.has(undefined), () => `one key created the tasks ${[...taskIds].join(', ')}`));
  }

  /** Another request with a used key creates no task. */
  public onReused(statusCode: number | undefined): void {
    this.guard(() => demand(statusCode === undefined || statusCode === 422, () => `a key was used for two requests, and the second got a ${statusCode}`));
  }

  /** A report is deleted from the queue only after it, a newer one or an end is written. */
  public onAcknowledged({ detail, time }: BusEvent, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const head = items.get(`${detail.taskId}/${TABLE.HEAD}`);
      if (!head) return;
      // The report may be about an earlier task.
      if (Date.parse(detail.taskCreatedAt ?? time) < Date.parse(head.createdAt.S!)) return;
      const { status, sequence } = head;
      if (isTerminal(status.S as TaskStatus)) return;
      demand(!isTerminal(detail.status), () => `${detail.taskId}: its reported end is lost`);
      if (detail.status !== 'RUNNING' || !Number.isInteger(detail.sequence)) return;
      demand(Number(sequence?.N) >= detail.sequence, () => `${detail.taskId}: its progress ${detail.sequence} is lost, it has ${sequence?.N}`);
    });
  }

  /**
   * After a sweep without faults, no task is open that was overdue in the index when the sweep began. A task whose processor reported
   * meanwhile may wait for the next sweep, unless it is past its deadline.
   */
  public afterSweep(items: ReadonlyMap<string, Item>, seenAt: string): void {
    this.guard(() => {
      for (const [key, { checkAt, deadlineAt, heartbeatAt }] of items) {
        if (checkAt === undefined) continue;
        const isInTime = checkAt.S! > seenAt || (heartbeatAt !== undefined && heartbeatAt.S! > seenAt);
        demand(deadlineAt.S! > seenAt && isInTime, () => `${key}: the sweep of ${seenAt} did not end it`);
      }
    });
  }

  /** Checks what must hold at the end of the simulation. */
  public atTheEnd(items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const lives = this.lives(items);
      for (const life of this.accepted) demand(lives.has(life), () => `${life}: was accepted, but is lost`);
      for (const [life, item] of lives) {
        const task = fromImage(item);
        demand(isTerminal(task.status), () => `${task.taskId}: stays ${task.status}`);
        const events = this.published.get(life) ?? new Map<number, string>();
        const terminal = TERMINAL_EVENTS[task.status];
        demand(events.get(task.version) === terminal, () => `${task.taskId}: no event says that it is ${task.status}`);
        demand(events.get(1) === 'TaskCreatedEvent', () => `${task.taskId}: has no TaskCreatedEvent`);
        const ends = [...events.values()].filter((type) => Object.values(TERMINAL_EVENTS).includes(type));
        demand(ends.length === 1, () => `${task.taskId}: ended as ${ends.join(' and ')}`);
        demand(
          task.error?.code !== ERROR_CODE.PROCESSOR_FAILED || !this.successfulWork.has(life) || this.givenUp.has(life),
          () => `${task.taskId}: failed with '${task.error!.message}', but its work was successful`,
        );
        if (!this.removed.has(life)) checkContents(task, item, items);
      }
      const published = new Set([...this.published].flatMap(([life, versions]) => [...versions.keys()].map((version) => `${life}#${version}`)));
      for (const version of this.counted.keys()) demand(published.has(version), () => `${version}: was counted, but not published`);
      for (const version of published) demand(this.counted.has(version), () => `${version}: was published, but not counted`);
      for (const life of this.runningWork) demand(this.givenUp.has(life), () => `${life}: its work still runs`);
    });
  }

  /** Returns the last images of all tasks, by life. */
  public lives(items: ReadonlyMap<string, Item>): Map<string, Item> {
    const lives = new Map(this.removed);
    for (const [key, item] of items) {
      if (key.endsWith(`/${TABLE.HEAD}`)) lives.set(lifeOf({ taskId: item.taskId.S!, createdAt: item.createdAt.S! }), item);
    }
    return lives;
  }

  /** Reports a violation that another part of the simulation has found. */
  public fail(what: string): void {
    this.guard(() => demand(false, () => what));
  }

  /** Keeps the first violation instead of throwing it into the call that is checked. */
  private guard(check: () => void): void {
    if (this.violation) return;
    try {
      check();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.violation = error;
    }
  }
}

import { APIGatewayProxyResult } from 'aws-lambda';
import { BusEvent } from './event-bus';
import { TABLE } from '../../src/protocol/table';
import { ERROR_CODE, EVENT, isTerminal, TaskStatus } from '../../src/protocol/wire';
import { Task } from '../../src/runtime/task/task';
import { fromImage } from '../../src/runtime/task/task-items';
import { Item } from '../support/expressions';
import { ItemChange } from '../support/in-memory-table';

export class Violation extends Error {}

function demand(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Violation(what());
}

const TERMINAL_EVENTS: Record<string, string> = { SUCCESSFUL: EVENT.SUCCESSFUL, FAILED: EVENT.FAILED, CANCELLED: EVENT.CANCELLED };

/** What everybody can see of a task; the version must tell each change of it. */
const VISIBLE = ['status', 'progress', 'sequence', 'result', 'resultItem', 'error', 'startedAt', 'endedAt'];

const MAX_CALLS_IN_FLIGHT = 50;

/** One of the tasks that may have had an id, one after the other. */
export interface Life {
  readonly taskId: string;
  readonly createdAt: string;
}

export function lifeOf({ taskId, createdAt }: Life): string {
  return `${taskId}@${createdAt}`;
}

const MARK = /\(by (.+)\)/;

/** What reports say to show which task they were made for. */
export function mark(author: string): string {
  return `(by ${author})`;
}

function requireContents(task: Task, item: Item, items: ReadonlyMap<string, Item>): void {
  for (const content of [task.payloadItem, task.resultItem]) {
    if (content === undefined) continue;
    const stored = items.get(`${task.taskId}/${content}`);
    demand(stored !== undefined, () => `${task.taskId}: points to ${content}, which does not exist`);
    demand(Number(stored[TABLE.TIME_TO_LIVE].N) >= Number(item[TABLE.TIME_TO_LIVE].N), () => `${task.taskId}: outlives its ${content}`);
  }
}

/** Watches what must hold whatever goes wrong. */
export class Invariants {
  /** The first thing that did not hold. */
  public violation?: Violation;
  private readonly accepted = new Set<string>();
  /** By life and version: the status that was published. */
  private readonly published = new Map<string, Map<number, string>>();
  /** The heads of the tasks that the table has removed. */
  private readonly removed = new Map<string, Item>();
  /** Tasks whose events could not be delivered. */
  private readonly undelivered = new Set<string>();

  /** A 202 was sent. */
  public onAccepted(task: Life): void {
    this.accepted.add(lifeOf(task));
  }

  public onUndelivered({ detail }: BusEvent): void {
    this.undelivered.add(lifeOf(detail as unknown as Life));
  }

  /** Never more than the client has sockets for. */
  public onCall(inFlight: number): void {
    this.guard(() => demand(inFlight <= MAX_CALLS_IN_FLIGHT, () => `an invocation had ${inFlight} calls in flight`));
  }

  /** The table removed an item, as its time to live was over. */
  public onRemoved(item: Item, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const task = fromImage(item);
      demand(isTerminal(task.status), () => `${task.taskId}: was removed while it was ${task.status}`);
      this.removed.set(lifeOf(task), item);
      requireContents(task, item, items);
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
    });
  }

  public onChange({ before, after }: ItemChange, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const taskId = after[TABLE.PARTITION_KEY].S!;
      const sortKey = after[TABLE.SORT_KEY].S!;
      if (sortKey !== TABLE.HEAD) {
        demand(before === undefined || JSON.stringify(before) === JSON.stringify(after), () => `${taskId}: ${sortKey} was overwritten`);
        demand(after[TABLE.TIME_TO_LIVE]?.N !== undefined, () => `${taskId}: nothing will ever remove ${sortKey}`);
        demand(!sortKey.startsWith('result') || items.has(`${taskId}/${TABLE.HEAD}`), () => `${taskId}: a result of an unknown task was stored`);
        return;
      }
      if (!before) {
        demand(after.status?.S === 'PENDING' && after.version?.N === '1', () => `${taskId}: a ghost item was made, ${JSON.stringify(after)}`);
        return;
      }
      // On the images as they are: this is done at each write, and making tasks of them would take half of its time.
      const [was, is] = [before.status.S as TaskStatus, after.status.S as TaskStatus];
      demand(!isTerminal(was), () => `${taskId}: was changed after it was ${was}`);
      const isVisible = VISIBLE.some((name) => before[name] !== after[name] && JSON.stringify(before[name]) !== JSON.stringify(after[name]));
      const step = Number(after.version.N) - Number(before.version.N);
      demand(step === 1 || (step === 0 && !isVisible), () => `${taskId}: went from version ${before.version.N} to ${after.version.N}`);
      demand(!before.sequence || Number(after.sequence.N) >= Number(before.sequence.N), () => `${taskId}: the progress was turned back`);
      demand(isTerminal(is) === (after.checkAt === undefined), () => `${taskId}: is ${is}, and its next check at ${after.checkAt?.S}`);
      if (isVisible) this.requireAuthor(after);
      if (after.error !== before.error) this.requireReason(after.error!.M!.code.S!, before, after);
    });
  }

  /** A report changes the task that it was made for, and no later one with the same id; and a stranger changes nothing. */
  private requireAuthor({ taskId, createdAt, result, error, progress }: Item): void {
    for (const text of [result?.S, error?.M!.message.S, progress?.M!.message?.S]) {
      const [, author] = text?.match(MARK) ?? [];
      demand(author === undefined || author === createdAt.S, () => `${taskId.S}: was created at ${createdAt.S}, and changed by a report of ${author}`);
    }
  }

  /** What we fail a task with ourselves is true. */
  private requireReason(code: string, { taskId, createdAt, deadlineAt, heartbeatAt, heartbeatSeconds }: Item, { endedAt }: Item): void {
    if (code === ERROR_CODE.TASK_TIMEOUT) {
      demand(deadlineAt.S! <= endedAt.S!, () => `${taskId.S}: failed at ${endedAt.S} because of its deadline, ${deadlineAt.S}`);
    } else if (code === ERROR_CODE.HEARTBEAT_TIMEOUT) {
      const silentMs = Date.parse(endedAt.S!) - Date.parse(heartbeatAt.S!);
      demand(silentMs >= Number(heartbeatSeconds?.N) * 1000, () => `${taskId.S}: failed for its silence, and was heard of ${silentMs} ms before`);
    } else if (code === ERROR_CODE.DELIVERY_FAILED) {
      demand(this.undelivered.has(`${taskId.S}@${createdAt.S}`), () => `${taskId.S}: failed because of its delivery, which did not fail`);
    }
  }

  /** The owner, and nobody else, is shown a task; and nobody is told that it goes on after its deadline. */
  public onAnswer({ statusCode, body }: APIGatewayProxyResult, isOwner: boolean, askedAt: string, wasThere: boolean): void {
    this.guard(() => {
      if (statusCode === 404 && !wasThere) return;
      demand(statusCode === (isOwner ? 200 : 404), () => `a poll by ${isOwner ? 'the owner' : 'somebody else'} was answered ${statusCode}`);
      if (!isOwner) return;
      const { status, deadlineAt } = JSON.parse(body);
      demand(isTerminal(status) || askedAt < deadlineAt, () => `a task was shown ${status} after its deadline`);
    });
  }

  /** A task that is said to be cancelled is, and one that can't be has ended otherwise. */
  public onCancel(taskId: string, statusCode: number, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const status = items.get(`${taskId}/${TABLE.HEAD}`)!.status.S as TaskStatus;
      demand(statusCode === (status === 'CANCELLED' ? 200 : 409), () => `${taskId}: is ${status}, and its cancellation was answered ${statusCode}`);
      demand(isTerminal(status), () => `${taskId}: is ${status} after it was cancelled`);
    });
  }

  /** All requests with one key are about one task. */
  public onSameKey(taskIds: ReadonlySet<string | undefined>): void {
    this.guard(() => demand(taskIds.size <= 1 && !taskIds.has(undefined), () => `one key made the tasks ${[...taskIds].join(', ')}`));
  }

  /** Another request with a key that was used makes no task. */
  public onReused(statusCode: number | undefined): void {
    this.guard(() => demand(statusCode === undefined || statusCode === 422, () => `a key was used for two requests, the second answered ${statusCode}`));
  }

  /** What a processor reports is not taken from the queue before it, something newer or an end is written. */
  public onAcknowledged({ detail, time }: BusEvent, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const head = items.get(`${detail.taskId}/${TABLE.HEAD}`);
      if (!head) return;
      // It may be about an earlier task.
      if (Date.parse(detail.taskCreatedAt ?? time) < Date.parse(head.createdAt.S!)) return;
      const { status, sequence } = head;
      if (isTerminal(status.S as TaskStatus)) return;
      demand(!isTerminal(detail.status), () => `${detail.taskId}: its end was reported, and is lost`);
      if (detail.status !== 'RUNNING' || !Number.isInteger(detail.sequence)) return;
      demand(Number(sequence?.N) >= detail.sequence, () => `${detail.taskId}: its progress ${detail.sequence} is lost, it has ${sequence?.N}`);
    });
  }

  /**
   * After a sweep in which nothing went wrong: no task is open whose time was over, and seen to be, when it began. One that was heard
   * of meanwhile may wait for the next sweep, but for its deadline.
   */
  public afterSweep(items: ReadonlyMap<string, Item>, seenAt: string): void {
    this.guard(() => {
      for (const [key, { checkAt, deadlineAt, heartbeatAt }] of items) {
        if (checkAt === undefined) continue;
        const isLookedAfter = checkAt.S! > seenAt || (heartbeatAt !== undefined && heartbeatAt.S! > seenAt);
        demand(deadlineAt.S! > seenAt && isLookedAfter, () => `${key}: the sweep of ${seenAt} passed it by`);
      }
    });
  }

  /** When all is over. */
  public atTheEnd(items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const lives = this.lives(items);
      for (const life of this.accepted) demand(lives.has(life), () => `${life}: was accepted, and is lost`);
      for (const [life, item] of lives) {
        const task = fromImage(item);
        demand(isTerminal(task.status), () => `${task.taskId}: is ${task.status} for ever`);
        const events = this.published.get(life) ?? new Map<number, string>();
        const terminal = TERMINAL_EVENTS[task.status];
        demand(events.get(task.version) === terminal, () => `${task.taskId}: nobody was told that it is ${task.status}`);
        demand(events.get(1) === 'TaskCreatedEvent', () => `${task.taskId}: nobody was told that it was created`);
        const ends = [...events.values()].filter((type) => Object.values(TERMINAL_EVENTS).includes(type));
        demand(ends.length === 1, () => `${task.taskId}: ended as ${ends.join(' and ')}`);
        if (!this.removed.has(life)) requireContents(task, item, items);
      }
    });
  }

  /** The last images of all tasks there ever were, by life. */
  public lives(items: ReadonlyMap<string, Item>): Map<string, Item> {
    const lives = new Map(this.removed);
    for (const [key, item] of items) {
      if (key.endsWith(`/${TABLE.HEAD}`)) lives.set(lifeOf({ taskId: item.taskId.S!, createdAt: item.createdAt.S! }), item);
    }
    return lives;
  }

  /** Keeps the first violation: it came up in the middle of somebody's call. */
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

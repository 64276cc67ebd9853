import { APIGatewayProxyResult } from 'aws-lambda';
import { BusEvent } from './event-bus';
import { Item } from './expressions';
import { ItemChange } from './in-memory-table';
import { EVENT, TABLE, TaskStatus } from '../../src/protocol';
import { isTerminal } from '../../src/runtime/task';
import { fromImage } from '../../src/runtime/task-store';

export class Violation extends Error {}

function demand(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Violation(what());
}

const TERMINAL_EVENTS: Record<string, string> = { SUCCESSFUL: EVENT.SUCCESSFUL, FAILED: EVENT.FAILED, CANCELLED: EVENT.CANCELLED };

/** What everybody can see of a task; the version must tell each change of it. */
const VISIBLE = ['status', 'progress', 'sequence', 'result', 'resultItem', 'error', 'startedAt', 'endedAt'];

/** Watches what must hold whatever goes wrong. */
export class Invariants {
  /** The first thing that did not hold. */
  public violation?: Violation;
  private readonly accepted = new Set<string>();
  /** By task and version: the status that was published. */
  private readonly published = new Map<string, Map<number, string>>();

  /** A 202 was sent. */
  public onAccepted(taskId: string): void {
    this.accepted.add(taskId);
  }

  public onPublished({ 'detail-type': detailType, detail }: BusEvent): void {
    this.guard(() => {
      const versions = this.published.get(detail.taskId) ?? new Map<number, string>();
      this.published.set(detail.taskId, versions);
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
    });
  }

  /** The owner, and nobody else, is shown a task; and nobody is told that it goes on after its deadline. */
  public onAnswer({ statusCode, body }: APIGatewayProxyResult, isOwner: boolean, askedAt: string): void {
    this.guard(() => {
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

  /** The end that a processor reports is not taken from the queue before it, or another end, is written. */
  public onAcknowledged({ detail }: BusEvent, items: ReadonlyMap<string, Item>): void {
    this.guard(() => {
      const head = items.get(`${detail.taskId}/${TABLE.HEAD}`);
      if (!head || !isTerminal(detail.status)) return;
      demand(isTerminal(head.status.S as TaskStatus), () => `${detail.taskId}: its end was reported, and is lost`);
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
      for (const taskId of this.accepted) demand(items.has(`${taskId}/${TABLE.HEAD}`), () => `${taskId}: was accepted, and is lost`);
      for (const [key, item] of items) {
        if (!key.endsWith(`/${TABLE.HEAD}`)) continue;
        const task = fromImage(item);
        demand(isTerminal(task.status), () => `${task.taskId}: is ${task.status} for ever`);
        const events = this.published.get(task.taskId) ?? new Map<number, string>();
        const terminal = TERMINAL_EVENTS[task.status];
        demand(events.get(task.version) === terminal, () => `${task.taskId}: nobody was told that it is ${task.status}`);
        demand(events.get(1) === 'TaskCreatedEvent', () => `${task.taskId}: nobody was told that it was created`);
        const ends = [...events.values()].filter((type) => Object.values(TERMINAL_EVENTS).includes(type));
        demand(ends.length === 1, () => `${task.taskId}: ended as ${ends.join(' and ')}`);
        for (const content of [task.payloadItem, task.resultItem]) {
          if (content === undefined) continue;
          const stored = items.get(`${task.taskId}/${content}`);
          demand(stored !== undefined, () => `${task.taskId}: points to ${content}, which does not exist`);
          demand(Number(stored[TABLE.TIME_TO_LIVE].N) >= Number(item[TABLE.TIME_TO_LIVE].N), () => `${task.taskId}: outlives its ${content}`);
        }
      }
    });
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

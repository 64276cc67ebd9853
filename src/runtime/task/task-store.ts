import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Contents, isLong } from './contents';
import { indexKeys, spaces } from './index-keys';
import { overdueError, Task } from './task';
import {
  asksForHeartbeat, Change, changeFor, checkLater, checkSooner, ending, endingOverdue, endingPastDeadline, Ignored, renewal, whyIgnored,
  whyRefused,
} from './task-changes';
import { ChangeOutcome, CheckPage, CheckPlace, ListedKey, Returns, TaskItems } from './task-items';
import { TaskReport } from './task-report';
import { TABLE } from '../../protocol/table';
import { ERROR_CODE, TaskUpdatedDetail } from '../../protocol/wire';
import { environmentNumber, environmentVariable } from '../support/configuration';
import { SdkClientTime, sdkClientSettings } from '../support/sdk-client-settings';
import { inWaves } from '../support/waves';

export type UpdateOutcome =
  | { readonly applied: true }
  /** `task` is the one that the report found, if any. */
  | { readonly applied: false; readonly task?: Task } & Ignored;

/** Maximum number of attempts to change a task. Each further one means that another write came first, and the task still needs a change. */
const CHANGE_ATTEMPTS = 5;

/** Takes tasks through their life: creates, finds, updates, ends and lists them. */
export class TaskStore {
  /** Makes the store of a Lambda function from the environment that the constructs set. */
  public static fromEnvironment(time: SdkClientTime): TaskStore {
    return TaskStore.withClient(new DynamoDBClient(sdkClientSettings(time)));
  }

  /** Makes the same of a client that the function also uses for another table. */
  public static withClient(dynamodb: DynamoDBClient): TaskStore {
    return new TaskStore(dynamodb, environmentVariable('TABLE_NAME'), environmentNumber('RETENTION_SECONDS'));
  }

  private readonly items: TaskItems;
  private readonly contents: Contents;

  /** @param retentionSeconds how long a task is kept after its end */
  constructor(dynamodb: DynamoDBClient, tableName: string, private readonly retentionSeconds: number) {
    this.items = new TaskItems(dynamodb, tableName);
    this.contents = new Contents(this.items);
  }

  /**
   * Writes a new task: a long payload first, so that no reader finds a pointer to nothing. Returns the stored task: another one if its
   * Idempotency-Key was used before.
   */
  public async create(task: Task): Promise<Task> {
    const { payload, taskId, ...head } = task;
    if (task.requestDigest !== undefined && isLong(payload)) {
      // Not the rule, which is the condition of the write: it avoids storing a payload that nothing would point to.
      const existing = await this.find(taskId);
      if (existing) return existing;
    }
    const stored = await this.contents.store('payload', taskId, payload, this.expiresAt(new Date(task.deadlineAt)));
    const existing = await this.items.create(taskId, { ...head, ...stored, ...indexKeys(task) });
    // The SDK repeats a call whose answer was lost. It then finds this very task.
    if (!existing || existing.createdAt === task.createdAt && existing.requestDigest === task.requestDigest) return task;
    if (task.requestDigest === undefined) throw new Error(`task id ${taskId} is already in use`);
    return existing;
  }

  /** Reads a task, without the contents that have their own items. */
  public async find(taskId: string): Promise<Task | undefined> {
    return await this.items.get(taskId, TABLE.HEAD) as Task | undefined;
  }

  /** Reads tasks, in no particular order and without the contents that have their own items. Tasks that don't exist are left out. */
  public async findAll(taskIds: string[]): Promise<Task[]> {
    return this.items.getHeads(taskIds);
  }

  /** Adds the contents that have their own items to a task. */
  public async withContents(task: Task): Promise<Task> {
    return this.contents.addTo(task);
  }

  /**
   * Updates a task as a report says, if its life cycle allows it. The condition of the one write is the whole rule: it fails if the report
   * is a duplicate, late or stale, and if it is about an unknown task, an earlier task of the same id or another task type. This holds even
   * if others write at the same time.
   */
  public async update(report: TaskReport, now: Date): Promise<UpdateOutcome> {
    const { detail } = report;
    const result = detail.status === 'SUCCESSFUL' && detail.result !== undefined ? JSON.stringify(detail.result) : undefined;
    if (isLong(result)) {
      // Not the rule, which is the condition of the write: it avoids storing a result that nothing would point to.
      const task = await this.find(detail.taskId);
      const ignored = whyRefused(report, task);
      if (ignored) return { applied: false, task, ...ignored };
    }
    const expiresAt = this.expiresAt(now);
    const stored = await this.contents.store('result', detail.taskId, result, expiresAt);
    const outcome = { ...stored, ...(detail.status === 'SUCCESSFUL' && { resultObject: detail.resultObject }) };
    const { applied, task } = await this.items.change(detail.taskId, changeFor(report, outcome, expiresAt, now), neededAfter(detail));
    if (applied) {
      await this.checkInTime(detail, task);
      return { applied };
    }
    const ignored = whyIgnored(report, task);
    if (detail.status === 'RUNNING' && task && whyRefused(report, task) === undefined) {
      // This call was delayed, and a later report was written first.
      if (task.heartbeatAt! > now.toISOString()) return this.update(report, new Date(task.heartbeatAt!));
      await this.renewHeartbeat(report, task, now);
    }
    return { applied, task, ...ignored };
  }

  /** Cancels a task, unless it has ended. Returns the task as it is then; undefined if there is none. */
  public async cancel(taskId: string, now: Date): Promise<Task | undefined> {
    return (await this.items.change(taskId, ending('CANCELLED', {}, this.expiresAt(now), now), 'ALL_NEW')).task;
  }

  /** Returns a task that was read, as it is now. An overdue task is ended first, so that nobody sees it open. */
  public async upToDate(task: Task, now: () => Date): Promise<Task | undefined> {
    return (await this.settle(task, now, (current, time) => endingOverdue(current, this.expiresAt(time), time), 'ALL_NEW')).task;
  }

  /** Lists open tasks of a shard that are due for a check, page by page. The index lags behind: a task may have ended already. */
  public async tasksToCheck(place: CheckPlace, now: Date): Promise<CheckPage> {
    return this.items.listChecks(place, now);
  }

  /**
   * Checks a task that the index named. Most of these are past their deadline, so the first write tries to end the task without reading it.
   * If its condition fails, the task that it found decides: it has ended, its processor has stopped reporting, or the index is early,
   * because heartbeats don't change it. In the last case, the index gets the time when the task can next be overdue.
   *
   * Returns the code of the error if this call ended the task.
   */
  public async check(taskId: string, now: () => Date): Promise<string | undefined> {
    const start = now();
    const { applied, task } = await this.items.change(taskId, endingPastDeadline(this.expiresAt(start), start));
    if (applied) return ERROR_CODE.TASK_TIMEOUT;
    let code: string | undefined;
    const settled = await this.settle(task, now, (current, time) => {
      code = overdueError(current, time)?.code;
      return endingOverdue(current, this.expiresAt(time), time) ?? checkLater(current, time);
    });
    return settled.applied ? code : undefined;
  }

  /** Lists the newest tasks of an owner after a place: at least so many, if there are, in the order of the list. */
  public async listKeys(owner: string | undefined, atLeast: number, after: string | undefined): Promise<ListedKey[]> {
    const pages = await inWaves(spaces(owner), (space) => this.items.listKeys(space, atLeast, after));
    // What a space has not returned yet may come right after its last key. So the list is complete only down to the first of those.
    const ends = pages.map(({ keys, isLast }) => (isLast ? '' : keys.at(-1)!.createdKey));
    const end = ends.sort().at(-1)!;
    const keys = pages.flatMap((page) => page.keys).filter(({ createdKey }) => createdKey >= end);
    return keys.sort((a, b) => a.createdKey < b.createdKey ? 1 : -1);
  }

  /** Makes the change that a task needs, if any. If another write comes first, decides again by the task as that write left it. */
  private async settle(
    task: Task | undefined, now: () => Date, changeOf: (task: Task, time: Date) => Change | undefined, returns?: Returns,
  ): Promise<ChangeOutcome> {
    let outcome: ChangeOutcome = { applied: false, task };
    for (let attempt = 0; outcome.task && !outcome.applied; attempt++) {
      const change = changeOf(outcome.task, now());
      if (!change) break;
      const { taskId } = outcome.task;
      if (attempt === CHANGE_ATTEMPTS) throw new Error(`task ${taskId} changed during each of ${attempt} attempts to change it`);
      outcome = await this.items.change(taskId, change, returns);
    }
    return outcome;
  }

  private async renewHeartbeat(report: TaskReport, task: Task, now: Date): Promise<void> {
    const change = renewal(report, task, now);
    if (!change) return;
    const { task: renewed } = await this.items.change(report.detail.taskId, change, neededAfter(report.detail));
    await this.checkInTime(report.detail, renewed);
  }

  private async checkInTime(detail: TaskUpdatedDetail, task: Task | undefined): Promise<void> {
    const change = task && checkSooner(detail, task);
    if (change) await this.items.change(task.taskId, change);
  }

  /** Returns the expiry of a task that ends then, in seconds, as the table's TTL has it. */
  private expiresAt(end: Date): number {
    return Math.ceil(end.getTime() / 1000) + this.retentionSeconds;
  }
}

/** Returns whether the task is needed after a report: only a heartbeat can need an earlier check of it. */
function neededAfter(detail: TaskUpdatedDetail): Returns {
  return asksForHeartbeat(detail) ? 'ALL_NEW' : 'NONE';
}

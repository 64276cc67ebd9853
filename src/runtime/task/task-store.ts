import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AttributeValue, BatchGetItemCommand, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { indexKeys, spaces } from './index-keys';
import { dueAt, Task, TaskReport, TaskUpdate, timeout, whyIgnored, whyRefused } from './task';
import { about, Change, checkLater, ending, endingPastDeadline, heartbeat, namesIn, nextCheck, running, unlessHeardOf } from './task-changes';
import { TABLE } from '../../protocol/table';
import { ERROR_CODE } from '../../protocol/wire';
import { ClientTime, clientSettings } from '../support/client-settings';
import { environmentNumber, environmentVariable } from '../support/configuration';
import { inWaves } from '../support/waves';

type Image = Record<string, AttributeValue>;

export type UpdateOutcome = { readonly applied: true } | { readonly applied: false; readonly reason: string };

/** Whether a write gives back the task as it is after it. The sweeper does without: it takes the time of the function's CPU. */
type Returns = 'ALL_NEW' | 'NONE';

interface ChangeOutcome {
  readonly applied: boolean;
  /** After the write, or as the failed condition met it. */
  readonly task?: Task;
}

/** How often a task is judged. Each further time, its processor was heard of during one call, and is silent for too long again after it. */
const JUDGEMENTS = 5;

/** Longer payloads and results get an item of their own: each write of the head costs its whole size. */
const MAX_INLINE_BYTES = 2048;

/** How many heads one BatchGetItem reads: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const HEADS_A_CALL = 100;
const BATCH_ATTEMPTS = 5;

/** How many tasks of a shard the sweeper gets by one query. */
const CHECKS_A_PAGE = 100;

/** What items of content are kept longer than the head that points to them: they must not go first. */
const CONTENT_MARGIN_SECONDS = 24 * 3600;

/** A task in the index of the owners. */
export interface ListedKey {
  readonly taskId: string;
  readonly type: string;
  /** Its place: the list goes from the highest to the lowest. */
  readonly createdKey: string;
}

/** Where the search for tasks to check begins in a shard of their index, or goes on. */
export interface CheckPlace {
  readonly shard: number;
  readonly after?: Image;
}

export interface CheckPage {
  readonly shard: number;
  readonly taskIds: string[];
  /** Missing at the end of the shard. */
  readonly next?: CheckPlace;
}

/** Reads and writes tasks. The only file that talks to DynamoDB. */
export class TaskStore {
  /** Makes the store of a Lambda function, whose environment the constructs set. */
  static fromEnvironment(time: ClientTime): TaskStore {
    return new TaskStore(new DynamoDBClient(clientSettings(time)), environmentVariable('TABLE_NAME'), environmentNumber('RETENTION_SECONDS'));
  }

  /** @param retentionSeconds How long a task is kept after its end. */
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string, private readonly retentionSeconds: number) {}

  /**
   * Writes a new task: a long payload first, so that no reader finds a pointer to nothing. Returns the task that is there then:
   * another one, if its key was used before.
   */
  async create(task: Task): Promise<Task> {
    const { payload, ...head } = task;
    if (task.requestDigest !== undefined && isLong(payload)) {
      // Not the rule, which is the condition below: it spares storing a payload that nothing would point to.
      const existing = await this.find(task.taskId);
      if (existing) return existing;
    }
    const stored = await this.storeContent('payload', task.taskId, payload, Date.parse(task.deadlineAt));
    try {
      await this.client.send(new PutItemCommand({
        TableName: this.tableName,
        Item: marshall({ ...head, ...stored, [TABLE.SORT_KEY]: TABLE.HEAD, ...indexKeys(task) }, MARSHALL),
        ConditionExpression: `attribute_not_exists(${TABLE.PARTITION_KEY})`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return task;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException && error.Item)) throw error;
      const existing = fromImage(error.Item);
      // The SDK makes a call again whose answer was lost: what it finds then is this very task.
      if (existing.createdAt === task.createdAt && existing.requestDigest === task.requestDigest) return task;
      if (task.requestDigest === undefined) throw error;
      return existing;
    }
  }

  /** Reads a task, without the contents that have items of their own. */
  async find(taskId: string): Promise<Task | undefined> {
    const image = await this.getItem(taskId, TABLE.HEAD);
    return image && fromImage(image);
  }

  /** Adds the contents that have items of their own. */
  async withContents(task: Task): Promise<Task> {
    const [payload = task.payload, result = task.result] = await Promise.all([
      this.readContent(task.taskId, task.payloadItem), this.readContent(task.taskId, task.resultItem),
    ]);
    return { ...task, payload, result };
  }

  /**
   * Moves a task on, if its life cycle allows it. The condition of the one write is the whole rule: a duplicate, a late or a
   * stale report, an unknown task, an earlier task of the same id and a foreign task type all fail it, whoever else writes at the
   * same moment.
   */
  async update(report: TaskReport, now: Date): Promise<UpdateOutcome> {
    const { update } = report;
    const result = update.status === 'SUCCESSFUL' && update.result !== undefined ? JSON.stringify(update.result) : undefined;
    if (isLong(result)) {
      // Not the rule, which is the condition below: it spares storing a content that nothing would point to.
      const current = await this.find(update.taskId);
      const reason = whyRefused(report, current);
      if (reason !== undefined) return { applied: false, reason };
    }
    const { applied, task } = await this.change(update.taskId, about(report, await this.changeFor(update, result, now)));
    if (applied) {
      await this.watchHeartbeat(update, task);
      return { applied };
    }
    const reason = whyIgnored(report, task);
    if (update.status === 'RUNNING' && task && whyRefused(report, task) === undefined) {
      // The call was held up, and a later report was written before it.
      if (task.heartbeatAt! > now.toISOString()) return this.update(report, new Date(task.heartbeatAt!));
      await this.renewHeartbeat(report, update, task, now);
    }
    return { applied, reason };
  }

  /** Returns a task that was read, as it is now. A task whose time is over is ended first, so that nobody sees it go on. */
  async upToDate(task: Task, now: () => Date): Promise<Task | undefined> {
    return (await this.settle(task, now, (current, time) => this.endIfOverdue(current, time))).task;
  }

  /** Ends a task at the wish of its owner, unless it has ended before. Returns the task as it is then. */
  async cancel(taskId: string, now: Date): Promise<Task | undefined> {
    return (await this.change(taskId, ending('CANCELLED', {}, this.expiresAt(now), now))).task;
  }

  /** Lists the newest tasks of an owner that come after a place: at least so many, if there are, in the order of the list. */
  async listKeys(owner: string | undefined, atLeast: number, after: string | undefined): Promise<ListedKey[]> {
    const pages = await inWaves(spaces(owner), async (space) => {
      const { Items = [], LastEvaluatedKey } = await this.client.send(new QueryCommand({
        TableName: this.tableName,
        IndexName: TABLE.OWNERS_INDEX,
        KeyConditionExpression: `${TABLE.OWNER_SPACE} = :space${after === undefined ? '' : ` AND ${TABLE.CREATED_KEY} < :after`}`,
        ExpressionAttributeValues: marshall({ ':space': space, ':after': after }, MARSHALL),
        ScanIndexForward: false,
        Limit: atLeast,
      }));
      const keys = Items.map((item) => unmarshall(item) as ListedKey);
      return { keys, end: LastEvaluatedKey && keys.at(-1)!.createdKey };
    });
    // What a shard has not shown yet may come right after its last task, so the list is complete down to the first of those only.
    const end = pages.map((page) => page.end ?? '').sort().at(-1)!;
    const keys = pages.flatMap((page) => page.keys).filter(({ createdKey }) => createdKey >= end);
    return keys.sort((a, b) => a.createdKey < b.createdKey ? 1 : -1);
  }

  /** Reads tasks, as far as there are, without the contents that have items of their own. In no order. */
  async findAll(taskIds: string[]): Promise<Task[]> {
    const found: Task[] = [];
    let keys = taskIds.slice(0, HEADS_A_CALL).map((taskId) => marshall({ [TABLE.PARTITION_KEY]: taskId, [TABLE.SORT_KEY]: TABLE.HEAD }));
    for (let attempt = 0; keys.length > 0; attempt++) {
      if (attempt === BATCH_ATTEMPTS) throw new Error(`${keys.length} items could not be read`);
      if (attempt > 0) await delay(Math.random() * 50 * 2 ** attempt);
      const { Responses, UnprocessedKeys } = await this.client.send(new BatchGetItemCommand({ RequestItems: { [this.tableName]: { Keys: keys } } }));
      found.push(...(Responses?.[this.tableName] ?? []).map(fromImage));
      keys = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
    }
    return taskIds.length > HEADS_A_CALL ? [...found, ...await this.findAll(taskIds.slice(HEADS_A_CALL))] : found;
  }

  /** Finds open tasks of a shard that it is time to look at, page by page. The index lags behind: a task may have ended since. */
  async tasksToCheck({ shard, after }: CheckPlace, now: Date): Promise<CheckPage> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(new QueryCommand({
      TableName: this.tableName,
      IndexName: TABLE.CHECKS_INDEX,
      KeyConditionExpression: `${TABLE.CHECK_SHARD} = :shard AND ${TABLE.CHECK_AT} <= :now`,
      ExpressionAttributeValues: marshall({ ':shard': String(shard), ':now': now.toISOString() }),
      Limit: CHECKS_A_PAGE,
      ExclusiveStartKey: after,
    }));
    return { shard, taskIds: Items.map((item) => fromImage(item).taskId), next: LastEvaluatedKey && { shard, after: LastEvaluatedKey } };
  }

  /**
   * Looks at a task that the index named. Most of these are past their deadline, so that one write ends them and nothing is read. What fails
   * its condition is judged by what it is: it has ended, its processor fell silent, or the index named it too early, which heartbeats
   * don't correct. Then the index gets the time when the task can next be overdue. Returns the error's code if the task is ended by this call.
   */
  async check(taskId: string, now: () => Date): Promise<string | undefined> {
    const start = now();
    const { applied, task } = await this.change(taskId, endingPastDeadline(this.expiresAt(start), start), 'NONE');
    if (applied) return ERROR_CODE.TASK_TIMEOUT;
    let code: string | undefined;
    const settled = await this.settle(task, now, (current, time) => {
      code = timeout(current, time)?.code;
      return this.endIfOverdue(current, time) ?? checkLater(current, time);
    }, 'NONE');
    return settled.applied ? code : undefined;
  }

  /**
   * Makes the change that a task needs, if it needs one. Whatever another write made of it meanwhile is judged like the task that was read:
   * time has passed for it, too.
   */
  private async settle(
    task: Task | undefined, now: () => Date, changeOf: (task: Task, time: Date) => Change | undefined, returns?: Returns,
  ): Promise<ChangeOutcome> {
    let outcome: ChangeOutcome = { applied: false, task };
    for (let judgement = 0; outcome.task && !outcome.applied; judgement++) {
      const change = changeOf(outcome.task, now());
      if (!change) break;
      if (judgement === JUDGEMENTS) throw new Error(`task ${outcome.task.taskId} changes faster than it can be judged`);
      outcome = await this.change(outcome.task.taskId, change, returns);
    }
    return outcome;
  }

  /** The end of a task that is overdue. It fails if the task ended after it was read, or if what the judgement was made of has changed. */
  private endIfOverdue(task: Task, now: Date): Change | undefined {
    const error = timeout(task, now);
    if (!error) return undefined;
    const change = ending('FAILED', { error }, this.expiresAt(now), now);
    return error.code === ERROR_CODE.HEARTBEAT_TIMEOUT ? unlessHeardOf(task, change) : change;
  }

  /** Makes one conditional write. Returns the task as it is after it, if that is asked for, or as it was if the condition failed. */
  private async change(taskId: string, { set, remove = [], condition, values }: Change, returns: Returns = 'ALL_NEW'): Promise<ChangeOutcome> {
    const expression = `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`;
    try {
      const { Attributes } = await this.client.send(new UpdateItemCommand({
        TableName: this.tableName,
        Key: marshall({ [TABLE.PARTITION_KEY]: taskId, [TABLE.SORT_KEY]: TABLE.HEAD }),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeNames: namesIn(`${expression} ${condition}`),
        ExpressionAttributeValues: marshall(values, MARSHALL),
        ReturnValues: returns,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return { applied: true, task: Attributes && fromImage(Attributes) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { applied: false, task: error.Item && fromImage(error.Item) };
    }
  }

  private async changeFor(update: TaskUpdate, result: string | undefined, now: Date): Promise<Change> {
    switch (update.status) {
      case 'RUNNING': return running(update, now);
      case 'FAILED': return ending('FAILED', { error: update.error }, this.expiresAt(now), now);
      case 'SUCCESSFUL': {
        const stored = await this.storeContent('result', update.taskId, result, now.getTime());
        return ending('SUCCESSFUL', stored, this.expiresAt(now), now);
      }
    }
  }

  /** A stale RUNNING, as a processor that starts over sends it, has no progress to tell, but shows that the processor lives. */
  private async renewHeartbeat(report: TaskReport, update: TaskUpdate & { status: 'RUNNING' }, { heartbeatSeconds }: Task, now: Date): Promise<void> {
    if (!heartbeatSeconds && !update.heartbeatSeconds) return;
    const { task } = await this.change(update.taskId, about(report, heartbeat(update, now)));
    await this.watchHeartbeat(update, task);
  }

  /** Brings the check forward when a heartbeat is asked for that is due before it. Later heartbeats leave it: the sweeper moves it on. */
  private async watchHeartbeat(update: TaskUpdate, task: Task | undefined): Promise<void> {
    if (update.status !== 'RUNNING' || !update.heartbeatSeconds || !task?.checkAt || task.checkAt <= dueAt(task)) return;
    await this.change(task.taskId, nextCheck(dueAt(task), { condition: '#checkAt > :checkAt', values: {} }));
  }

  /** Stores a long content in an item of its own. Returns the attributes for the head. */
  private async storeContent(kind: 'payload' | 'result', taskId: string, json: string | undefined, neededUntil: number): Promise<object> {
    if (!isLong(json)) return { [kind]: json };
    // Never written twice: whoever loses the race for the head leaves an item that nobody points to, and that its TTL removes.
    const item = `${kind}#${randomUUID()}`;
    await this.client.send(new PutItemCommand({
      TableName: this.tableName,
      Item: marshall({
        [TABLE.PARTITION_KEY]: taskId,
        [TABLE.SORT_KEY]: item,
        content: json,
        [TABLE.TIME_TO_LIVE]: this.expiresAt(new Date(neededUntil)) + CONTENT_MARGIN_SECONDS,
      }),
    }));
    return { [`${kind}Item`]: item };
  }

  private async readContent(taskId: string, item: string | undefined): Promise<string | undefined> {
    if (item === undefined) return undefined;
    return (await this.getItem(taskId, item))?.content?.S;
  }

  private async getItem(taskId: string, item: string): Promise<Image | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({
      TableName: this.tableName,
      Key: marshall({ [TABLE.PARTITION_KEY]: taskId, [TABLE.SORT_KEY]: item }),
      // A client that was just told 202 must find its task.
      ConsistentRead: true,
    }));
    return Item;
  }

  /** In seconds, as the table's TTL has it. */
  private expiresAt(end: Date): number {
    return Math.ceil(end.getTime() / 1000) + this.retentionSeconds;
  }
}

const MARSHALL = { removeUndefinedValues: true };

/** Reads a task from an item of the table, or from an image of its stream. */
export function fromImage(image: Image): Task {
  return unmarshall(image) as Task;
}

function isLong(json: string | undefined): json is string {
  return json !== undefined && Buffer.byteLength(json) > MAX_INLINE_BYTES;
}

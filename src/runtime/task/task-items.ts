import { setTimeout as delay } from 'node:timers/promises';
import {
  AttributeValue, BatchGetItemCommand, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { DynamoDBRecord } from 'aws-lambda';
import { Task } from './task';
import { Change, Values } from './task-changes';
import { TABLE } from '../../protocol/table';

type Item = Record<string, AttributeValue>;

/** Whether a change returns the task as it is after it. Only a caller that needs it asks for it: to parse the task takes CPU time. */
export type Returns = 'ALL_NEW' | 'NONE';

export interface ChangeOutcome {
  readonly applied: boolean;
  /** The task as a failed condition found it, if there is one. After a change that was made, only with `ALL_NEW`. */
  readonly task?: Task;
}

/** A task in the index of the owners. */
export interface ListedKey {
  readonly taskId: string;
  readonly type: string;
  /** Its place in the list, which is in descending order. */
  readonly createdKey: string;
}

export interface KeyPage {
  readonly keys: ListedKey[];
  /** Whether these are the last keys of the space. */
  readonly isLast: boolean;
}

/** Where the search for tasks to check starts in a shard of the index, or continues. */
export interface CheckPlace {
  readonly shard: number;
  readonly after?: Item;
}

export interface CheckPage {
  readonly shard: number;
  readonly taskIds: string[];
  /** When the first of them was due. */
  readonly oldestCheckAt?: string;
  /** Missing at the end of the shard. */
  readonly next?: CheckPlace;
}

/**
 * Maximum number of heads that one BatchGetItem reads.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const HEADS_A_CALL = 100;
const BATCH_ATTEMPTS = 5;

/** Maximum number of tasks of a shard that one query of the sweeper returns. */
const CHECKS_A_PAGE = 100;

/** Reads and writes the items of the table. The only class that calls DynamoDB. */
export class TaskItems {
  constructor(private readonly dynamodb: DynamoDBClient, private readonly tableName: string) {}

  /** Reads an item; undefined if there is none. */
  public async get(taskId: string, item: string): Promise<Values | undefined> {
    const { Item } = await this.dynamodb.send(new GetItemCommand({
      TableName: this.tableName,
      Key: keyOf(taskId, item),
      // A caller that has just got a 202 must find its task.
      ConsistentRead: true,
    }));
    return Item && unmarshall(Item);
  }

  /** Writes an item. */
  public async put(taskId: string, item: string, attributes: Values): Promise<void> {
    await this.dynamodb.send(new PutItemCommand({ TableName: this.tableName, Item: itemOf(taskId, item, attributes) }));
  }

  /** Writes the head of a new task if its id is free. Returns the task that has the id otherwise. */
  public async create(taskId: string, attributes: Values): Promise<Task | undefined> {
    try {
      await this.dynamodb.send(new PutItemCommand({
        TableName: this.tableName,
        Item: itemOf(taskId, TABLE.HEAD, attributes),
        ConditionExpression: `attribute_not_exists(${TABLE.PARTITION_KEY})`,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return undefined;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException && error.Item)) throw error;
      return fromImage(error.Item);
    }
  }

  /** Changes the head of a task by one conditional write. A condition that fails is an outcome, not an error. */
  public async change(taskId: string, change: Change, returns: Returns = 'NONE'): Promise<ChangeOutcome> {
    const { set, remove = [], condition, values } = change;
    const expression = `SET ${set.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`;
    try {
      const { Attributes } = await this.dynamodb.send(new UpdateItemCommand({
        TableName: this.tableName,
        Key: keyOf(taskId, TABLE.HEAD),
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

  /** Reads the heads of tasks, in no particular order. Tasks that don't exist are left out. */
  public async getHeads(taskIds: string[]): Promise<Task[]> {
    const found: Task[] = [];
    let keys = taskIds.slice(0, HEADS_A_CALL).map((taskId) => keyOf(taskId, TABLE.HEAD));
    for (let attempt = 0; keys.length > 0; attempt++) {
      if (attempt === BATCH_ATTEMPTS) throw new Error(`BatchGetItem left ${keys.length} items unread after ${BATCH_ATTEMPTS} attempts`);
      if (attempt > 0) await delay(Math.random() * 50 * 2 ** attempt);
      const { Responses, UnprocessedKeys } = await this.dynamodb.send(new BatchGetItemCommand({
        RequestItems: { [this.tableName]: { Keys: keys } },
      }));
      found.push(...(Responses?.[this.tableName] ?? []).map(fromImage));
      keys = UnprocessedKeys?.[this.tableName]?.Keys ?? [];
    }
    return taskIds.length > HEADS_A_CALL ? [...found, ...await this.getHeads(taskIds.slice(HEADS_A_CALL))] : found;
  }

  /** Lists tasks in one space of the owners' index, the newest first. */
  public async listKeys(space: string, limit: number, after: string | undefined): Promise<KeyPage> {
    const { Items = [], LastEvaluatedKey } = await this.dynamodb.send(new QueryCommand({
      TableName: this.tableName,
      IndexName: TABLE.OWNERS_INDEX,
      KeyConditionExpression: `${TABLE.OWNER_SPACE} = :space${after === undefined ? '' : ` AND ${TABLE.CREATED_KEY} < :after`}`,
      ExpressionAttributeValues: marshall({ ':space': space, ':after': after }, MARSHALL),
      ScanIndexForward: false,
      Limit: limit,
    }));
    return { keys: Items.map((item) => unmarshall(item) as ListedKey), isLast: LastEvaluatedKey === undefined };
  }

  /** Lists tasks in one shard of the index of open tasks that are due for a check. */
  public async listChecks({ shard, after }: CheckPlace, now: Date): Promise<CheckPage> {
    const { Items = [], LastEvaluatedKey } = await this.dynamodb.send(new QueryCommand({
      TableName: this.tableName,
      IndexName: TABLE.CHECKS_INDEX,
      KeyConditionExpression: `${TABLE.CHECK_SHARD} = :shard AND ${TABLE.CHECK_AT} <= :now`,
      ExpressionAttributeValues: marshall({ ':shard': String(shard), ':now': now.toISOString() }),
      Limit: CHECKS_A_PAGE,
      ExclusiveStartKey: after,
    }));
    const tasks = Items.map(fromImage);
    return {
      shard,
      taskIds: tasks.map(({ taskId }) => taskId),
      oldestCheckAt: tasks[0]?.checkAt,
      next: LastEvaluatedKey && { shard, after: LastEvaluatedKey },
    };
  }
}

/** Reads a task from its head, as the table or its stream has it. */
export function fromImage(image: Item): Task {
  return unmarshall(image) as Task;
}

/** Reads a task from a record of the stream. Throws if the record has no readable task. */
export function fromRecord({ dynamodb }: DynamoDBRecord): Task {
  return fromImage(dynamodb!.NewImage as Item);
}

const MARSHALL = { removeUndefinedValues: true };

function keyOf(taskId: string, item: string): Item {
  return { [TABLE.PARTITION_KEY]: { S: taskId }, [TABLE.SORT_KEY]: { S: item } };
}

function itemOf(taskId: string, item: string, attributes: Values): Item {
  return marshall({ ...attributes, [TABLE.PARTITION_KEY]: taskId, [TABLE.SORT_KEY]: item }, MARSHALL);
}

/** The names in the expressions so far. There are few expressions, because values are no part of them. */
const namesOf = new Map<string, Record<string, string>>();

/** Maps each `#name` to itself: many good names are reserved words of DynamoDB, so all are escaped. */
function namesIn(expressions: string): Record<string, string> {
  const known = namesOf.get(expressions);
  if (known) return known;
  const names = Object.fromEntries(expressions.match(/#\w+/g)!.map((name) => [name, name.slice(1)]));
  namesOf.set(expressions, names);
  return names;
}

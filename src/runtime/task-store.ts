import { AttributeValue, ConditionalCheckFailedException, DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { Task, TaskUpdate, whyIgnored } from './task';
import { TABLE } from '../protocol';

type Image = Record<string, AttributeValue>;

export type UpdateOutcome = { readonly applied: true } | { readonly applied: false; readonly reason: string };

/** Reads and writes tasks. The only file that talks to DynamoDB. */
export class TaskStore {
  constructor(private readonly client: DynamoDBClient, private readonly tableName: string) {}

  /** Writes a new task. */
  async create(task: Task): Promise<void> {
    await this.client.send(new PutItemCommand({
      TableName: this.tableName,
      Item: marshall({ ...headKey(task.taskId), ...task }, { removeUndefinedValues: true }),
      ConditionExpression: `attribute_not_exists(${TABLE.PARTITION_KEY})`,
    }));
  }

  async find(taskId: string): Promise<Task | undefined> {
    const { Item } = await this.client.send(new GetItemCommand({
      TableName: this.tableName,
      Key: marshall(headKey(taskId)),
      // A client that was just told 202 must find its task.
      ConsistentRead: true,
    }));
    return Item && fromImage(Item);
  }

  /**
   * Moves a task on, if its life cycle allows it. The condition of this one write is the whole rule: a duplicate, a late or a
   * stale update, an unknown task and a foreign task type all fail it, whoever else writes at the same moment.
   */
  async update(taskType: string, update: TaskUpdate, now: Date): Promise<UpdateOutcome> {
    const { set, condition, values } = update.status === 'RUNNING' ? running(update) : ending(update);
    // Every operand on the right of an assignment is the value before this write.
    const assignments = ['#previousStatus = #status', '#status = :status', '#version = #version + :one', '#updatedAt = :now', ...set];
    try {
      await this.client.send(new UpdateItemCommand({
        TableName: this.tableName,
        Key: marshall(headKey(update.taskId)),
        UpdateExpression: `SET ${assignments.join(', ')}`,
        ConditionExpression: `#type = :type AND (${condition})`,
        ExpressionAttributeNames: namesIn([...assignments, '#type', condition]),
        ExpressionAttributeValues: marshall(
          { ':status': update.status, ':type': taskType, ':one': 1, ':now': now.toISOString(), ...values },
          { removeUndefinedValues: true },
        ),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }));
      return { applied: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { applied: false, reason: whyIgnored(update, taskType, error.Item && fromImage(error.Item)) };
    }
  }
}

/** Reads a task from an item of the table, or from an image of its stream. */
export function fromImage(image: Image): Task {
  return unmarshall(image) as Task;
}

function headKey(taskId: string): object {
  return { [TABLE.PARTITION_KEY]: taskId, [TABLE.SORT_KEY]: TABLE.HEAD };
}

/** Maps each `#name` to itself: too many of DynamoDB's reserved words are good names to leave any unescaped. */
function namesIn(expressions: string[]): Record<string, string> {
  return Object.fromEntries(expressions.join(' ').match(/#\w+/g)!.map((name) => [name, name.slice(1)]));
}

interface Change {
  readonly set: string[];
  readonly condition: string;
  readonly values: object;
}

function running({ progress, sequence }: TaskUpdate & { status: 'RUNNING' }): Change {
  const isNewer = sequence === undefined ? 'attribute_not_exists(#sequence)' : 'attribute_not_exists(#sequence) OR #sequence < :sequence';
  return {
    set: [
      '#startedAt = if_not_exists(#startedAt, :now)',
      ...(progress ? ['#progress = :progress'] : []),
      ...(sequence === undefined ? [] : ['#sequence = :sequence']),
    ],
    condition: `#status = :pending OR #status = :status AND (${isNewer})`,
    values: { ':pending': 'PENDING', ':progress': progress, ':sequence': sequence },
  };
}

function ending(update: TaskUpdate & { status: 'SUCCESSFUL' | 'FAILED' }): Change {
  const result = update.status === 'SUCCESSFUL' && update.result !== undefined ? JSON.stringify(update.result) : undefined;
  const error = update.status === 'FAILED' ? update.error : undefined;
  return {
    set: ['#endedAt = :now', ...(result ? ['#result = :result'] : []), ...(error ? ['#error = :error'] : [])],
    condition: '#status IN (:pending, :running)',
    values: { ':pending': 'PENDING', ':running': 'RUNNING', ':result': result, ':error': error },
  };
}

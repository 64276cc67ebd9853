import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { LIVE_TABLE } from '../../protocol/table';
import { environmentVariable } from '../support/configuration';

/** An open connection. */
export interface Connection {
  readonly connectionId: string;
  /** Whose tasks it can watch. Missing if all callers share their tasks. */
  readonly owner?: string;
  /** When it ends at the latest, in seconds since the epoch. */
  readonly expiresAt: number;
}

/** A connection that watches a topic. */
export type Watcher = Omit<Connection, 'owner'>;

/** Returns the topic of those who watch a task. */
export function taskTopic(taskId: string): string {
  return `task#${taskId}`;
}

/** Returns the topic of those who watch all tasks of an owner. */
export function ownerTopic(owner: string | undefined): string {
  return owner === undefined ? 'all' : `owner#${owner}`;
}

/**
 * Keeps the connections, and what they watch. The only class that talks to this table.
 *
 * All reads are strongly consistent. So no change is missed around a `watch`: it is in the task that is read afterwards, or its record in
 * the stream finds the watch.
 */
export class LiveTable {
  /** Makes the table of a Lambda function from its client, and the environment that the constructs set. */
  public static withClient(dynamodb: DynamoDBClient): LiveTable {
    return new LiveTable(dynamodb, environmentVariable('LIVE_TABLE_NAME'));
  }

  constructor(private readonly dynamodb: DynamoDBClient, private readonly tableName: string) {}

  /** Stores a new connection. */
  public async open(connection: Connection): Promise<void> {
    await this.put(connectionTopic(connection), connection);
  }

  /** Reads a connection; undefined if it is not known. */
  public async find(connectionId: string): Promise<Connection | undefined> {
    const { Item } = await this.dynamodb.send(new GetItemCommand({
      TableName: this.tableName, Key: keyOf(connectionTopic({ connectionId }), connectionId), ConsistentRead: true,
    }));
    return Item && unmarshall(Item) as Connection;
  }

  /** Forgets a connection. What it watches is removed when it can't be posted to, or expires. */
  public async close(connectionId: string): Promise<void> {
    await this.unwatch(connectionTopic({ connectionId }), connectionId);
  }

  public async watch(topic: string, { connectionId, expiresAt }: Watcher): Promise<void> {
    await this.put(topic, { connectionId, expiresAt });
  }

  public async unwatch(topic: string, connectionId: string): Promise<void> {
    await this.dynamodb.send(new DeleteItemCommand({ TableName: this.tableName, Key: keyOf(topic, connectionId) }));
  }

  /** Lists those who watch a topic, in the order of their ids: at most `limit`, after the id `after`. */
  public async watchers(topic: string, limit: number, after?: string): Promise<Watcher[]> {
    const { Items = [] } = await this.dynamodb.send(new QueryCommand({
      TableName: this.tableName,
      KeyConditionExpression: `${LIVE_TABLE.PARTITION_KEY} = :topic${after === undefined ? '' : ` AND ${LIVE_TABLE.SORT_KEY} > :after`}`,
      ExpressionAttributeValues: marshall({ ':topic': topic, ':after': after }, { removeUndefinedValues: true }),
      Limit: limit,
      ConsistentRead: true,
    }));
    return Items.map((item) => unmarshall(item) as Watcher);
  }

  private async put(topic: string, attributes: Connection): Promise<void> {
    const Item = marshall({ [LIVE_TABLE.PARTITION_KEY]: topic, ...attributes }, { removeUndefinedValues: true });
    await this.dynamodb.send(new PutItemCommand({ TableName: this.tableName, Item }));
  }
}

function connectionTopic({ connectionId }: Pick<Connection, 'connectionId'>): string {
  return `connection#${connectionId}`;
}

function keyOf(topic: string, connectionId: string) {
  return marshall({ [LIVE_TABLE.PARTITION_KEY]: topic, [LIVE_TABLE.SORT_KEY]: connectionId });
}

import {
  DeleteItemCommand, DeleteItemCommandInput, GetItemCommand, GetItemCommandInput, PutItemCommand, PutItemCommandInput, QueryCommand,
  QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Item } from './expressions';

/** Stands in for the DynamoDB table of connections: takes the requests of `LiveTable`, and keeps the items in a map. */
export class InMemoryConnections {
  /** By topic, then by connection. */
  public readonly topics = new Map<string, Map<string, Item>>();

  public execute(command: { readonly input: object }): object {
    if (command instanceof GetItemCommand) return this.get(command.input);
    if (command instanceof PutItemCommand) return this.put(command.input);
    if (command instanceof DeleteItemCommand) return this.delete(command.input);
    if (command instanceof QueryCommand) return this.query(command.input);
    throw new Error(`the table of connections in memory does not support ${command.constructor.name}`);
  }

  /** Returns the ids of the connections that watch a topic. */
  public watchersOf(topic: string): string[] {
    return [...this.topics.get(topic)?.keys() ?? []].sort();
  }

  private get({ Key }: GetItemCommandInput): object {
    return { Item: this.topics.get(Key!.topic.S!)?.get(Key!.connectionId.S!) };
  }

  private put({ Item: item }: PutItemCommandInput): object {
    const topic = item!.topic.S!;
    this.topics.set(topic, (this.topics.get(topic) ?? new Map<string, Item>()).set(item!.connectionId.S!, item!));
    return {};
  }

  private delete({ Key }: DeleteItemCommandInput): object {
    this.topics.get(Key!.topic.S!)?.delete(Key!.connectionId.S!);
    return {};
  }

  private query({ ExpressionAttributeValues: values, Limit, ConsistentRead }: QueryCommandInput): object {
    if (!ConsistentRead) throw new Error('a watch that was just stored must be found');
    const after = values![':after']?.S ?? '';
    const ids = this.watchersOf(values![':topic'].S!).filter((id) => id > after).slice(0, Limit);
    return { Items: ids.map((id) => this.topics.get(values![':topic'].S!)!.get(id)) };
  }
}

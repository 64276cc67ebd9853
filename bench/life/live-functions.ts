import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GoneException, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { APIGatewayProxyEvent, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { Item, readUnits, writeUnits } from './item-size';
import { LIVE_STREAM_FILTERS } from '../../src/protocol/table';
import { LiveConnections } from '../../src/runtime/live/live-connections';
import { LivePublisher } from '../../src/runtime/live/live-publisher';
import { LiveQueue } from '../../src/runtime/live/live-queue';
import { LiveSender } from '../../src/runtime/live/live-sender';
import { LiveTable } from '../../src/runtime/live/live-table';
import { Pace } from '../../src/runtime/live/pace';
import { Sockets } from '../../src/runtime/live/sockets';
import { TaskStore } from '../../src/runtime/task/task-store';
import { aConnect } from '../../test/support/a-live-world';
import { matchesPattern } from '../../test/support/event-pattern';
import { InMemoryConnections } from '../../test/support/in-memory-connections';
import { ASSUMED } from '../prices';

/** What live updates used. */
export class LiveCounts {
  public invocations = 0;
  public functionSeconds = 0;
  public writeUnits = 0;
  public readUnits = 0;
  /** Of the WebSocket API, in both directions. A new connection counts as one. */
  public messages = 0;
  /** Requests of the queue: those that send a batch, receive it and delete it. */
  public queueRequests = 0;
  /** Those of them about messages with a group. */
  public fairQueueRequests = 0;
  public connectionMinutes = 0;
  public readonly calls: string[] = [];
}

export interface LiveFunctionsOptions {
  readonly store: TaskStore;
  readonly nowMs: () => number;
  /** Delivers a message of the server to a client. */
  readonly onPost: (connectionId: string, message: string) => void;
}

interface QueuedMessage {
  readonly body: string;
  readonly isGrouped: boolean;
  readonly dueMs: number;
}

/** Number of messages that Lambda hands to the sender at once: the default of a queue. */
const BATCH = 10;

/** Messages are billed by 32 KB: https://aws.amazon.com/api-gateway/pricing/ */
const MESSAGE_BYTES = 32 * 1024;

const MINUTE_MS = 60_000;

/** The real functions of live updates, on a table, a queue and a WebSocket API that count. */
export class LiveFunctions {
  public readonly counts = new LiveCounts();
  private readonly items = new InMemoryConnections();
  private readonly openedAt = new Map<string, number>();
  private queued: QueuedMessage[] = [];
  private readonly connections: LiveConnections;
  private readonly publisher: LivePublisher;
  private readonly sender: LiveSender;

  constructor(private readonly options: LiveFunctionsOptions) {
    const table = new LiveTable(this.dynamodb(), 'Live');
    const queue = new LiveQueue(this.sqs(), 'https://sqs.example/Live');
    const common = { table, queue, store: options.store, now: () => new Date(options.nowMs()) };
    this.connections = new LiveConnections({ ...common, ownerOf: () => undefined, allowOrigins: [], expiryContextKey: 'expiresAt' });
    this.publisher = new LivePublisher(common);
    const pace = new Pace(250, () => 0, async () => {}, () => Infinity);
    this.sender = new LiveSender({ ...common, sockets: new Sockets(this.api()), pace });
  }

  /** Opens a connection. By default, its token is valid for longer than a connection lasts. */
  public async connect(connectionId: string, tokenSeconds = 24 * 3600): Promise<void> {
    this.invoke(ASSUMED.connectionSeconds);
    this.counts.messages++;
    const authorizer = { expiresAt: Math.floor(this.options.nowMs() / 1000) + tokenSeconds };
    const { statusCode } = await this.connections.connect(aConnect(connectionId, { requestContext: { authorizer } }));
    if (statusCode !== 200) throw new Error(`the connection was refused with ${statusCode}`);
    this.openedAt.set(connectionId, this.options.nowMs());
  }

  /** Returns the answer to a message of a client. */
  public async ask(connectionId: string, body: string): Promise<string> {
    this.invoke(ASSUMED.connectionSeconds);
    const answer = await this.connections.answer({ body, requestContext: { connectionId } } as APIGatewayProxyEvent);
    this.counts.messages += sizeOf(body) + sizeOf(answer.body);
    return answer.body;
  }

  /** Ends a connection. No function hears of it. */
  public close(connectionId: string): void {
    const openedAt = this.openedAt.get(connectionId);
    if (openedAt === undefined) return;
    this.openedAt.delete(connectionId);
    this.counts.connectionMinutes += Math.ceil((this.options.nowMs() - openedAt) / MINUTE_MS);
  }

  /** Takes a batch of the stream, and then what is in the queue. */
  public async publish(all: DynamoDBRecord[]): Promise<void> {
    const Records = all.filter((record) => LIVE_STREAM_FILTERS.some((pattern) => matchesPattern(pattern, record)));
    if (Records.length === 0) return;
    this.invoke(ASSUMED.livePublisherSeconds.base + ASSUMED.livePublisherSeconds.record * Records.length);
    await this.publisher.publish({ Records });
    await this.deliver();
  }

  /** Hands the messages of the queue that are due to the sender. Returns when the next one is due. */
  public async deliver(): Promise<number | undefined> {
    for (let batch = this.takeBatch(); batch.length > 0; batch = this.takeBatch()) {
      this.invoke(ASSUMED.liveSenderSeconds.base + ASSUMED.liveSenderSeconds.record * batch.length);
      // Received and deleted.
      this.countRequests(2, batch);
      const Records = batch.map(({ body }, i) => ({ messageId: String(i), body }) as SQSRecord);
      const { batchItemFailures } = await this.sender.send({ Records });
      if (batchItemFailures.length > 0) throw new Error('some messages were not sent');
    }
    return this.queued.at(0)?.dueMs;
  }

  private takeBatch(): QueuedMessage[] {
    const due = this.queued.filter(({ dueMs }) => dueMs <= this.options.nowMs()).slice(0, BATCH);
    this.queued = this.queued.filter((message) => !due.includes(message));
    return due;
  }

  private countRequests(requests: number, messages: QueuedMessage[]): void {
    this.counts.queueRequests += requests;
    if (messages.some(({ isGrouped }) => isGrouped)) this.counts.fairQueueRequests += requests;
  }

  private invoke(seconds: number): void {
    this.counts.invocations++;
    this.counts.functionSeconds += seconds;
  }

  private dynamodb(): DynamoDBClient {
    return {
      send: async (command: { readonly input: any }) => {
        const { counts } = this;
        const result: { Item?: Item; Items?: Item[] } = this.items.execute(command);
        counts.calls.push(nameOf(command));
        if (result.Items) counts.readUnits += Math.max(1, result.Items.reduce((sum, item) => sum + readUnits(item), 0));
        else if (command.input.ConsistentRead) counts.readUnits += readUnits(result.Item);
        else counts.writeUnits += writeUnits(undefined, command.input.Item);
        return result;
      },
    } as unknown as DynamoDBClient;
  }

  private sqs(): SQSClient {
    return {
      send: async (command: SendMessageBatchCommand) => {
        this.counts.calls.push(nameOf(command));
        const messages = command.input.Entries!.map(({ MessageBody, MessageGroupId, DelaySeconds = 0 }) => ({
          body: MessageBody!, isGrouped: MessageGroupId !== undefined, dueMs: this.options.nowMs() + 1000 * DelaySeconds,
        }));
        this.countRequests(1, messages);
        this.queued.push(...messages);
        return {};
      },
    } as unknown as SQSClient;
  }

  private api(): ApiGatewayManagementApiClient {
    return {
      send: async (command: PostToConnectionCommand | DeleteConnectionCommand) => {
        this.counts.calls.push(nameOf(command));
        const { ConnectionId } = command.input;
        if (!this.openedAt.has(ConnectionId!)) throw new GoneException({ message: 'gone', $metadata: {} });
        if (command instanceof DeleteConnectionCommand) {
          this.close(ConnectionId!);
        } else {
          const message = Buffer.from(command.input.Data as Uint8Array).toString();
          this.counts.messages += sizeOf(message);
          this.options.onPost(ConnectionId!, message);
        }
        return {};
      },
    } as unknown as ApiGatewayManagementApiClient;
  }
}

function nameOf(command: object): string {
  return command.constructor.name.replace(/Command$/, '');
}

function sizeOf(message: string): number {
  return Math.ceil(Buffer.byteLength(message) / MESSAGE_BYTES);
}

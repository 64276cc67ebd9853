import {
  ApiGatewayManagementApiClient, DeleteConnectionCommand, GoneException, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DeleteItemCommand, DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { APIGatewayProxyEvent, SQSRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { NOW } from './builders';
import { InMemoryConnections } from './in-memory-connections';
import { InMemoryTable } from './in-memory-table';
import { LiveState } from '../../src/protocol/live';
import { ownerFrom } from '../../src/runtime/http/owner';
import { LiveConnections, LiveConnectionsOptions } from '../../src/runtime/live/live-connections';
import { LivePublisher } from '../../src/runtime/live/live-publisher';
import { LiveMessage, LiveQueue } from '../../src/runtime/live/live-queue';
import { LiveSender } from '../../src/runtime/live/live-sender';
import { LiveTable } from '../../src/runtime/live/live-table';
import { Pace } from '../../src/runtime/live/pace';
import { Sockets } from '../../src/runtime/live/sockets';
import { TaskStore } from '../../src/runtime/task/task-store';

/** The functions of live updates, on services in memory. Made anew for each test. */
export class LiveWorld {
  public now = NOW;
  public readonly dynamodb = mockClient(DynamoDBClient);
  public readonly sqs = mockClient(SQSClient);
  public readonly api = mockClient(ApiGatewayManagementApiClient);
  public readonly connections = new InMemoryConnections();
  public readonly tasks = new InMemoryTable({ now: () => this.now.getTime(), indexLag: () => 0, onChange: () => {} });
  public readonly store = new TaskStore(new DynamoDBClient({}), 'TaskStatus', 604_800);
  /** What was posted, in order. */
  public readonly posts: { to: string; state: LiveState }[] = [];
  /** The connections that API Gateway has. Posts to all others get a 410. */
  public readonly open = new Set<string>();
  public readonly sender: LiveSender;
  public readonly publisher: LivePublisher;
  private readonly table = new LiveTable(new DynamoDBClient({}), 'Live');
  private readonly queue = new LiveQueue(new SQSClient({}), 'https://sqs.example/Live');

  constructor() {
    for (const Command of [DeleteItemCommand, GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand]) {
      this.dynamodb.on(Command as typeof GetItemCommand).callsFake((input) => {
        const command = new (Command as typeof GetItemCommand)(input);
        return input.TableName === 'Live' ? this.connections.execute(command) : this.tasks.execute(command);
      });
    }
    this.sqs.on(SendMessageBatchCommand).resolves({});
    this.api.on(PostToConnectionCommand).callsFake(({ ConnectionId, Data }) => {
      this.checkOpen(ConnectionId);
      this.posts.push({ to: ConnectionId, state: JSON.parse(Data.toString()) });
      return {};
    });
    this.api.on(DeleteConnectionCommand).callsFake(({ ConnectionId }) => {
      this.checkOpen(ConnectionId);
      this.open.delete(ConnectionId);
      return {};
    });
    const common = { table: this.table, queue: this.queue, store: this.store, now: () => this.now };
    this.publisher = new LivePublisher(common);
    this.sender = this.senderWith(new Pace(500, () => 0, async () => {}, () => Infinity));
  }

  /** Makes another sender, with a pace of its own. */
  public senderWith(pace: Pace): LiveSender {
    const { table, queue, store } = this;
    return new LiveSender({ table, queue, store, sockets: new Sockets(new ApiGatewayManagementApiClient({})), pace, now: () => this.now });
  }

  /** Returns the handler of connections. Owners are in the context of the authorizer, as `owner`, unless the options differ. */
  public handler(options: Partial<LiveConnectionsOptions> = {}): LiveConnections {
    return new LiveConnections({
      table: this.table,
      queue: this.queue,
      store: this.store,
      ownerOf: ownerFrom('context:owner'),
      allowOrigins: [],
      now: () => this.now,
      ...options,
    });
  }

  /** Opens a connection of an owner. */
  public async connect(connectionId: string, owner: string, options: Partial<LiveConnectionsOptions> = {}, context: object = {}) {
    const request = aConnect(connectionId, { requestContext: { authorizer: { owner, ...context } } });
    const { statusCode } = await this.handler(options).connect(request);
    if (statusCode !== 200) throw new Error(`the connection was refused with ${statusCode}`);
    this.open.add(connectionId);
  }

  /** Sends a message over a connection. Returns the answer. */
  public async ask(connectionId: string, message: object | string): Promise<any> {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    const answer = await this.handler().answer({ body, isBase64Encoded: false, requestContext: { connectionId } } as APIGatewayProxyEvent);
    return JSON.parse(answer.body);
  }

  /** Returns what was put into the queue, with the options of each message. */
  public queued(): { message: LiveMessage; MessageGroupId?: string; DelaySeconds?: number }[] {
    return this.sqs.commandCalls(SendMessageBatchCommand).flatMap(({ args: [{ input: { Entries = [] } }] }) => (
      Entries.map(({ MessageBody, MessageGroupId, DelaySeconds }) => ({ message: JSON.parse(MessageBody!), MessageGroupId, DelaySeconds }))
    ));
  }

  /** Hands messages of the queue to the sender, as one batch. */
  public async deliver(...messages: (LiveMessage | string)[]) {
    return this.deliverTo(this.sender, ...messages);
  }

  public async deliverTo(sender: LiveSender, ...messages: (LiveMessage | string)[]) {
    return sender.send({
      Records: messages.map((message, i) => ({
        messageId: `message-${i}`, body: typeof message === 'string' ? message : JSON.stringify(message),
      }) as SQSRecord),
    });
  }

  private checkOpen(connectionId: string): void {
    if (!this.open.has(connectionId)) throw new GoneException({ message: 'gone', $metadata: {} });
  }
}

/** Returns a request to open a connection. */
export function aConnect(connectionId: string, request: { readonly requestContext?: object; readonly [name: string]: unknown } = {}) {
  const requestContext = { connectionId, eventType: 'CONNECT', ...request.requestContext };
  return { ...request, requestContext } as unknown as APIGatewayProxyEvent;
}

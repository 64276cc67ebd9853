import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { clientOf, Environment, Invocation, Service, ServiceError } from './invocation';
import { WebSocketApi } from './web-socket-api';
import { LiveState } from '../../src/protocol/live';
import { LiveQueue } from '../../src/runtime/live/live-queue';
import { LiveSender } from '../../src/runtime/live/live-sender';
import { LiveTable } from '../../src/runtime/live/live-table';
import { Pace } from '../../src/runtime/live/pace';
import { Sockets } from '../../src/runtime/live/sockets';
import { OutOfTime } from '../../src/runtime/support/time-budget';
import { TaskStore } from '../../src/runtime/task/task-store';
import { Item } from '../support/expressions';

/** Timeout of the sender's function, and what its calls must leave of it. */
const TIMEOUT_MS = 30_000;
const RESERVE_MS = 2_000;

/** Both attempts of a post to a client that does not read. */
const SLOW_POST_MS = 10_000;

export interface SenderEnvironmentOptions {
  readonly environment: Environment;
  readonly api: WebSocketApi;
  readonly postsPerSecond: number;
  readonly retentionSeconds: number;
  /** Called when a post starts, with the number of posts in flight. */
  readonly onPost: (connectionId: string, state: LiveState, inFlight: number) => void;
  /** Called when an invocation has handled the 410 of a connection that it had found in a topic. */
  readonly onGone: (connectionId: string, topic: string) => void;
  /** Called with those who watch a topic, as the sender has read it. */
  readonly onWatchers: (topic: string, connectionIds: string[]) => void;
  readonly onTimeout: () => void;
  /** Called when an invocation ends, with the number of its posts in flight, and of the messages that failed. */
  readonly onReturn: (inFlight: number, failures: number) => void;
}

/** An invocation of the sender. */
interface Sending {
  readonly invocation: Invocation;
  readonly startedAt: number;
  /** The topics in which it has found each connection. */
  readonly found: Map<string, string[]>;
  /** The connections that have got a 410. */
  readonly gone: Set<string>;
}

/** An environment of the sender's function. It handles one invocation after the other, and remembers what it has sent. */
export class SenderEnvironment {
  private sending!: Sending;
  private posts = 0;
  private readonly sender: LiveSender;

  constructor(private readonly options: SenderEnvironmentOptions) {
    const { environment: { clock, services }, postsPerSecond, retentionSeconds } = options;
    const client = <C extends object>(type: { readonly prototype: C }, service: Service): C => (
      clientOf(type, async (command) => this.call(() => this.sending.invocation.send(() => service(command))))
    );
    const dynamodb = client(DynamoDBClient, (command) => this.read(command));
    this.sender = new LiveSender({
      table: new LiveTable(dynamodb, 'Live'),
      queue: new LiveQueue(client(SQSClient, services.sqs), 'https://queue'),
      sockets: new Sockets(clientOf(ApiGatewayManagementApiClient, async (command) => this.call(async () => this.callApi(command)))),
      store: new TaskStore(dynamodb, 'TaskStatus', retentionSeconds),
      pace: new Pace(postsPerSecond, () => clock.now, async (ms) => this.sending.invocation.pass(ms), () => this.remainingMs),
      now: () => clock.date(),
    });
  }

  /** Handles a batch. Does not return if the function crashes or its time is up: then the environment is lost. */
  public async send(invocation: Invocation, Records: SQSRecord[]): Promise<SQSBatchResponse> {
    const { environment: { clock }, onTimeout, onReturn } = this.options;
    const sending: Sending = { invocation, startedAt: clock.now, found: new Map(), gone: new Set() };
    this.sending = sending;
    let isDone = false;
    clock.after(TIMEOUT_MS, () => {
      if (isDone || invocation.hasEnded) return;
      invocation.kill('timeout');
      onTimeout();
    });
    const response = await this.sender.send({ Records });
    isDone = true;
    onReturn(this.posts, response.batchItemFailures.length);
    if (!invocation.hadFault && response.batchItemFailures.length === 0) this.checkGone(sending);
    return response;
  }

  private checkGone({ found, gone }: Sending): void {
    for (const id of gone) {
      const topics = found.get(id)!;
      // It was gone for one of its topics. If it has several, nobody knows which.
      if (topics.length === 1) this.options.onGone(id, topics[0]);
    }
  }

  private get remainingMs(): number {
    return this.sending.startedAt + TIMEOUT_MS - RESERVE_MS - this.options.environment.clock.now;
  }

  private async call(call: () => Promise<object>): Promise<object> {
    if (this.remainingMs <= 0) throw new OutOfTime();
    return call();
  }

  private async callApi(command: { readonly input: object }): Promise<object> {
    const { api, onPost } = this.options;
    const { sending } = this;
    if (!(command instanceof PostToConnectionCommand)) return sending.invocation.send(() => api.execute(command));
    const { ConnectionId, Data } = command.input as { ConnectionId: string; Data: Uint8Array };
    const state: LiveState = JSON.parse(Data.toString());
    onPost(ConnectionId, state, ++this.posts);
    try {
      if (api.find(ConnectionId)?.isSlow) return await this.postSlowly();
      if (api.latencyMs > 0) await sending.invocation.pass(api.latencyMs);
      return await sending.invocation.send(() => api.execute(command));
    } catch (error) {
      if ((error as Error).name === 'GoneException') sending.gone.add(ConnectionId);
      throw error;
    } finally {
      this.posts--;
    }
  }

  private async postSlowly(): Promise<never> {
    const ms = Math.min(SLOW_POST_MS, this.remainingMs);
    await this.sending.invocation.pass(ms);
    throw ms < SLOW_POST_MS ? new OutOfTime() : new ServiceError('TimeoutError');
  }

  private read(command: { readonly input: object }): object {
    const { environment: { services }, onWatchers } = this.options;
    const answer = services.dynamodb(command);
    if (command instanceof QueryCommand) {
      const topic = command.input.ExpressionAttributeValues![':topic'].S!;
      const ids = (answer as { Items: Item[] }).Items.map(({ connectionId }) => connectionId.S!);
      const { found } = this.sending;
      for (const id of ids) found.set(id, [...new Set([...found.get(id) ?? [], topic])]);
      onWatchers(topic, ids);
    }
    return answer;
  }
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { APIGatewayProxyResult, DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { Life } from './invariants';
import { clientOf, Environment, Invocation, NO_FAULTS } from './invocation';
import { LiveClient } from './live-client';
import { LiveInvariants, MAX_END_LAG_MS } from './live-invariants';
import { Queue } from './queue';
import { SenderEnvironment } from './sender-environment';
import { Stream } from './stream';
import { Connection, WebSocketApi } from './web-socket-api';
import { LiveRequest } from '../../src/protocol/live';
import { LIVE_STREAM_FILTERS } from '../../src/protocol/table';
import { ownerFrom } from '../../src/runtime/http/owner';
import { LiveConnections } from '../../src/runtime/live/live-connections';
import { LivePublisher } from '../../src/runtime/live/live-publisher';
import { LiveQueue } from '../../src/runtime/live/live-queue';
import { LiveTable, ownerTopic, taskTopic } from '../../src/runtime/live/live-table';
import { TaskStore } from '../../src/runtime/task/task-store';
import { Item } from '../support/expressions';
import { InMemoryConnections } from '../support/in-memory-connections';
import { ItemChange } from '../support/in-memory-table';
import { Random } from '../support/random';

/** The event source mappings: src/private/live. */
const STREAM = { retries: 3, maxAgeMs: 60_000 };
const QUEUE = { maxReceives: 3, visibilityMs: 180_000, batchSize: 10 };
const SENDERS = 2;

const ORIGIN = 'https://app.example';

/** Number of clients of each owner. */
const CLIENTS = 3;
/** Maximum number of connections in a crowd, which takes several pages. */
const CROWD = 250;
/** Share of invocations after which Lambda replaces the environment. */
const REPLACEMENTS = 0.02;
/** Longer than all simulated time. */
const LONG_SECONDS = 3 * 3600;

export interface LiveUpdatesOptions {
  /** The environment of the other functions. Live updates take no random numbers from them. */
  readonly environment: Environment;
  readonly random: Random;
  readonly owners: readonly string[];
  readonly items: ReadonlyMap<string, Item>;
  readonly retentionSeconds: number;
  readonly isFaulty: boolean;
  /** Whether all tasks are created at the same time. */
  readonly isBurst: boolean;
  /** When all tasks have ended. */
  readonly endAt: number;
  readonly fail: (what: string) => void;
  /** Reads a task by HTTP. */
  readonly poll: (environment: Environment, owner: string, taskId: string, etag?: string) => Promise<APIGatewayProxyResult | undefined>;
}

/** Live updates of a TaskManager, with their clients: the real functions, on services that misbehave. */
export class LiveUpdates {
  /** Whether a function of live updates writes to the table of the tasks. */
  public isWriting = false;
  public readonly invariants: LiveInvariants;
  private readonly environment: Environment;
  private readonly connections = new InMemoryConnections();
  private readonly stream: Stream;
  private readonly queue: Queue;
  private readonly api: WebSocketApi;
  /** The environments of the sender that have nothing to do. */
  private readonly idle: SenderEnvironment[] = [];
  private readonly clients: LiveClient[] = [];
  private readonly maxPostsPerSecond: number;
  /** From when on the stream is read. */
  private readonly deployedAt: number;
  /** The clients that begin to watch a task when it is cancelled, by owner. */
  private readonly prompt = new Map<string, LiveClient[]>();
  private hasCrowd: boolean;
  /** Live updates can be without faults while the rest is not. */
  private readonly isFaulty: boolean;

  constructor(private readonly options: LiveUpdatesOptions) {
    const { environment: outer, random, isBurst, items, fail } = options;
    this.isFaulty = options.isFaulty && random.chance(0.5);
    const { isFaulty } = this;
    const hasCrowd = random.chance(0.3);
    this.hasCrowd = hasCrowd;
    this.maxPostsPerSecond = random.pick(hasCrowd ? [500, 500, 4] : [500, 500, 500, 50, 4]);
    this.deployedAt = outer.clock.now + (isBurst ? 0 : 1000 * random.pick([0, 60]));
    this.environment = {
      clock: outer.clock,
      random,
      get faults() { return isFaulty ? outer.faults : NO_FAULTS; },
      services: {
        ...outer.services,
        dynamodb: (command) => this.isOfLive(command) ? this.connections.execute(command) : this.callTasks(command),
        sqs: (command) => this.enqueue((command as SendMessageBatchCommand).input.Entries!),
      },
      onCall: (inFlight) => this.invariants.onCall(inFlight),
    };
    this.invariants = new LiveInvariants({
      now: () => outer.clock.now,
      maxPostsPerSecond: this.maxPostsPerSecond,
      isFaultless: !isFaulty,
      isCalm: !isFaulty && !isBurst && !hasCrowd && this.maxPostsPerSecond === 500,
      items,
      fail,
    });
    this.stream = new Stream(this.environment, {
      ...STREAM, filters: LIVE_STREAM_FILTERS, consume: async (invocation, records) => this.publish(invocation, records),
    });
    this.queue = new Queue(this.environment, {
      ...QUEUE,
      arn: 'arn:aws:sqs:us-east-1:111111111111:Live',
      maxConcurrency: SENDERS,
      consume: async (invocation, records) => this.send(invocation, records),
    });
    this.api = new WebSocketApi({
      environment: this.environment,
      isFaulty,
      connect: async (invocation, event) => this.handler(invocation).connect(event),
      answer: async (invocation, event) => this.handler(invocation).answer(event),
      onOpen: (connection) => this.onOpen(connection),
      onAnswer: (...given) => this.onAnswer(...given),
    });
  }

  /** Lets clients connect. */
  public start(): void {
    const { isFaulty, options: { environment: { clock }, random, owners, isBurst } } = this;
    const later = (seconds: number) => this.deployedAt - clock.now + 1000 * random.int(0, isBurst ? 0 : seconds);
    for (const owner of owners) {
      for (let i = 0; i < CLIENTS; i++) {
        const client = this.addClient(`client ${i} of ${owner}`, owner, { watchesAll: i === 0, pings: true, isCut: i > 0 });
        clock.after(later(60), () => void client.start());
        if (i === 2 && random.chance(0.5)) clock.after(later(900), () => client.leave());
      }
      this.prompt.set(owner, [1, 2].map((i) => this.addClient(`prompt client ${i} of ${owner}`, owner, { isCut: false })));
    }
    clock.after(later(900), () => void this.intrude());
    if (isFaulty) clock.after(later(900), () => this.breakSome());
  }

  /** The table has changed. */
  public onChange(change: ItemChange): void {
    this.invariants.onChange(change, this.isWriting);
    if (this.options.environment.clock.now >= this.deployedAt) this.stream.push(change);
  }

  /** A supplier has created a task. Some clients watch it. */
  public onAccepted(owner: string, life: Life): void {
    const { environment: { clock }, random, owners } = this.options;
    const ms = Math.max(0, this.deployedAt - clock.now);
    const isRegular = (client: LiveClient, name: string) => client.owner === name && client.name.startsWith('client');
    const someClientOf = (name: string) => random.pick(this.clients.filter((client) => isRegular(client, name)));
    if (this.hasCrowd && random.chance(0.02)) this.gather(owner, life);
    if (random.chance(0.3)) {
      const client = someClientOf(owner);
      const watchAfter = ms + 10 * random.int(0, 1_000);
      clock.after(watchAfter, () => client.watch(life));
      // A client of all tasks gets the states of a task that it does not watch, too.
      if (random.chance(0.1) && !client.watchesAll) clock.after(watchAfter + 1000 * random.int(1, 30), () => client.unwatch(life.taskId));
    }
    const other = owners.find((name) => name !== owner)!;
    if (random.chance(0.03)) clock.after(ms + 1000 * random.int(0, 60), () => someClientOf(other).watch(life));
    if (random.chance(0.01)) clock.after(ms, () => someClientOf(owner).watch({ ...life, taskId: life.taskId.replace(/.{8}$/, '00000000') }));
  }

  /** An owner is going to cancel a task. Somebody begins to watch it at the same time. */
  public onCancelling(owner: string, life: Life, afterMs: number): void {
    const { environment: { clock }, random } = this.options;
    for (const client of this.prompt.get(owner)!) {
      // A request to cancel is faster than one to watch.
      const watchAfter = Math.max(0, afterMs - random.int(0, 70));
      if (clock.now + watchAfter > this.deployedAt) clock.after(watchAfter, () => client.watch(life));
    }
  }

  public atTheEnd(): void {
    for (const client of this.clients) if (!client.hasLeft) this.invariants.atTheEnd(client);
  }

  private addClient(name: string, owner: string, kind: { watchesAll?: boolean; pings?: boolean; isCut: boolean }): LiveClient {
    const { isFaulty, options: { environment: { clock }, random, endAt, poll } } = this;
    const client = new LiveClient({
      ...kind,
      name,
      owner,
      api: this.api,
      clock,
      random,
      invariants: this.invariants,
      endAt,
      // A client that is cut gets the states when it connects again, which hides that it has missed a change. One that watches all tasks
      // would have to list them again.
      tokenEnd: () => this.tokenEnd(!kind.isCut && !isFaulty ? [LONG_SECONDS] : [LONG_SECONDS, 950, 950, 60, 5]),
      poll: isFaulty ? async (...given) => poll(this.environment, ...given) : undefined,
    });
    this.clients.push(client);
    return client;
  }

  private tokenEnd(seconds: number[]): number {
    const { environment: { clock }, random } = this.options;
    return Math.ceil(clock.now / 1000) + random.pick(seconds) + random.int(0, 60);
  }

  /** Many connect to watch the same task, or all tasks. Most of them leave later. */
  private gather(owner: string, life: Life): void {
    const { environment: { clock }, random } = this.options;
    this.hasCrowd = false;
    // With a low limit, messages about all tasks would take hours.
    const watchesAll = this.maxPostsPerSecond === 500 && random.chance(0.1);
    for (let i = random.int(50, CROWD); i > 0; i--) {
      const client = this.addClient(`follower ${i} of ${owner}`, owner, { watchesAll, isCut: !watchesAll });
      const startAfter = Math.max(0, this.deployedAt - clock.now) + random.int(0, 2_000);
      clock.after(startAfter, () => {
        void client.start();
        client.watch(life);
      });
      if (random.chance(0.5)) clock.after(startAfter + 1000 * random.int(0, 600), () => client.leave());
    }
  }

  /** A page of another origin tries to connect with the credentials of an owner. */
  private async intrude(): Promise<void> {
    const peer = { onMessage: () => {}, onClose: () => {} };
    const connection = await this.api.open(peer, { owner: this.options.owners[0], endsAt: this.tokenEnd([60]), origin: 'https://evil.example' });
    this.invariants.onForeignOrigin(connection !== undefined);
  }

  private onOpen(connection: Connection): void {
    const { clock } = this.environment;
    const endAfter = 1000 * connection.endsAt - clock.now;
    if (endAfter < 500 * LONG_SECONDS) clock.after(endAfter + MAX_END_LAG_MS, () => this.invariants.afterEnd(connection));
  }

  private onAnswer(connection: Connection, request: LiveRequest, answer: object, askedAt: number): void {
    this.invariants.onAnswer(connection, request, answer, askedAt);
    if (request.action === 'unwatch' && !('error' in answer)) this.invariants.onUnwatched(connection.id, taskTopic(request.taskId));
  }

  private breakSome(): void {
    for (const client of this.clients) if (this.options.random.chance(0.5)) client.breakOff();
  }

  private isOfLive({ input }: { readonly input: { TableName?: string } }): boolean {
    return input.TableName === 'Live';
  }

  private callTasks(command: { readonly input: object }): object {
    this.isWriting = true;
    try {
      return this.options.environment.services.dynamodb(command);
    } finally {
      this.isWriting = false;
    }
  }

  private enqueue(entries: NonNullable<SendMessageBatchCommand['input']['Entries']>): object {
    const { random, faults } = this.environment;
    if (entries.length < 1 || entries.length > 10) throw new Error(`SendMessageBatch takes 1 to 10 entries, got ${entries.length}`);
    const refused = entries.filter(({ MessageBody, DelaySeconds = 0 }) => {
      const isRefused = random.chance(faults.throttle);
      if (!isRefused) this.queue.send({ body: MessageBody!, delayMs: 1000 * DelaySeconds });
      return isRefused;
    });
    return { Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError' })) };
  }

  private async publish(invocation: Invocation, Records: DynamoDBRecord[]): Promise<void> {
    const { table, queue, now } = this.partsOf(invocation);
    await new LivePublisher({ table, queue, now }).publish({ Records });
  }

  private handler(invocation: Invocation): LiveConnections {
    const dynamodb = clientOf(DynamoDBClient, async (command) => this.callSlowly(invocation, command));
    return new LiveConnections({
      ...this.partsOf(invocation), table: new LiveTable(dynamodb, 'Live'), ownerOf: ownerFrom('context:owner'), allowOrigins: [ORIGIN], expiryContextKey: 'expiresAt',
    });
  }

  /** Calls the table of connections. Now and then, that takes so long that the stream is faster. */
  private async callSlowly(invocation: Invocation, command: { readonly input: object }): Promise<object> {
    const { random, services } = this.environment;
    if (random.chance(0.1)) await invocation.pass(100 * random.int(1, 10));
    return invocation.send(() => services.dynamodb(command));
  }

  private partsOf(invocation: Invocation) {
    const { dynamodb, sqs } = invocation.clients();
    return {
      table: new LiveTable(dynamodb, 'Live'),
      queue: new LiveQueue(sqs as SQSClient, 'https://queue'),
      store: new TaskStore(dynamodb, 'TaskStatus', this.options.retentionSeconds),
      now: () => this.environment.clock.date(),
    };
  }

  private async send(invocation: Invocation, records: SQSRecord[]) {
    const environment = this.idle.pop() ?? this.newSender();
    const response = await environment.send(invocation, records);
    if (!this.environment.random.chance(REPLACEMENTS)) this.idle.push(environment);
    return response;
  }

  private newSender(): SenderEnvironment {
    const { environment, api, connections, invariants, maxPostsPerSecond, options: { retentionSeconds } } = this;
    return new SenderEnvironment({
      environment,
      api,
      retentionSeconds,
      postsPerSecond: maxPostsPerSecond / SENDERS,
      onPost: (connectionId, state, inFlight) => {
        const connection = api.find(connectionId)!;
        const topics = [taskTopic(state.taskId), ownerTopic(connection.owner)];
        const watched = topics.filter((topic) => connections.topics.get(topic)?.has(connectionId));
        invariants.onPost(connection, state, inFlight, watched.length);
      },
      onGone: (connectionId, topic) => invariants.onUnwatched(connectionId, topic),
      onWatchers: (topic, connectionIds) => invariants.onWatchers(topic, connectionIds),
      onTimeout: () => invariants.onTimeout(),
      onReturn: (...given) => invariants.onReturn(...given),
    });
  }
}

import { APIGatewayProxyResult } from 'aws-lambda';
import { Clock } from './clock';
import { Life } from './invariants';
import { hasSeen, LiveInvariants, View } from './live-invariants';
import { Connection, Peer, WebSocketApi } from './web-socket-api';
import { isNewer, versionOf } from '../../client/src/live';
import { LIVE_ERROR, LiveError, LiveRequest, LiveState } from '../../src/protocol/live';
import { isTerminal } from '../../src/protocol/wire';
import { Random } from '../support/random';

const ANSWER_MS = 5_000;

export interface LiveClientOptions {
  readonly name: string;
  readonly owner: string;
  readonly api: WebSocketApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly invariants: LiveInvariants;
  /** When all tasks have ended. */
  readonly endAt: number;
  readonly watchesAll?: boolean;
  /** Whether it asks now and then whether the connection is alive. */
  readonly pings?: boolean;
  /** Returns when a token that is got now ends, in seconds since the epoch. */
  readonly tokenEnd: () => number;
  /** Reads a task by HTTP. Returns undefined if there is no answer. Missing if the client relies on messages. */
  readonly poll?: (owner: string, taskId: string, etag?: string) => Promise<APIGatewayProxyResult | undefined>;
}

/**
 * Models the client of live updates, and orders states as it does: shows no older state than it has, connects again after a cut, and polls
 * now and then.
 */
export class LiveClient implements Peer, View {
  public readonly wanted = new Map<string, string>();
  public readonly shown = new Map<string, LiveState>();
  public watchesAllSince?: number;
  public hasLeft = false;
  private connection?: Connection;
  private isConnecting = false;
  private readonly unwatched = new Set<string>();
  /** The requests without an answer, on the current connection. */
  private readonly asked = new Set<string>();

  constructor(private readonly options: LiveClientOptions) {}

  public get name(): string {
    return this.options.name;
  }

  public get owner(): string {
    return this.options.owner;
  }

  public get watchesAll(): boolean {
    return this.options.watchesAll ?? false;
  }

  /** Connects, unless there is a connection. */
  public async start(): Promise<void> {
    const { api, owner, tokenEnd, clock, random } = this.options;
    if (this.connection || this.isConnecting || this.hasLeft) return;
    this.isConnecting = true;
    const connection = await api.open(this, { owner, endsAt: tokenEnd() });
    this.isConnecting = false;
    if (connection && this.hasLeft) return api.close(connection);
    if (!connection) {
      await clock.sleep(1000 * random.int(1, 10));
      return this.start();
    }
    this.connection = connection;
    this.asked.clear();
    if (this.watchesAll) void this.ask({ action: 'watchAll' });
    for (const taskId of this.wanted.keys()) void this.ask({ action: 'watch', taskId });
    if (this.options.pings) void this.keepAlive(connection);
  }

  /** Watches a task. */
  public watch({ taskId, createdAt }: Life): void {
    if (this.hasLeft || this.unwatched.has(taskId) || this.wanted.get(taskId) === createdAt) return;
    this.wanted.set(taskId, createdAt);
    if (this.connection) void this.ask({ action: 'watch', taskId });
    else void this.start();
    if (this.options.poll) void this.pollUntilEnd(taskId, createdAt);
  }

  /** Stops watching a task for good. Does nothing before its watch was answered. */
  public unwatch(taskId: string): void {
    if (!this.connection || !this.wanted.has(taskId) || this.asked.has(keyOf({ action: 'watch', taskId }))) return;
    this.wanted.delete(taskId);
    this.unwatched.add(taskId);
    void this.ask({ action: 'unwatch', taskId });
  }

  /** Its connection breaks without a word. */
  public breakOff(): void {
    if (this.connection) this.options.api.breakOff(this.connection);
  }

  /** Goes away. */
  public leave(): void {
    this.hasLeft = true;
    if (this.connection) this.options.api.close(this.connection);
    this.connection = undefined;
  }

  public onMessage(message: object): void {
    if ('status' in message) this.onState(message as LiveState);
    else if ('error' in message) this.onError(message as LiveError);
    else if ('action' in message) this.onAcknowledged(message as LiveRequest);
  }

  public onClose(): void {
    this.connection = undefined;
    const { clock, random, endAt } = this.options;
    const isUseful = (this.watchesAll && clock.now < endAt) || [...this.wanted.keys()].some((taskId) => !this.isSettled(taskId));
    if (isUseful) clock.after(random.int(10, 2_000), () => void this.start());
  }

  private onState(state: LiveState): void {
    this.asked.delete(keyOf({ action: 'watch', taskId: state.taskId }));
    const before = this.shown.get(state.taskId);
    if (before && !isNewer(state, before)) return;
    this.shown.set(state.taskId, state);
    this.options.invariants.onShown(this, state, before);
  }

  private onError({ error, taskId }: LiveError): void {
    if (error.code === LIVE_ERROR.CONNECTION_ENDED) return this.cut();
    this.asked.delete(keyOf({ action: 'watch', taskId: taskId! }));
    this.wanted.delete(taskId!);
  }

  private onAcknowledged(request: LiveRequest): void {
    this.asked.delete(keyOf(request));
    if (request.action === 'watchAll') this.watchesAllSince ??= this.options.clock.now;
  }

  /** Sends a request. Without an answer, the connection is broken. */
  private async ask(request: LiveRequest): Promise<void> {
    const { api, clock } = this.options;
    const connection = this.connection!;
    const key = keyOf(request);
    this.asked.add(key);
    clock.after(ANSWER_MS, () => {
      if (this.connection === connection && this.asked.has(key)) this.cut();
    });
    await api.send(connection, request);
  }

  private cut(): void {
    if (!this.connection) return;
    this.options.api.close(this.connection);
    this.onClose();
  }

  private async keepAlive(connection: Connection): Promise<void> {
    const { clock, random, endAt } = this.options;
    while (clock.now < endAt) {
      await clock.sleep(1000 * random.int(60, 180));
      if (this.connection !== connection) return;
      void this.ask({ action: 'ping' });
    }
  }

  private async pollUntilEnd(taskId: string, createdAt: string): Promise<void> {
    const { clock, random, poll, invariants } = this.options;
    const isWaiting = () => !this.hasLeft && this.wanted.get(taskId) === createdAt && !this.isSettled(taskId);
    for (;;) {
      await clock.sleep(1000 * random.int(60, 300));
      if (!isWaiting()) return;
      const shown = this.shown.get(taskId);
      const answer = await poll!(this.owner, taskId, shown && `"${shown.version}"`);
      if (answer?.statusCode === 404) {
        invariants.onMissing(this, { taskId, createdAt });
        if (isWaiting()) this.wanted.delete(taskId);
        return;
      }
      if (answer?.statusCode !== 200) continue;
      const { status, progress, createdAt: since } = JSON.parse(answer.body);
      this.onState({ taskId, createdAt: since, version: versionOf(String(answer.headers!.ETag)), status, progress });
    }
  }

  /** Returns whether the client has seen the end of a task. */
  private isSettled(taskId: string): boolean {
    const shown = this.shown.get(taskId);
    return shown !== undefined && hasSeen(shown, this.wanted.get(taskId)!, isTerminal(shown.status));
  }
}

function keyOf(request: LiveRequest): string {
  return `${request.action} ${'taskId' in request ? request.taskId : ''}`;
}

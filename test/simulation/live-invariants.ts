import { unmarshall } from '@aws-sdk/util-dynamodb';
import { Life, lifeOf } from './invariants';
import { Connection } from './web-socket-api';
import { LIVE_ERROR, LiveError, LiveRequest, LiveState } from '../../src/protocol/live';
import { TABLE } from '../../src/protocol/table';
import { ERROR_CODE, isTerminal } from '../../src/protocol/wire';
import { Item } from '../support/expressions';
import { ItemChange } from '../support/in-memory-table';

const MAX_POSTS_IN_FLIGHT = 50;
/** The posts, and a call for each message of the batch. */
const MAX_CALLS_IN_FLIGHT = MAX_POSTS_IN_FLIGHT + 10;

/** The whole second of a message's delay, and a little time in the queue. */
export const MAX_END_LAG_MS = 2_000;

/** The ends that a read of a task can write. */
const TIMEOUTS: (string | undefined)[] = [ERROR_CODE.TASK_TIMEOUT, ERROR_CODE.HEARTBEAT_TIMEOUT];

/** What a task was, version by version. */
interface History {
  readonly owner?: string;
  readonly versions: Map<number, { readonly order: number; readonly image: Item }>;
  last: Item;
}

export interface LiveInvariantsOptions {
  readonly now: () => number;
  readonly maxPostsPerSecond: number;
  /** Whether nothing fails. */
  readonly isFaultless: boolean;
  /** Whether nothing fails, and the sender has little to do. */
  readonly isCalm: boolean;
  readonly items: ReadonlyMap<string, Item>;
  /** Reports a violation. */
  readonly fail: (what: string) => void;
}

/** What a client wants to see, and what it shows. */
export interface View {
  readonly name: string;
  readonly owner: string;
  /** The tasks that the client watches, with their creation times. */
  readonly wanted: ReadonlyMap<string, string>;
  readonly shown: ReadonlyMap<string, LiveState>;
  /** When its watch of all tasks was answered. */
  readonly watchesAllSince?: number;
}

/** Checks what live updates promise, which must hold in spite of all faults. */
export class LiveInvariants {
  private readonly histories = new Map<string, History>();
  private changes = 0;
  /** The times of the posts of the last second. */
  private readonly posts: number[] = [];
  /** How often each version was posted, by connection. */
  private readonly posted = new Map<string, number>();
  /** The topics that a connection does not watch, because it said so or is gone. */
  private readonly unwatched = new Set<string>();

  constructor(private readonly options: LiveInvariantsOptions) {}

  /** @param isLive whether live updates make the change */
  public onChange({ after }: ItemChange, isLive: boolean): void {
    const taskId = after[TABLE.PARTITION_KEY].S!;
    const code = after.error?.M?.code.S;
    this.demand(!isLive || TIMEOUTS.includes(code), () => `${taskId}: live updates have changed it to ${after.status.S}`);
    if (after[TABLE.SORT_KEY].S !== TABLE.HEAD) return;
    const life = lifeOf({ taskId, createdAt: after.createdAt.S! });
    const history = this.histories.get(life) ?? { owner: after.owner?.S, versions: new Map(), last: after };
    this.histories.set(life, history);
    const version = Number(after.version.N);
    if (!history.versions.has(version)) history.versions.set(version, { order: ++this.changes, image: after });
    history.last = after;
  }

  /** A message is posted to a connection. */
  public onPost(connection: Connection, state: LiveState, inFlight: number, topics: number): void {
    const { now, maxPostsPerSecond, isCalm } = this.options;
    const { id, endsAt } = connection;
    this.onState(connection, state);
    this.demand(now() < endsAt * 1000, () => `${id}: a message is sent ${now() - endsAt * 1000} ms after its token has ended`);
    this.demand(inFlight <= MAX_POSTS_IN_FLIGHT, () => `an invocation had ${inFlight} posts in flight`);
    this.posts.push(now());
    while (this.posts[0] <= now() - 1000) this.posts.shift();
    this.demand(this.posts.length <= maxPostsPerSecond, () => `${this.posts.length} messages were posted in a second, more than ${maxPostsPerSecond}`);
    if (!isCalm) return;
    const version = `${id} ${lifeOf(state)}#${state.version}`;
    const times = (this.posted.get(version) ?? 0) + 1;
    this.posted.set(version, times);
    this.demand(times <= topics, () => `${version} was posted ${times} times, although the connection watches ${topics} topics`);
  }

  /** A request was answered. */
  public onAnswer(connection: Connection, request: LiveRequest, answer: Partial<LiveError>, askedAt: number): void {
    const { id, endsAt } = connection;
    const hasEnded = answer.error?.code === LIVE_ERROR.CONNECTION_ENDED;
    this.demand(askedAt < endsAt * 1000 || hasEnded, () => `${id}: got an answer after its token had ended`);
    if (answer.error) return hasEnded ? undefined : this.onRefusal(connection, request, answer as LiveError, askedAt);
    if (request.action === 'watch') this.onState(connection, answer as unknown as LiveState);
  }

  /** A watch is refused as if there were no such task. */
  private onRefusal({ id, owner }: Connection, request: LiveRequest, answer: LiveError, askedAt: number): void {
    const { taskId } = request as { taskId: string };
    const expected: LiveError = { error: { code: LIVE_ERROR.NO_SUCH_TASK, message: 'there is no such task' }, action: 'watch', taskId };
    this.demand(JSON.stringify(answer) === JSON.stringify(expected), () => `${id}: a watch was refused with ${JSON.stringify(answer)}`);
    const head = this.options.items.get(`${taskId}/${TABLE.HEAD}`);
    const isOwn = head?.owner?.S === owner && Date.parse(head!.createdAt.S!) < askedAt;
    this.demand(!isOwn, () => `${taskId}: its owner can't watch it`);
  }

  /** A client gets only states of its own tasks, and only those that the tasks had. */
  private onState({ id, owner }: Connection, state: LiveState): void {
    const history = this.histories.get(lifeOf(state));
    this.demand(history?.owner === owner, () => `${id} of ${owner} got a message about a task of ${history?.owner}`);
    const image = history?.versions.get(state.version)?.image;
    const progress = image?.progress?.M && unmarshall(image.progress.M);
    const isTrue = image?.status.S === state.status && JSON.stringify(progress) === JSON.stringify(state.progress);
    this.demand(isTrue, () => `${id} got ${JSON.stringify(state)}, which its task never was`);
  }

  /** A client shows a state. */
  public onShown({ name }: View, state: LiveState, before: LiveState | undefined): void {
    if (!before) return;
    this.demand(this.orderOf(state) > this.orderOf(before), () => `${name} showed ${JSON.stringify(before)}, then ${JSON.stringify(state)}`);
  }

  private orderOf(state: LiveState): number {
    return this.histories.get(lifeOf(state))?.versions.get(state.version)?.order ?? NaN;
  }

  /** A page of another origin opens a connection. */
  public onForeignOrigin(isOpen: boolean): void {
    this.demand(!isOpen, () => 'a page of a foreign origin has connected');
  }

  /** A connection does not watch a topic any more: it has got that answer, or the sender has handled its 410. */
  public onUnwatched(connectionId: string, topic: string): void {
    this.unwatched.add(`${connectionId} ${topic}`);
  }

  /** The sender sends to those who watch a topic. */
  public onWatchers(topic: string, connectionIds: string[]): void {
    for (const id of connectionIds) {
      this.demand(!this.unwatched.has(`${id} ${topic}`), () => `${id}: still gets ${topic}, which it does not watch any more`);
    }
  }

  /** Time has passed since the token of a connection has ended. Without faults and load, it is closed by now. */
  public afterEnd({ id, isOpen }: Connection): void {
    if (this.options.isCalm) this.demand(!isOpen, () => `${id}: is open ${MAX_END_LAG_MS} ms after its token has ended`);
  }

  public onCall(inFlight: number): void {
    this.demand(inFlight <= MAX_CALLS_IN_FLIGHT, () => `an invocation had ${inFlight} calls in flight`);
  }

  /** An invocation of the sender has ended. */
  public onReturn(inFlight: number, failures: number): void {
    this.demand(!this.options.isFaultless || failures === 0, () => `without faults, ${failures} messages could not be handled`);
    this.demand(inFlight === 0, () => `an invocation has ended with ${inFlight} posts in flight`);
  }

  public onTimeout(): void {
    this.demand(false, () => 'the sender was ended because its time was up');
  }

  /** A client was told that a task that it wants to see does not exist. */
  public onMissing({ name, owner }: View, life: Life): void {
    const head = this.options.items.get(`${life.taskId}/${TABLE.HEAD}`);
    const isThere = head?.createdAt.S === life.createdAt && head.owner?.S === owner;
    this.demand(!isThere, () => `${life.taskId}: does not exist for ${name}`);
  }

  /** At the end, each client shows the end of each task that it watches. Without faults, it got it by message, as its last version. */
  public atTheEnd(view: View): void {
    for (const [taskId, createdAt] of view.wanted) {
      const shown = view.shown.get(taskId);
      const isEnd = shown !== undefined && hasSeen(shown, createdAt, isTerminal(shown.status));
      this.demand(isEnd, () => `${taskId}: ${view.name} has not seen its end, but ${JSON.stringify(shown)}`);
    }
    if (!this.options.isFaultless || view.watchesAllSince === undefined) return;
    for (const { owner, last: { taskId, createdAt, version, status } } of this.histories.values()) {
      if (owner !== view.owner || Date.parse(createdAt.S!) <= view.watchesAllSince) continue;
      const shown = view.shown.get(taskId.S!);
      const isLast = shown !== undefined && hasSeen(shown, createdAt.S!, shown.version === Number(version.N));
      this.demand(isLast, () => `${taskId.S}: ${view.name} has not got that it is ${status.S}, but ${JSON.stringify(shown)}`);
    }
  }

  private demand(condition: boolean, what: () => string): void {
    if (!condition) this.options.fail(what());
  }
}

/** Returns whether a client shows a later task with the same id, or this one in its last state. */
export function hasSeen(shown: LiveState, createdAt: string, isLast: boolean): boolean {
  return shown.createdAt === createdAt ? isLast : shown.createdAt > createdAt;
}

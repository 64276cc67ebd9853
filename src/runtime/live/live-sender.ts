import { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as v from 'valibot';
import { Announcement, Ending, LiveMessage, LiveQueue } from './live-queue';
import { isNewer, liveStateOf } from './live-state';
import { LiveTable, Watcher } from './live-table';
import { Pace } from './pace';
import { RecentMap } from './recent-map';
import { Sockets } from './sockets';
import { LiveState } from '../../protocol/live';
import { handleMessages } from '../support/message-batch';
import { OutOfTime } from '../support/time-budget';
import { TaskStore } from '../task/task-store';

export interface LiveSenderOptions {
  readonly table: LiveTable;
  readonly queue: LiveQueue;
  readonly sockets: Sockets;
  readonly store: TaskStore;
  readonly pace: Pace;
  readonly now: () => Date;
}

/**
 * Maximum number of connections to which one message of the queue is sent, and the seconds that this may take. Those after them are another
 * message, behind those of other tasks. An invocation has time for a batch of ten such messages.
 */
const PAGE = 100;
const PAGE_SECONDS = 2;

/** An announcement that has waited for longer is sent with the newest state of the task. */
const STALE_MS = 1_000;

/** Number of connections and tasks to remember. */
const MEMORY = 20_000;

/** What our functions queue, as far as an invocation could not go on without it. */
const Message = v.pipe(v.string(), v.parseJson(), v.union([
  v.looseObject({ connectionId: v.string(), endsAt: v.number() }),
  v.looseObject({ topic: v.string(), state: v.looseObject({ taskId: v.string() }) }),
]));

/**
 * Sends states of tasks to those who watch them. A state is a hint: it can be lost or sent twice, and a newer one replaces it.
 *
 * Under load, announcements wait in the queue. Then the first one of a task takes the newest state, and those that follow have nothing to
 * send, as far as this environment has sent it.
 */
export class LiveSender {
  /**
   * The newest state that each page of connections has got. An announcement of it, or of an older one, ends there: the announcement that
   * sent it goes on to the next pages. Otherwise, the queue would grow without end if a task with many watchers changes all the time.
   */
  private readonly done = new RecentMap<LiveState>(MEMORY);
  /** The newest state that each connection has got, by connection and task. */
  private readonly sent = new RecentMap<LiveState>(MEMORY);
  /** The connections whose last message was refused. */
  private readonly refused = new RecentMap<true>(MEMORY);

  constructor(private readonly options: LiveSenderOptions) {}

  public async send(event: SQSEvent): Promise<SQSBatchResponse> {
    const messages = new Map(event.Records.map((record) => [record, parse(record)]));
    const newest = newestOf([...messages.values()]);
    return handleMessages(event, 'message to connections could not be handled', async (record) => {
      const message = messages.get(record);
      if (!message) throw new Error('malformed message');
      if ('endsAt' in message) await this.end(message);
      else if (!isNewer(newest.get(pageOf(message))!, message.state)) await this.announce(message);
    });
  }

  private async end(ending: Ending): Promise<void> {
    const { queue, pace, now } = this.options;
    if (now().getTime() < ending.endsAt * 1000) return queue.endLater(ending, now());
    return pace.run(() => this.endConnection(ending.connectionId));
  }

  private async announce(announcement: Announcement): Promise<void> {
    const { table, queue, pace } = this.options;
    const { topic, after } = announcement;
    const key = pageOf(announcement);
    if (!isNewer(announcement.state, this.done.get(key))) return;
    const page = Math.min(PAGE, Math.ceil(pace.perSecond * PAGE_SECONDS));
    const watchers = await table.watchers(topic, page, after);
    if (watchers.length === 0) return;
    const state = await this.newest(announcement);
    // First, so that another invocation can go on with it. With the state of this page, at which the announcement of that state ends.
    if (watchers.length === page) await queue.announce([{ ...announcement, state, after: watchers.at(-1)!.connectionId }]);
    // All of them: an invocation does not end while it sends.
    const outcomes = await Promise.allSettled(watchers.map((watcher) => this.tell(topic, watcher, state)));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
    if (outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value)) this.done.set(key, state);
  }

  /** Returns the state to send. The task may have changed since the announcement. */
  private async newest({ state, at }: Announcement): Promise<LiveState> {
    const { store, now } = this.options;
    if (now().getTime() - at < STALE_MS) return state;
    const task = await store.find(state.taskId);
    const current = task && liveStateOf(task);
    return current && isNewer(current, state) ? current : state;
  }

  /** Sends a state to a connection, unless that has got it or a newer one. Returns false if the state should be sent again. */
  private async tell(topic: string, watcher: Watcher, state: LiveState): Promise<boolean> {
    const key = `${watcher.connectionId} ${state.taskId}`;
    if (!isNewer(state, this.sent.get(key))) return true;
    // Before the post: another announcement of the batch can be for the same connection.
    this.sent.set(key, state);
    let isDone = false;
    try {
      isDone = await this.options.pace.run(() => this.deliver(topic, watcher, state));
    } finally {
      if (!isDone) this.sent.delete(key);
    }
    return isDone;
  }

  /** Sends a state to a connection, or removes the connection if it has ended. Returns false if the state is lost. */
  private async deliver(topic: string, { connectionId, expiresAt }: Watcher, state: LiveState): Promise<boolean> {
    const { table, now } = this.options;
    // Not before its turn, for which it has waited.
    if (expiresAt * 1000 <= now().getTime()) {
      await this.endConnection(connectionId);
      await table.unwatch(topic, connectionId);
      return true;
    }
    const outcome = await this.post(connectionId, state);
    if (outcome === 'gone') await table.unwatch(topic, connectionId);
    return outcome === 'sent' || outcome === 'gone';
  }

  /** Returns undefined if the message is lost. */
  private async post(connectionId: string, state: LiveState) {
    try {
      const outcome = await this.options.sockets.post(connectionId, state);
      if (outcome === 'sent') this.refused.delete(connectionId);
      if (outcome === 'refused') await this.onRefused(connectionId);
      return outcome;
    } catch (error) {
      if (error instanceof OutOfTime) throw error;
      const { taskId, version } = state;
      console.warn({ message: 'message to a connection is lost', taskId, version, error: (error as Error).name });
      return undefined;
    }
  }

  /**
   * The first time, there may have been too many calls of API Gateway. A client that does not read stays behind: it connects again, and
   * gets the state.
   */
  private async onRefused(connectionId: string): Promise<void> {
    if (this.refused.get(connectionId)) await this.endConnection(connectionId);
    else this.refused.set(connectionId, true);
  }

  private async endConnection(connectionId: string): Promise<void> {
    await this.options.sockets.end(connectionId);
    await this.options.table.close(connectionId);
  }
}

/** Returns the newest state for each page of connections. */
function newestOf(messages: (LiveMessage | undefined)[]): Map<string, LiveState> {
  const newest = new Map<string, LiveState>();
  for (const message of messages) {
    if (!message || 'endsAt' in message) continue;
    const page = pageOf(message);
    if (isNewer(message.state, newest.get(page))) newest.set(page, message.state);
  }
  return newest;
}

function pageOf({ topic, state, after = '' }: Announcement): string {
  return JSON.stringify([topic, state.taskId, after]);
}

/** Returns undefined if the message is malformed: it must not fail the others of its batch. */
function parse({ body }: SQSRecord): LiveMessage | undefined {
  const message = v.safeParse(Message, body);
  return message.success ? message.output as unknown as LiveMessage : undefined;
}

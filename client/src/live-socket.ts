import type { clock } from './clock';
import type { LiveListener } from './live';
import type { TaskClientOptions, WebSocketClass } from './options';
import type { backoffMs } from './retry';
import { LIVE_ERROR, LIVE_PROTOCOL, LIVE_TOKEN_PREFIX, LiveRequest, LiveState } from '../../src/protocol/live';

/** Key of the watch of all tasks. No task has this id. */
export const ALL_TASKS = '';

/** Time for the URL, the token and the handshake. */
const CONNECT_MS = 10_000;

/** Time for an answer. */
const ANSWER_MS = 5_000;

/**
 * Silence after which the first ping of a connection is sent, and the longest. Each ping doubles it, because a ping costs more than a poll,
 * and the polls of an old task find within a minute what a dead socket does not say. Routers on the way can drop a connection after a few
 * minutes of silence, and API Gateway ends it after ten.
 */
const FIRST_SILENCE_MS = 30_000;
const MAX_SILENCE_MS = 180_000;

/** Time for which the watch of a task goes on without a listener: most often, another one follows at once. */
const LINGER_MS = 1_000;

/** A connection that lasted longer has worked. */
const STABLE_MS = 60_000;

interface Topic {
  readonly listeners: Set<LiveListener>;
  cancelEnd?: () => void;
}

type Socket = InstanceType<WebSocketClass>;

/** One attempt to have a socket. Events of earlier ones do not count. */
interface Connection {
  readonly startedAt?: number;
  socket?: Socket;
  isOpen?: boolean;
  /** Whether the time for an answer is running. */
  isAsking?: boolean;
  /** Whether a message came in that time. */
  isHeard?: boolean;
  /** Silence after which the next ping is sent. */
  silenceMs?: number;
}

/**
 * Watches tasks over one socket, which is open while there are watches. A socket that is lost is opened again, and all watches are sent
 * again.
 */
export class LiveSocket {
  private readonly topics = new Map<string, Topic>();
  /** Keys of the topics that this connection has not answered yet. */
  private readonly unanswered = new Set<string>();
  private connection: Connection = {};
  private failures = 0;
  private cancelTimer?: () => void;

  /** The clock and the backoff are parameters, so that a bundler has nothing to put into a third file. */
  constructor(
    private readonly options: TaskClientOptions,
    private readonly time: typeof clock,
    private readonly backoff: typeof backoffMs,
  ) {}

  /** Watches a task, or all tasks, until the signal aborts. */
  public watch(key: string, listener: LiveListener, signal: AbortSignal): void {
    if (signal.aborted) return;
    const isFirst = this.topics.size === 0;
    const topic: Topic = this.topics.get(key) ?? { listeners: new Set() };
    topic.cancelEnd?.();
    topic.listeners.add(listener);
    this.topics.set(key, topic);
    signal.addEventListener('abort', () => {
      topic.listeners.delete(listener);
      if (topic.listeners.size === 0) topic.cancelEnd = this.time.after(LINGER_MS, () => this.end(key));
    });
    // Also if the topic has been answered: the new listener has not heard the state.
    this.unanswered.add(key);
    if (isFirst) void this.connect();
    else if (this.connection.isOpen) this.ask([key]);
  }

  private end(key: string): void {
    this.topics.delete(key);
    this.unanswered.delete(key);
    if (this.topics.size === 0) {
      this.disconnect();
      this.failures = 0;
    } else if (this.connection.isOpen) {
      this.send(requestOf('unwatch', key));
    }
  }

  private async connect(): Promise<void> {
    const connection: Connection = this.connection = { startedAt: this.time.now() };
    const ifCurrent = (act: () => void) => this.connection === connection && act();
    const lose = () => ifCurrent(() => this.lose());
    this.setTimer(CONNECT_MS, lose);
    try {
      const { liveUrl, liveToken, webSocket: WebSocket = globalThis.WebSocket } = this.options;
      const [url, token] = await Promise.all([typeof liveUrl === 'function' ? liveUrl() : liveUrl, liveToken?.()]);
      ifCurrent(() => {
        const socket: Socket = connection.socket = new WebSocket(String(url), [LIVE_PROTOCOL, ...token ? [LIVE_TOKEN_PREFIX + token] : []]);
        socket.onopen = () => ifCurrent(() => {
          connection.isOpen = true;
          this.ask(this.unanswered);
        });
        socket.onmessage = ({ data }) => ifCurrent(() => this.hear(data));
        // They stay on a socket that is closed early: that of `ws` would throw its error without a listener.
        socket.onerror = socket.onclose = lose;
      });
    } catch {
      // The functions of the user and the constructor throw: as with a socket that can't be opened, the client polls.
      lose();
    }
  }

  private lose(): void {
    // Not sooner: a server under load may end connections soon after it has answered.
    if (this.time.now() - this.connection.startedAt! > STABLE_MS) this.failures = 0;
    this.disconnect();
    for (const [key, { listeners }] of this.topics) {
      this.unanswered.add(key);
      for (const listener of listeners) listener(false);
    }
    // Up to two seconds at first, because polls fill the gap, and all clients of a server can lose their sockets at once.
    this.setTimer(this.backoff(++this.failures + 2, this.time.random()), () => void this.connect());
  }

  private disconnect(): void {
    const { socket } = this.connection;
    this.connection = {};
    this.cancelTimer?.();
    socket?.close();
  }

  /** Sends watches, or a ping. */
  private ask(keys: Iterable<string>): void {
    const { connection } = this;
    const requests = [...keys].map((key) => requestOf('watch', key));
    for (const request of requests.length > 0 ? requests : [{ action: 'ping' } as const]) this.send(request);
    // More requests do not extend the time: on a dead socket, that could go on forever.
    if (connection.isAsking) return;
    connection.isAsking = true;
    connection.isHeard = false;
    this.setTimer(ANSWER_MS, () => connection.isHeard ? this.goOn() : this.lose());
  }

  /** Asks again for what has not been answered, or waits for messages. */
  private goOn(): void {
    const { connection } = this;
    connection.isAsking = false;
    if (this.unanswered.size > 0) return this.ask(this.unanswered);
    const ms = connection.silenceMs ?? FIRST_SILENCE_MS;
    this.setTimer(ms, () => {
      connection.silenceMs = Math.min(2 * ms, MAX_SILENCE_MS);
      this.ask([]);
    });
  }

  private hear(data: unknown): void {
    const { taskId, createdAt, version, status, progress, action, error, message } = parse(data);
    if (error?.code === LIVE_ERROR.CONNECTION_ENDED) return this.lose();
    if ([taskId, createdAt, status].every((text) => typeof text === 'string') && typeof version === 'number') {
      const state = { taskId, createdAt, version, status, progress };
      this.tell(taskId, true, state);
      // Until `watchAll` is answered, this is only about that task.
      if (!this.unanswered.has(ALL_TASKS)) this.tell(ALL_TASKS, true, state);
    } else if (action === 'watchAll') {
      this.tell(ALL_TASKS, !error);
    } else if (error && action === 'watch') {
      this.tell(taskId, false);
    } else if (action === 'unwatch' || action === 'unwatchAll') {
      // The server may have handled a watch that followed before it.
      const key = taskId ?? ALL_TASKS;
      if (this.topics.has(key)) {
        this.unanswered.add(key);
        this.ask([key]);
      }
    } else if (!action && !error && !message) {
      // Not a message of the server, or of API Gateway, which answers `{ "message": "Too Many Requests" }`.
      return;
    }
    this.connection.isHeard = true;
    // Until all is answered, the time goes on.
    if (!this.connection.isAsking || this.unanswered.size === 0) this.goOn();
  }

  /** Counts as the answer to a watch. That of a refused watch is not sent again on this connection. */
  private tell(key: string, isHealthy: boolean, state?: LiveState): void {
    this.unanswered.delete(key);
    this.topics.get(key)?.listeners.forEach((listener) => listener(isHealthy, state));
  }

  private send(request: LiveRequest): void {
    this.connection.socket!.send(JSON.stringify(request));
  }

  private setTimer(ms: number, callback: () => void): void {
    this.cancelTimer?.();
    this.cancelTimer = this.time.after(ms, callback);
  }
}

function requestOf(action: 'watch' | 'unwatch', key: string): LiveRequest {
  return key === ALL_TASKS ? { action: `${action}All` } : { action, taskId: key };
}

function parse(data: unknown): Record<string, any> {
  try {
    return Object(JSON.parse(data as string));
  } catch {
    return {};
  }
}

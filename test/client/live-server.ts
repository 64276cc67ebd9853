import { Harness } from './harness';
import { Task, TaskClient, TaskClientOptions, TaskSummary, WebSocketClass } from '../../client/src';
import { clock } from '../../client/src/clock';
import { isTerminal } from '../../src/protocol/wire';
import { aTask, Received, Reply } from '../support/api-server';

/** Time that a message takes, in milliseconds. */
export const LATENCY = 10;

interface StoredTask {
  task: Task;
  version: number;
}

/** A WebSocket whose server the test plays. */
export class FakeSocket {
  public onopen: ((event: unknown) => void) | null = null;
  public onmessage: ((event: { data: unknown }) => void) | null = null;
  public onerror: ((event: unknown) => void) | null = null;
  public onclose: ((event: unknown) => void) | null = null;
  public readonly sent: Record<string, unknown>[] = [];
  /** In milliseconds from the start of the test. */
  public readonly createdAt: number;
  public state: 'connecting' | 'open' | 'dead' | 'closed' = 'connecting';

  constructor(private readonly server: LiveServer, public readonly url: string, public readonly protocols: string[]) {
    this.createdAt = server.now;
    server.sockets.push(this);
    clock.after(LATENCY, () => this.state === 'connecting' && server.connect(this));
  }

  /** Called by the client. */
  public send(message: string): void {
    if (this.state === 'connecting') throw new Error('the socket is not open');
    const request = JSON.parse(message);
    this.sent.push(request);
    clock.after(LATENCY, () => this.state === 'open' && this.server.receive(this, request));
  }

  /** Called by the client. */
  public close(): void {
    const wasConnecting = this.state === 'connecting';
    this.state = 'closed';
    // As the package `ws` does.
    if (wasConnecting) this.onerror!(new Error('closed before the connection was established'));
    this.onclose?.({ code: 1005 });
  }

  public open(): void {
    this.state = 'open';
    this.onopen?.({});
  }

  /** Sends a message, as text if it is one. */
  public say(message: unknown): void {
    if (this.state === 'open') this.onmessage?.({ data: typeof message === 'object' ? JSON.stringify(message) : message });
  }

  /** From now on, nothing arrives in any direction. */
  public die(): void {
    if (this.state === 'open') this.state = 'dead';
  }

  /** Ends the connection, as a network or a server does. */
  public cut(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.onerror?.({});
    this.onclose?.({ code: 1006 });
  }
}

/** A task manager with live updates: its API, whose requests are real, and its sockets. Tasks change at times that the test sets. */
export class LiveServer {
  public readonly sockets: FakeSocket[] = [];
  public readonly webSocket: WebSocketClass;
  private readonly tasks = new Map<string, StoredTask>();
  private readonly watches = new Map<FakeSocket, Set<string>>();

  constructor(private readonly h: Harness) {
    const server = this;
    this.webSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(server, url, protocols);
      }
    };
    h.api.answer = (request) => this.serve(request);
  }

  /** What the server does with a connection. */
  public connect = (socket: FakeSocket): void => socket.open();

  /** What the server does with a message. */
  public receive = (socket: FakeSocket, message: Record<string, unknown>): void => this.respond(socket, message);

  /** How the server sends a message. */
  public post = (socket: FakeSocket, message: object): void => void clock.after(LATENCY, () => socket.say(message));

  /** Is called with the id of each task that is created over HTTP. */
  public created = (_taskId: string): void => {};

  public client(options: Partial<TaskClientOptions> = {}): TaskClient {
    return this.h.client({ liveUrl: 'wss://example.com/live', webSocket: this.webSocket, ...options });
  }

  public get now(): number {
    return this.h.clock.now;
  }

  /** The socket that was opened last. */
  public get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  public get openSockets(): number {
    return this.sockets.filter(({ state }) => state !== 'closed').length;
  }

  public get openingTimes(): number[] {
    return this.sockets.map(({ createdAt }) => createdAt);
  }

  /** Actions that clients asked for, in order. */
  public get actions(): unknown[] {
    return this.sockets.flatMap(({ sent }) => sent.map(({ action }) => action));
  }

  /** Creates a task, and changes it at times of the test's clock, in milliseconds. */
  public task(changes: Record<number, Partial<Task>> = {}, initial: Partial<Task> = {}): Task {
    const task = aTask(initial);
    this.tasks.set(task.taskId, { task, version: 1 });
    this.publish(task.taskId);
    for (const [at, change] of Object.entries(changes)) clock.after(Number(at) - this.h.clock.now, () => this.change(task.taskId, change));
    return task;
  }

  public change(taskId: string, change: Partial<Task>): void {
    const stored = this.tasks.get(taskId)!;
    const now = new Date(clock.now()).toISOString();
    const { status = stored.task.status } = change;
    const history = status === stored.task.status ? stored.task.history : [...stored.task.history, { status, at: now }];
    stored.task = { ...stored.task, history, updatedAt: now, ...change };
    stored.version++;
    this.publish(taskId);
  }

  public stateOf(taskId: string): object {
    const { task: { createdAt, status, progress }, version } = this.tasks.get(taskId)!;
    return { taskId, createdAt, version, status, ...(progress && { progress }) };
  }

  public respond(socket: FakeSocket, { action, taskId = '' }: Record<string, unknown>): void {
    const id = String(taskId);
    const watched = this.watches.get(socket) ?? new Set();
    this.watches.set(socket, watched);
    if (action === 'watch' && !this.tasks.has(id)) {
      return this.post(socket, { error: { code: 'NoSuchTask', message: 'there is no such task' }, action, taskId });
    }
    if (action === 'watch' || action === 'watchAll') watched.add(id);
    if (action === 'unwatch' || action === 'unwatchAll') watched.delete(id);
    this.post(socket, action === 'watch' ? this.stateOf(id) : { action, ...(id && { taskId }) });
  }

  /** Returns what the API lists. */
  public list = (): TaskSummary[] => (
    [...this.tasks.values()].reverse().slice(0, 100).map(({ task: { payload, result, ...summary } }) => summary)
  );

  public remove(taskId: string): void {
    this.tasks.delete(taskId);
  }

  private publish(taskId: string): void {
    for (const [socket, watched] of this.watches) {
      // Who watches the task and all tasks gets two messages.
      for (const topic of [taskId, '']) if (watched.has(topic)) this.post(socket, this.stateOf(taskId));
    }
  }

  private serve({ method, url, headers }: Received): Reply {
    if (method === 'POST') {
      const { taskId } = this.task({}, { createdAt: new Date(clock.now()).toISOString() });
      this.created(taskId);
      return this.reply(taskId);
    }
    const id = /\/tasks\/([^?]+)/.exec(url)?.[1];
    if (id === undefined) return { body: { tasks: this.list() } };
    return this.tasks.has(id) ? this.reply(id, headers['if-none-match']) : { status: 404 };
  }

  private reply(taskId: string, seen?: string): Reply {
    const { task, version } = this.tasks.get(taskId)!;
    const ageSeconds = (clock.now() - Date.parse(task.createdAt)) / 1000;
    const etag = `"${version}"`;
    const headers = {
      ETag: etag,
      ...(!isTerminal(task.status) && { 'Retry-After': String(Math.min(30, Math.max(1, Math.round(ageSeconds / 10)))) }),
    };
    return seen === etag ? { status: 304, headers } : { headers, body: task };
  }
}

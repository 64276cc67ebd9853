import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import type { ConsoleSettings, DeadLetter, DeadLetterQueueState, RedriveResult } from '../../cli/src/protocol';
import type { Task, TaskSummary } from '../../client/src/task';
import { isTerminal, TaskStatus } from '../../src/protocol/wire';

const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

/** A task and the version in its ETag. */
interface StoredTask {
  task: Task;
  version: number;
}

export interface FakeProblem {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly object[];
}

/** A server with the protocol of the console, whose tasks do what a test says. */
export class FakeConsole {
  public static async start(page: string, settings: Partial<ConsoleSettings> = {}): Promise<FakeConsole> {
    const console = new FakeConsole(page, settings);
    await console.listen(0);
    return console;
  }

  public settings: ConsoleSettings;
  /** Requests to the API and for dead letters, such as `POST tasks`. */
  public readonly requests: string[] = [];
  /** Idempotency keys of creations. */
  public readonly keys: string[] = [];
  public queues: DeadLetterQueueState[] = [];
  public letters: DeadLetter[] = [];
  public redriveResult?: RedriveResult;
  /** Whether pages are filtered after they were read, so that some are empty. */
  public filtersPages = false;
  /** Answers the next requests, if it returns a problem. */
  public refuse?: (method: string, url: URL) => FakeProblem | undefined;
  public port = 0;
  private token = 'token-of-this-console';
  private readonly tasks = new Map<string, StoredTask>();
  private readonly sockets = new Set<WebSocket>();
  private acceptsSockets = true;
  private server?: Server;

  private constructor(private readonly page: string, settings: Partial<ConsoleSettings>) {
    this.settings = {
      apiUrl: 'https://abc123.execute-api.eu-central-1.amazonaws.com/prod/',
      identity: 'AWS credentials of the profile ops',
      live: true,
      deadLetters: true,
      command: ['npx', 'cdk-task-manager-cli'],
      arguments: ['--stack', 'Orders'],
      ...settings,
    };
  }

  public get url(): string {
    return `http://127.0.0.1:${this.port}/${this.token}/`;
  }

  /** Ends the process of the console. */
  public async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => server ? server.close(resolve) : resolve(undefined));
  }

  /** Starts it again at the same port, and at the same address unless there is another token. */
  public async restart(token = this.token): Promise<void> {
    this.token = token;
    await this.listen(this.port);
  }

  /** Ends the live updates, and refuses new ones. */
  public cutLiveUpdates(): void {
    this.acceptsSockets = false;
    for (const socket of this.sockets) socket.terminate();
  }

  public mendLiveUpdates(): void {
    this.acceptsSockets = true;
  }

  public get hasSockets(): boolean {
    return this.sockets.size > 0;
  }

  /** Adds a task without a message. Its history fits its status. */
  public put(task: Partial<Task> & { readonly createdAt?: string } = {}): Task {
    const { createdAt = new Date().toISOString(), status = 'PENDING' } = task;
    const after = (seconds: number) => new Date(Date.parse(createdAt) + seconds * 1000).toISOString();
    const history: { status: TaskStatus; at: string }[] = [{ status: 'PENDING', at: createdAt }];
    if (status !== 'PENDING' && status !== 'CANCELLED') history.push({ status: 'RUNNING', at: after(1.4) });
    if (isTerminal(status)) history.push({ status, at: after(38.2) });
    const whole: Task = {
      taskId: randomUUID(),
      type: 'export-orders',
      status,
      createdAt,
      updatedAt: history[history.length - 1].at,
      deadlineAt: after(24 * 3600),
      ...history[1]?.status === 'RUNNING' && { startedAt: history[1].at },
      ...isTerminal(status) && { endedAt: after(38.2) },
      history,
      ...task,
    };
    this.tasks.set(whole.taskId, { task: whole, version: history.length });
    return whole;
  }

  /** Creates a task, and tells the live updates. */
  public create(task: Partial<Task> = {}): Task {
    const created = this.put(task);
    this.tell(created.taskId);
    return created;
  }

  /** Changes a task, and tells the live updates. */
  public change(taskId: string, change: Partial<Task>): void {
    const stored = this.tasks.get(taskId)!;
    const now = new Date().toISOString();
    const isNew = change.status && change.status !== stored.task.status;
    stored.version++;
    stored.task = {
      ...stored.task,
      updatedAt: now,
      ...change,
      ...isNew && { history: [...stored.task.history, { status: change.status!, at: now }] },
      ...change.status && isTerminal(change.status) && { endedAt: now, progress: undefined },
      ...isNew && change.status === 'RUNNING' && { startedAt: now },
    };
    this.tell(taskId);
  }

  public get(taskId: string): Task {
    return this.tasks.get(taskId)!.task;
  }

  private tell(taskId: string): void {
    const message = JSON.stringify(this.stateOf(taskId));
    for (const socket of this.sockets) socket.send(message);
  }

  private stateOf(taskId: string) {
    const { task: { createdAt, status, progress }, version } = this.tasks.get(taskId)!;
    return { taskId, createdAt, version, status, progress };
  }

  private async listen(port: number): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'cdk-task-manager' });
    server.on('upgrade', (request, socket, head) => {
      if (!this.acceptsSockets || request.url !== `/${this.token}/live`) {
        socket.destroy();
        return;
      }
      sockets.handleUpgrade(request, socket, head, (webSocket) => this.serve(webSocket));
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private serve(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('message', (data) => {
      const { action, taskId } = JSON.parse(String(data));
      if (action !== 'watch') socket.send(JSON.stringify({ action, taskId }));
      else if (this.tasks.has(taskId)) socket.send(JSON.stringify(this.stateOf(taskId)));
      else socket.send(JSON.stringify({ action, taskId, error: { code: 'NoSuchTask', message: 'there is no such task' } }));
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url!, this.url);
    const { method = '' } = request;
    const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', 'Cache-Control': 'no-store', ...headers });
      response.end(status === 304 ? undefined : JSON.stringify(body));
    };
    const problem = ({ status, ...others }: FakeProblem) => json(status, { title: 'Problem', status, ...others });
    const [token, ...steps] = url.pathname.slice(1).split('/');
    if (token !== this.token) return problem({ status: 404, detail: 'no such page' });
    const place = steps.join('/');
    if (['', 'main.js', 'style.css'].includes(place)) return this.serveFile(place || 'index.html', response);
    if (place === 'settings') return json(200, this.settings);
    const refusal = this.refuse?.(method, url);
    this.requests.push(`${method} ${place.replace(/^api\//, '')}${url.search}`);
    if (refusal) return problem(refusal);
    if (place === 'dead-letters') return json(200, this.queues);
    if (steps[0] === 'dead-letters') return json(200, method === 'POST' ? this.redriveResult : this.letters);
    const [, , taskId, action] = steps;
    const body = chunks.length > 0 ? JSON.parse(String(Buffer.concat(chunks))) : undefined;
    if (method === 'POST' && !taskId) return this.createFor(request, body, json);
    if (!taskId) return json(200, this.list(url.searchParams));
    const stored = this.tasks.get(taskId);
    if (!stored) return problem({ status: 404, detail: 'there is no such task' });
    if (action === 'cancel') {
      const { status } = stored.task;
      if (isTerminal(status) && status !== 'CANCELLED') return problem({ status: 409, detail: `the task is ${status}` });
      if (status !== 'CANCELLED') this.change(taskId, { status: 'CANCELLED' });
      return json(200, this.get(taskId), { ETag: `"${stored.version}"` });
    }
    const etag = `"${stored.version}"`;
    return json(request.headers['if-none-match'] === etag ? 304 : 200, stored.task, { 'ETag': etag, 'Retry-After': '1' });
  }

  private createFor(request: IncomingMessage, { type, payload }: Task, json: (status: number, body: unknown) => void): void {
    const key = String(request.headers['idempotency-key']);
    this.keys.push(key);
    const taskId = createHash('sha256').update(key).digest('hex');
    if (!this.tasks.has(taskId)) this.create({ taskId, type, payload });
    json(202, this.get(taskId));
  }

  private list(query: URLSearchParams) {
    const status = query.getAll('status');
    const type = query.get('type');
    const limit = Number(query.get('limit') ?? 20);
    const start = Number(query.get('nextToken') ?? 0);
    const matches = (task: Task) => (status.length === 0 || status.includes(task.status)) && (!type || task.type === type);
    const all = [...this.tasks.values()].map(({ task }) => task)
      .filter((task) => this.filtersPages || matches(task))
      .sort((a, b) => a.createdAt < b.createdAt ? 1 : -1);
    const end = start + limit;
    const tasks = all.slice(start, end).filter(matches)
      .map(({ payload, result, resultUrl, resultUrlExpiresAt, ...summary }): TaskSummary => summary);
    return { tasks, ...end < all.length && { nextToken: String(end) } };
  }

  private serveFile(name: string, response: ServerResponse): void {
    response.writeHead(200, {
      'Content-Type': TYPES[path.extname(name)],
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://127.0.0.1:${this.port}; `
        + "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(readFileSync(path.join(this.page, name)));
  }
}

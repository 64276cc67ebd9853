import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { APIGatewayProxyEvent, DynamoDBRecord } from 'aws-lambda';
import { CountingTable } from './counting-table';
import { LiveFunctions } from './live-functions';
import { meterLogs } from './log-meter';
import { TaskClient } from '../../client/src';
import { clock } from '../../client/src/clock';
import { Fetch, WebSocketClass } from '../../client/src/options';
import { STREAM_FILTERS } from '../../src/protocol/table';
import { ChangeLog } from '../../src/runtime/events/change-log';
import { EventSender } from '../../src/runtime/events/event-sender';
import { StatusPublisher } from '../../src/runtime/events/status-publisher';
import { StatusUpdater } from '../../src/runtime/events/status-updater';
import { Router } from '../../src/runtime/http/router';
import { InvocationMetrics } from '../../src/runtime/support/invocation-metrics';
import { TaskStore } from '../../src/runtime/task/task-store';
import { matchesPattern } from '../../test/support/event-pattern';
import { VirtualClock } from '../../test/support/virtual-clock';
import { Usage } from '../cost';
import { message, SOURCE } from '../events';
import { ASSUMED } from '../prices';

/** How a caller follows its task: by polls, by polls that wait (`Prefer: wait`), by live updates, or not at all. */
export type Following = 'polls' | 'waits' | 'live' | 'none';

export interface FollowedOptions {
  readonly following: Following;
  /** How long a task takes. */
  readonly seconds: number;
  /** Reports of progress, at the same distance from one another. */
  readonly progressReports: number;
  /** Number of tasks at a time. A function gets as many records at once. */
  readonly batch: number;
  /** Whether the tasks have live updates. They cost something even if nobody watches. */
  readonly hasLiveUpdates: boolean;
}

/** How long a poll waits: as long as API Gateway holds a request, less what a slow answer takes. */
const WAIT_SECONDS = 25;

/** Time until a change arrives at the readers of the stream. */
const STREAM_MS = 200;

/** Time that a message takes over a socket. */
const LATENCY_MS = 50;

/**
 * Runs tasks through the real handlers while the real client follows them, in virtual time. Each task has a client of its own. Counts what
 * all of it uses, for each task.
 */
export async function countFollowed(options: FollowedOptions): Promise<Usage> {
  const time = new VirtualClock();
  time.install();
  try {
    return await new FollowedTasks(options).run(time);
  } finally {
    time.uninstall();
  }
}

class FollowedTasks {
  private readonly table = new CountingTable(() => clock.now());
  private readonly store = new TaskStore(this.table.sdkClient(), 'TaskStatus', 7 * 24 * 3600);
  private readonly sockets = new Map<string, (message: string) => void>();
  private readonly live = new LiveFunctions({
    store: this.store,
    nowMs: () => clock.now(),
    onPost: (connectionId, text) => clock.after(LATENCY_MS, () => this.sockets.get(connectionId)!(text)),
  });
  private readonly taskIds: string[] = [];
  private requests = 0;
  private invocations = 0;
  private functionSeconds = 0;
  private logBytes = 0;
  private published = 0;

  constructor(private readonly options: FollowedOptions) {}

  public async run(time: VirtualClock): Promise<Usage> {
    const { batch, seconds, progressReports, following } = this.options;
    const client = () => new TaskClient({
      url: 'https://api.example/prod',
      fetch: this.fetch,
      ...(following === 'live' && { liveUrl: 'wss://live.example/live', webSocket: this.webSocket() }),
    });
    for (let n = 1; n <= progressReports; n++) {
      const progress = { percent: Math.round(100 * n / (progressReports + 1)), message: `step ${n} of ${progressReports + 1}` };
      clock.after(1000 * seconds * n / (progressReports + 1), () => void this.report({ status: 'RUNNING', sequence: n, progress }));
    }
    clock.after(1000 * seconds, () => void this.report({ status: 'SUCCESSFUL', result: { url: `https://example.com/${'x'.repeat(100)}` } }));
    time.isHeld = true;
    const ends = Array.from({ length: batch }, async () => {
      if (following === 'none') return client().create('export', { text: 'x'.repeat(190) });
      return client().run('export', { text: 'x'.repeat(190) }, following === 'waits' ? { pollWaitSeconds: WAIT_SECONDS } : {});
    });
    // Each client loads the code of its socket, in real time.
    while (following === 'live' && this.sockets.size < batch) await new Promise(setImmediate);
    time.isHeld = false;
    // Time starts with a timer.
    clock.after(0, () => {});
    await Promise.all(ends);
    await time.untilIdle();
    return this.usage();
  }

  private usage(): Usage {
    const { counts } = this.live;
    const { units } = this.table;
    const each = (sum: number) => sum / this.options.batch;
    return {
      requests: each(this.requests),
      invocations: each(this.invocations + counts.invocations),
      functionSeconds: each(this.functionSeconds + counts.functionSeconds),
      logBytes: each(this.logBytes),
      writeUnits: each(units.write + counts.writeUnits),
      readUnits: each(units.read + counts.readUnits),
      queueRequests: each(counts.queueRequests),
      fairQueueRequests: each(counts.fairQueueRequests),
      messages: each(counts.messages),
      connectionMinutes: each(counts.connectionMinutes),
      // Those of the task itself, which following does not change.
      events: 0,
      storedBytes: 0,
    };
  }

  private readonly fetch: Fetch = async (url, { method, headers, body }) => {
    const startedAt = clock.now();
    const taskId = /\/tasks\/([^/?]+)/.exec(url)?.[1];
    const router = new Router({
      store: this.store,
      taskTimeoutSeconds: 24 * 3600,
      maxRequestBytes: 65_536,
      maxWaitSeconds: WAIT_SECONDS,
      ownerOf: () => undefined,
      now: () => new Date(clock.now()),
      sleep: (ms) => new Promise<void>((resolve) => clock.after(ms, resolve)),
    });
    const event = {
      httpMethod: method,
      resource: taskId === undefined ? '/tasks' : '/tasks/{taskId}',
      path: new URL(url).pathname,
      pathParameters: { taskId },
      headers: Object.fromEntries(headers.entries()),
      body,
    };
    const answer = await router.answer(event as unknown as APIGatewayProxyEvent);
    this.requests++;
    this.invoke(ASSUMED.apiSeconds + (clock.now() - startedAt) / 1000);
    if (method === 'POST') {
      this.taskIds.push(JSON.parse(answer.body).taskId);
      if (this.taskIds.length === this.options.batch) this.readStream();
    }
    // Without the streams of a real response, which take turns of the event loop, and so virtual time.
    const { statusCode: status, headers: answered, body: text } = answer;
    return { ok: status < 300, status, headers: new Headers(answered as Record<string, string>), text: async () => text } as Response;
  };

  private webSocket(): WebSocketClass {
    const { live, sockets } = this;
    return class {
      public onopen: (() => void) | null = null;
      public onmessage: ((event: { data: string }) => void) | null = null;
      public onerror = null;
      public onclose = null;
      private readonly id = `connection-${sockets.size}`;

      constructor() {
        sockets.set(this.id, (data) => this.onmessage?.({ data }));
        void live.connect(this.id).then(() => clock.after(LATENCY_MS, () => this.onopen?.()));
      }

      public send(text: string): void {
        void live.ask(this.id, text).then((data) => clock.after(LATENCY_MS, () => this.onmessage?.({ data })));
      }

      public close(): void {
        live.close(this.id);
      }
    } as WebSocketClass;
  }

  private async report(detail: object): Promise<void> {
    const Records = this.taskIds.map((taskId) => message({ taskId, ...detail }));
    const { base, record } = ASSUMED.updaterSeconds;
    this.invoke(base + record * Records.length);
    await this.meter(() => new StatusUpdater({
      store: this.store, metrics: new InvocationMetrics(SOURCE), eventSource: SOURCE, undeliveredQueueArn: '', now: () => new Date(clock.now()),
    }).update({ Records }));
    this.readStream();
  }

  /** Hands the changes since the last time to the readers of the stream. */
  private readStream(): void {
    const records = this.table.changes.slice(this.published).map(({ before, after }) => ({
      eventName: before ? 'MODIFY' : 'INSERT', dynamodb: { OldImage: before, NewImage: after, SequenceNumber: '1' },
    }) as DynamoDBRecord);
    this.published = this.table.changes.length;
    clock.after(STREAM_MS, () => {
      void this.publish(records.filter((record) => STREAM_FILTERS.some((pattern) => matchesPattern(pattern, record))));
      if (this.options.hasLiveUpdates) void this.live.publish(records);
    });
  }

  private async publish(Records: DynamoDBRecord[]): Promise<void> {
    if (Records.length === 0) return;
    const { base, record } = ASSUMED.publisherSeconds;
    this.invoke(base + record * Records.length);
    const bus = {
      send: async ({ input: { Entries = [] } }: PutEventsCommand) => ({ FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) }),
    } as unknown as EventBridgeClient;
    await this.meter(() => new StatusPublisher({
      store: this.store,
      sender: new EventSender(bus),
      bus: { eventBusName: 'Bus', eventSource: SOURCE },
      changes: new ChangeLog(new InvocationMetrics(SOURCE), []),
      sqs: {} as SQSClient,
      deadLetterQueueUrl: '',
      now: () => new Date(clock.now()),
      hasTime: () => true,
    }).publish({ Records }));
  }

  private async meter(run: () => Promise<{ readonly batchItemFailures: unknown[] }>): Promise<void> {
    const { result, logged } = await meterLogs(run);
    if (result.batchItemFailures.length > 0) throw new Error('some records were not handled');
    this.logBytes += logged.bytes;
  }

  private invoke(seconds: number): void {
    this.invocations++;
    this.functionSeconds += seconds;
  }
}

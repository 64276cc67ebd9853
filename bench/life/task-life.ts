import { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { APIGatewayProxyEvent, APIGatewayProxyResult, DynamoDBRecord } from 'aws-lambda';
import { CountingTable, Units } from './counting-table';
import { Logged, meterLogs } from './log-meter';
import { STREAM_FILTERS } from '../../src/protocol/table';
import { ChangeLog } from '../../src/runtime/events/change-log';
import { EventSender } from '../../src/runtime/events/event-sender';
import { StatusPublisher } from '../../src/runtime/events/status-publisher';
import { StatusUpdater } from '../../src/runtime/events/status-updater';
import { Router } from '../../src/runtime/http/router';
import { InvocationMetrics } from '../../src/runtime/support/invocation-metrics';
import { TaskStore } from '../../src/runtime/task/task-store';
import { matchesPattern } from '../../test/support/event-pattern';
import { message, SOURCE } from '../events';

export interface LifeOptions {
  readonly payloadBytes: number;
  /** Number of reports of progress, before the report of the end. */
  readonly progressReports: number;
  readonly polls: number;
  /** Number of tasks at a time. A function gets as many records at once. */
  readonly batch: number;
}

/** What one step of all tasks used. */
export interface Step {
  readonly name: string;
  readonly requests: number;
  readonly invocations: number;
  readonly records: number;
  readonly calls: Record<string, number>;
  readonly units: Units;
  /** Events on the bus as EventBridge bills them, one for each 64 KB or part of it. */
  readonly eventUnits: number;
  /** Messages that EventBridge sends to the queue. SQS bills them in the same way. */
  readonly messageUnits: number;
  readonly logged: Logged;
}

/** The known counts of a step, before it runs. */
type Known = Pick<Step, 'name' | 'requests' | 'invocations' | 'records'> & Partial<Pick<Step, 'messageUnits'>>;

const CHUNK_BYTES = 64 * 1024;
const SECOND_MS = 1000;

/** Runs tasks through the real handlers, on a table, a bus and a queue that count. */
export class TaskLife {
  public readonly steps: Step[] = [];
  private nowMs = Date.parse('2026-11-23T10:00:00.000Z');
  private readonly table = new CountingTable(() => this.nowMs);
  private readonly store = new TaskStore(this.table.sdkClient(), 'TaskStatus', 7 * 24 * 3600);
  private readonly eventCalls: PutEventsRequestEntry[][] = [];
  private eventUnits = 0;
  private published = 0;

  constructor(private readonly options: LifeOptions) {}

  public async run(): Promise<Step[]> {
    const { payloadBytes, progressReports, polls } = this.options;
    const payload = { text: 'x'.repeat(payloadBytes - '{"text":""}'.length) };
    const created = await this.requests('create', () => this.request('POST', '/tasks', null, JSON.stringify({ type: 'export', payload })));
    const taskIds = created.map(({ body }) => JSON.parse(body).taskId as string);
    await this.publish('publish created');
    // The last poll sees the end of the task. The others come before.
    const poll = (name: string) => this.requests(name, (i) => this.request('GET', '/tasks/{taskId}', { taskId: taskIds[i] }));
    for (let n = 1; n <= progressReports; n++) {
      const progress = { percent: Math.round(100 * n / (progressReports + 1)), message: `step ${n} of ${progressReports + 1}` };
      await this.report(`report progress ${n}`, taskIds, { status: 'RUNNING', sequence: n, progress });
      await this.publish(`publish progress ${n}`);
      if (n < polls) await poll(`poll ${n}`);
    }
    for (let n = progressReports + 1; n < polls; n++) await poll(`poll ${n}`);
    await this.report('report the end', taskIds, { status: 'SUCCESSFUL', result: { url: `https://example.com/${'x'.repeat(100)}` } });
    await this.publish('publish the end');
    if (polls > 0) await poll(`poll ${polls}`);
    return this.steps;
  }

  private async requests(name: string, send: (index: number) => Promise<APIGatewayProxyResult>): Promise<APIGatewayProxyResult[]> {
    const { batch } = this.options;
    return this.step({ name, requests: batch, invocations: batch, records: batch }, async () => {
      const results: APIGatewayProxyResult[] = [];
      for (let i = 0; i < batch; i++) results.push(await send(i));
      return results;
    });
  }

  private async request(
    httpMethod: string, resource: string, pathParameters: object | null, body?: string,
  ): Promise<APIGatewayProxyResult> {
    const router = new Router({
      store: this.store,
      taskTimeoutSeconds: 24 * 3600,
      maxRequestBytes: 65_536,
      maxWaitSeconds: 0,
      ownerOf: () => undefined,
      now: () => new Date(this.nowMs),
      sleep: () => Promise.reject(new Error('unexpected sleep')),
    });
    const headers = { 'Content-Type': 'application/json' };
    const response = await router.answer({ httpMethod, resource, pathParameters, body, headers } as unknown as APIGatewayProxyEvent);
    if (response.statusCode >= 300) throw new Error(`the API answered ${response.statusCode}: ${response.body}`);
    return response;
  }

  /** Publishes the changes that pass the filter of the mapping. Filtered ones cost nothing. */
  private async publish(name: string): Promise<void> {
    const records = this.table.changes.slice(this.published).map(({ before, after }) => ({
      eventName: before ? 'MODIFY' : 'INSERT', dynamodb: { NewImage: after, SequenceNumber: '1' },
    }) as DynamoDBRecord).filter((record) => STREAM_FILTERS.some((pattern) => matchesPattern(pattern, record)));
    this.published = this.table.changes.length;
    if (records.length === 0) return;
    await this.step({ name, requests: 0, invocations: 1, records: records.length }, async () => {
      const { batchItemFailures } = await new StatusPublisher({
        store: this.store,
        sender: new EventSender(this.bus()),
        bus: { eventBusName: 'Bus', eventSource: SOURCE },
        changes: new ChangeLog(new InvocationMetrics(SOURCE), []),
        sqs: {} as SQSClient,
        deadLetterQueueUrl: '',
        now: () => new Date(this.nowMs),
        hasTime: () => true,
      }).publish({ Records: records });
      if (batchItemFailures.length > 0) throw new Error('some records were not published');
    });
  }

  /** Sends a report of each task over the bus and the queue to the updater. */
  private async report(name: string, taskIds: string[], update: object): Promise<void> {
    const messages = taskIds.map((taskId) => message({ taskId, ...update }));
    const units = messages.reduce((sum, { body }) => sum + chunks(Buffer.byteLength(body)), 0);
    this.eventUnits += units;
    await this.step({ name, requests: 0, invocations: 1, records: messages.length, messageUnits: units }, async () => {
      const { batchItemFailures } = await new StatusUpdater({
        store: this.store, metrics: new InvocationMetrics(SOURCE), eventSource: SOURCE, undeliveredQueueArn: '', now: () => new Date(this.nowMs),
      }).update({ Records: messages });
      if (batchItemFailures.length > 0) throw new Error('some reports were not written');
    });
  }

  private bus(): EventBridgeClient {
    return {
      send: async ({ input: { Entries = [] } }: PutEventsCommand) => {
        this.eventCalls.push(Entries);
        for (const { Source, DetailType, Detail } of Entries) this.eventUnits += chunks(Buffer.byteLength(`${Source}${DetailType}${Detail}`));
        return { FailedEntryCount: 0, Entries: Entries.map(() => ({ EventId: 'id' })) };
      },
    } as unknown as EventBridgeClient;
  }

  /** Runs a step, and records what it adds to the counts. */
  private async step<T>(known: Known, action: () => Promise<T>): Promise<T> {
    this.nowMs += SECOND_MS;
    const before = {
      units: { ...this.table.units },
      calls: this.table.calls.length,
      eventCalls: this.eventCalls.length,
      // The events of the processors were already counted.
      eventUnits: this.eventUnits - (known.messageUnits ?? 0),
    };
    const { result, logged } = await meterLogs(action);
    const { units } = this.table;
    const calls: Record<string, number> = {};
    for (const call of this.table.calls.slice(before.calls)) calls[call] = (calls[call] ?? 0) + 1;
    if (this.eventCalls.length > before.eventCalls) calls.PutEvents = this.eventCalls.length - before.eventCalls;
    this.steps.push({
      messageUnits: 0,
      ...known,
      logged,
      calls,
      units: {
        read: units.read - before.units.read,
        write: units.write - before.units.write,
        checks: units.checks - before.units.checks,
        owners: units.owners - before.units.owners,
      },
      eventUnits: this.eventUnits - before.eventUnits,
    });
    return result;
  }
}

function chunks(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES);
}

import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { APIGatewayProxyEvent, APIGatewayProxyResult, DynamoDBRecord, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { Clock } from './clock';
import { CountedChanges } from './counted-changes';
import { BusEvent, EventBus } from './event-bus';
import { HELPED, invokeHelped, STOPPABLE } from './helped';
import { Invariants, Life, lifeOf, mark, Violation } from './invariants';
import { Environment, Faults, Invocation, NO_FAULTS } from './invocation';
import { LiveUpdates } from './live-updates';
import { LongWork } from './long-work';
import { ATTENTIVE, BEHAVIOUR_NAMES, BREATHLESS, invocationRecord, OUTCOMES, OWN_KEY, RETURNING, steps, UNREACHABLE } from './processor';
import { Message, Queue } from './queue';
import { Stream } from './stream';
import { SentTrace, sentTrace } from './trace';
import { LONG, LONG_NAMES } from './work';
import { formatOwnerPlace } from '../../src/protocol/environment';
import { STREAM_FILTERS, TABLE } from '../../src/protocol/table';
import {
  EVENT, isTerminal, processorSourcePrefix, taskResultKeyPrefix, TaskStatus, TaskStatusReply, TaskStatusRequest,
} from '../../src/protocol/wire';
import { EventSender } from '../../src/runtime/events/event-sender';
import { Reporter } from '../../src/runtime/events/reporter';
import { StatusPublisher } from '../../src/runtime/events/status-publisher';
import { StatusUpdater } from '../../src/runtime/events/status-updater';
import { ownerFrom } from '../../src/runtime/http/owner';
import { Router } from '../../src/runtime/http/router';
import { CHECK_SHARDS } from '../../src/runtime/task/index-keys';
import { StatusReader } from '../../src/runtime/task/status-reader';
import { parseStatusRequest } from '../../src/runtime/task/status-request';
import { handOverEvent, parseSweepRequest } from '../../src/runtime/task/sweep-request';
import { ALONE_MS, Sweeper } from '../../src/runtime/task/sweeper';
import { dueAt } from '../../src/runtime/task/task';
import { fromImage } from '../../src/runtime/task/task-items';
import { TaskStore } from '../../src/runtime/task/task-store';
import { DEAD_LETTER_ATTRIBUTES } from '../support/builders';
import { Item } from '../support/expressions';
import { InMemoryTable } from '../support/in-memory-table';
import { leaveNothingToChance, Random } from '../support/random';
import { RecordedMetrics } from '../support/recorded-metrics';

export interface WorldOptions {
  readonly seed: number;
  readonly tasks: number;
  readonly faults: Faults;
  /** Share of tasks with long work. */
  readonly longShare: number;
  /** Share of worlds with live updates. */
  readonly liveShare: number;
  /** Time in which all tasks are created. */
  readonly creationSeconds: number;
  /** How long a task is kept after its end. */
  readonly retentionSeconds: number;
}

/** A task in the reply to its creation. */
interface Accepted extends Life {
  readonly deadlineAt: string;
}

const EVENT_SOURCE = 'task-manager.Simulation.Tasks-00000000';
const STATUS_READER_ARN = 'arn:aws:lambda:us-east-1:111111111111:function:StatusReader';
const UNDELIVERED_QUEUE_ARN = 'arn:aws:sqs:us-east-1:111111111111:Undelivered';
const TASK_TIMEOUT_SECONDS = 600;
const SWEEP_MS = 60_000;
/** Timeout of the sweeper's function. */
const SWEEPER_MS = 90_000;
const INDEX_LAG_MS = 5_000;
/** Maximum time by which a read lags that is not strongly consistent. */
const READ_LAG_MS = 1_000;
/** Maximum time of the calls of one sweep. */
const CALLS_MS = 5_000;
/** Tasks are created in the first five minutes. In the rest of the time, all deadlines, retries and redeliveries pass. */
const CREATION_MS = 300_000;
/** Time in which keys are used again, if tasks are kept for a shorter time. */
const REUSE_MS = 900_000;
/** Maximum time after which the table removes an expired item. */
const REMOVAL_LAG_MS = 120_000;
/** Number of attempts of Lambda's asynchronous invocations and of EventBridge's deliveries. */
const ATTEMPTS = 3;

const OWNER_HEADER = 'X-Task-Owner';
const OWNERS = ['ada', 'grace'];

/** Distance between the seeds of tasks and of live updates. */
const LIVE_SEEDS = 1_234_567;

/**
 * A TaskManager with its processors and suppliers, in simulated time: the real handlers, on services that misbehave as those of AWS can.
 */
export class World {
  private readonly clock = new Clock();
  private readonly random: Random;
  private readonly invariants = new Invariants();
  private readonly start = this.clock.now;
  private faults: Faults;
  private readonly environment: Environment;
  private readonly table: InMemoryTable;
  private readonly stream: Stream;
  private readonly bus: EventBus;
  private readonly updates: Queue;
  private readonly undelivered: Queue;
  /** The queue before the function of a processor with `maxConcurrency`. */
  private readonly work: Queue;
  private readonly longWork: LongWork;
  private readonly liveUpdates?: LiveUpdates;
  /** Names of the behaviours, by life. */
  private readonly behaviours = new Map<string, string>();
  /** How many requests for new tasks were sent. */
  private posts = 0;
  /** The headers of tracing of the requests with a key, by owner and key. */
  private readonly tracesOfKeys = new Map<string, SentTrace[]>();
  private readonly endMs: number;

  constructor(private readonly options: WorldOptions) {
    const world = this;
    this.random = new Random(options.seed);
    leaveNothingToChance(this.random);
    this.faults = options.faults;
    this.endMs = CREATION_MS + (this.isForgetful ? REUSE_MS : 0) + TASK_TIMEOUT_SECONDS * 1000 + 4 * SWEEP_MS;
    this.table = new InMemoryTable({
      now: () => this.clock.now,
      indexLag: () => 100 * this.random.int(0, INDEX_LAG_MS / 100),
      readLag: () => this.random.chance(0.1) ? 100 * this.random.int(0, READ_LAG_MS / 100) : 0,
      onChange: (change) => {
        this.invariants.onChange(change, this.table.items);
        this.stream.push(change);
        this.liveUpdates?.onChange(change);
        if (!change.before) this.onNewItem(change.after);
        if (this.isForgetful) this.removeLater(change.after);
      },
    });
    this.environment = {
      clock: this.clock,
      random: this.random,
      get faults() { return world.faults; },
      services: {
        dynamodb: (command) => this.table.execute(command),
        eventbridge: (command) => this.bus.putEvents((command as PutEventsCommand).input),
        sqs: (command) => this.parked((command as SendMessageCommand).input.MessageBody!),
        sfn: (command) => this.longWork.stepFunctions.execute(command),
        ecs: (command) => this.longWork.containers.execute(command),
      },
      onCall: (inFlight) => this.invariants.onCall(inFlight),
    };
    this.stream = new Stream(this.environment, {
      filters: STREAM_FILTERS,
      consume: (invocation, records) => this.publish(invocation, records),
      onRepeat: (records) => this.invariants.onRepeated(records),
    });
    this.bus = new EventBus(this.environment, (event, json) => this.route(event, json));
    const queueOptions = {
      consume: (invocation: Invocation, Records: Parameters<StatusUpdater['update']>[0]['Records']) => this.updater(invocation).update({ Records }),
      onAcknowledged: ({ body, event }: Message) => this.invariants.onAcknowledged(event ?? JSON.parse(body), this.table.items),
    };
    this.updates = new Queue(this.environment, { ...queueOptions, arn: 'arn:aws:sqs:us-east-1:111111111111:Reports' });
    this.undelivered = new Queue(this.environment, { ...queueOptions, arn: UNDELIVERED_QUEUE_ARN });
    this.work = new Queue(this.environment, {
      arn: 'arn:aws:sqs:us-east-1:111111111111:Work',
      consume: (_, [record]) => this.processQueued(record),
      batchSize: 1,
      maxReceives: ATTEMPTS,
      visibilityMs: 60_000,
      deadLetterQueue: this.failures(() => {}),
    });
    this.longWork = new LongWork({
      environment: this.environment,
      bus: this.bus,
      invariants: this.invariants,
      isFaulty: this.isFaulty,
      items: this.table.items,
      sender: (invocation) => this.sender(invocation),
      ask: (life, request) => this.ask(life, { isOwn: true, ...request }),
      failures: (onFailed) => this.failures(onFailed),
    });
    // Live updates have random numbers of their own, so that the tasks live the same lives with and without them.
    const random = new Random(options.seed + LIVE_SEEDS);
    if (random.chance(options.liveShare)) this.liveUpdates = this.makeLiveUpdates(random);
  }

  private makeLiveUpdates(random: Random): LiveUpdates {
    const { retentionSeconds, creationSeconds } = this.options;
    return new LiveUpdates({
      environment: this.environment,
      random,
      retentionSeconds,
      owners: OWNERS,
      items: this.table.items,
      isFaulty: this.isFaulty,
      isBurst: creationSeconds * 1000 < CREATION_MS,
      endAt: this.start + this.endMs,
      fail: (what) => this.invariants.fail(what),
      poll: async (environment, owner, taskId, etag) => this.request(owner, {
        httpMethod: 'GET', resource: '/tasks/{taskId}', pathParameters: { taskId }, headers: { ...(etag !== undefined && { 'If-None-Match': etag }) },
      }, environment),
    });
  }

  /** Makes the dead-letter queue of a processor, whose messages its reporter reports. */
  private failures(onFailed: (task: Life) => void): Queue {
    return new Queue(this.environment, {
      arn: 'arn:aws:sqs:us-east-1:111111111111:Failures',
      consume: (invocation, Records) => {
        for (const { body } of Records) onFailed(JSON.parse(body).detail);
        return new Reporter({ sender: this.sender(invocation), attempts: ATTEMPTS }).reportFailures({ Records });
      },
      maxReceives: Infinity,
    });
  }

  /** Runs the simulation. Returns the number of tasks and the next random number. Throws the first violation of an invariant. */
  public async live(): Promise<{ lives: number; chance: number }> {
    for (let i = 0; i < this.options.tasks; i++) {
      this.clock.after(10 * this.random.int(0, 100 * this.options.creationSeconds), () => void this.createTask());
    }
    for (let i = this.options.tasks / 20; i > 0; i--) this.clock.after(1000 * this.random.int(1, 600), () => this.intrude());
    for (let at = SWEEP_MS; at <= this.endMs; at += SWEEP_MS) this.clock.after(at, () => void this.sweep());
    this.liveUpdates?.start();
    await this.clock.runUntil(this.start + this.endMs);
    // A failure after that is not caused by a fault.
    this.faults = NO_FAULTS;
    this.longWork.calmDown();
    for (let i = 1; i <= 3; i++) this.clock.after(i * SWEEP_MS, () => void this.sweep());
    await this.clock.runUntil(Infinity);

    this.invariants.atTheEnd(this.table.items);
    this.liveUpdates?.atTheEnd();
    if (this.invariants.violation) throw this.invariants.violation;
    if (!this.isFaulty) this.checkOutcomes();
    return { lives: this.invariants.lives(this.table.items).size, chance: this.random.int(0, 0x7fffffff) };
  }

  private async createTask(): Promise<void> {
    const behaviour = this.behaviour();
    const payload = { behaviour, ...(!LONG.has(behaviour) && this.random.chance(0.1) && { text: 'x'.repeat(2100) }) };
    const timeoutSeconds = this.isFaulty && this.random.chance(0.3) ? this.random.int(1, 300) : undefined;
    const body = JSON.stringify({ type: 'export', payload, timeoutSeconds });
    const owner = this.random.pick(OWNERS);
    if (!this.random.chance(this.isForgetful ? 0.5 : 0.2)) return this.lead(owner, behaviour, this.accepted(await this.post(owner, body)));
    const key = `key-${this.random.int(0, 0x7fffffff)}`;
    const create = async () => this.lead(owner, behaviour, await this.createOnce(owner, body, key));
    for (let i = this.isForgetful ? this.random.int(1, 3) : 0; i > 0; i--) {
      this.clock.after(1000 * this.random.int(60, REUSE_MS / 1000), () => void create());
    }
    await create();
  }

  private behaviour(): string {
    // A race that is rarely seen.
    if (this.random.chance(0.1)) return BREATHLESS;
    return this.random.pick(this.random.chance(this.options.longShare) ? LONG_NAMES : BEHAVIOUR_NAMES);
  }

  /** Polls and cancels an accepted task at random. */
  private lead(owner: string, behaviour: string, task: Accepted | undefined): void {
    if (!task) return;
    const { taskId, deadlineAt } = task;
    this.behaviours.set(lifeOf(task), behaviour);
    this.liveUpdates?.onAccepted(owner, task);
    if (behaviour === BREATHLESS) {
      const remainingMs = Math.max(0, Date.parse(deadlineAt) - this.clock.now);
      for (let i = 0; i < 3; i++) this.clock.after(remainingMs + 10 * this.random.int(0, 40), () => void this.poll(owner, taskId));
    }
    for (let i = this.random.int(0, 2); i > 0; i--) this.clock.after(this.soonOrLate(), () => void this.poll(owner, taskId));
    if (behaviour === STOPPABLE && this.random.chance(0.5)) {
      // While the work runs, or in the pause before its retry.
      this.cancelAfter(1000 * this.random.int(1, 180), owner, task);
    } else if (LONG.get(behaviour)?.cancelsAfterMs && this.random.chance(0.7)) {
      const cancelAt = Date.parse(task.createdAt) + LONG.get(behaviour)!.cancelsAfterMs!(this.random);
      this.cancelAfter(Math.max(0, cancelAt - this.clock.now), owner, task);
    } else if (this.random.chance(0.15)) {
      this.cancelAfter(this.soonOrLate(), owner, task);
    }
  }

  private soonOrLate(): number {
    return 1000 * this.random.int(1, TASK_TIMEOUT_SECONDS + 60);
  }

  private cancelAfter(ms: number, owner: string, task: Life): void {
    this.clock.after(ms, () => void this.cancel(owner, task.taskId));
    this.liveUpdates?.onCancelling(owner, task, ms);
  }

  /** Sends a request with a key until it is answered, and sometimes twice at the same time. */
  private async createOnce(owner: string, body: string, key: string): Promise<Accepted | undefined> {
    const headers = { 'Idempotency-Key': key };
    const tasks: (Accepted | undefined)[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS && tasks.length === 0; attempt++) {
      const answers = await Promise.all(Array.from({ length: this.random.int(1, 2) }, () => this.post(owner, body, headers)));
      for (const answer of answers) if (answer) tasks.push(this.accepted(answer));
    }
    this.invariants.onSameKey(new Set(tasks.map((task) => task?.taskId)));
    if (this.isForgetful) return tasks[0];
    const reused = await this.post(owner, JSON.stringify({ type: 'export', payload: { behaviour: 'quick' }, timeoutSeconds: 599 }), headers);
    // If all answers were lost, there may be no task, so that the key is new to this request.
    if (tasks.length > 0) this.invariants.onReused(reused?.statusCode);
    else this.accepted(reused);
    return tasks[0];
  }

  private async post(owner: string, body: string, headers: Record<string, string> = {}): Promise<APIGatewayProxyResult | undefined> {
    const trace = sentTrace(this.posts++);
    const sent = this.tracesWith(owner, headers, trace);
    const answer = await this.request(owner, {
      httpMethod: 'POST', resource: '/tasks', body, headers: { 'Content-Type': 'application/json', ...headers, ...trace.headers },
    });
    if (answer?.statusCode === 202) this.invariants.onTraced(JSON.parse(answer.body), sent);
    return answer;
  }

  /** Returns the headers of tracing of a request, after those of earlier ones with its key. One of them created the task. */
  private tracesWith(owner: string, { 'Idempotency-Key': key }: Record<string, string>, trace: SentTrace): SentTrace[] {
    if (key === undefined) return [trace];
    const traces = this.tracesOfKeys.get(`${owner} ${key}`) ?? [];
    this.tracesOfKeys.set(`${owner} ${key}`, traces);
    traces.push(trace);
    return traces;
  }

  private accepted(answer: APIGatewayProxyResult | undefined): Accepted | undefined {
    if (answer?.statusCode !== 202) return undefined;
    const task: Accepted = JSON.parse(answer.body);
    this.invariants.onAccepted(task);
    return task;
  }

  /** Remembers which tasks have long work. */
  private onNewItem({ item, taskId, createdAt, payload }: Item): void {
    if (item.S !== TABLE.HEAD || !payload?.S) return;
    this.longWork.onCreated({ taskId: taskId.S!, createdAt: createdAt.S! }, JSON.parse(payload.S).behaviour);
  }

  private headOf(taskId: string): Item | undefined {
    return this.table.items.get(`${taskId}/${TABLE.HEAD}`);
  }

  /** Removes a head some time after its expiry. */
  private removeLater({ taskId, item, expiresAt }: Item): void {
    if (item.S !== TABLE.HEAD || !expiresAt) return;
    this.clock.after(Number(expiresAt.N) * 1000 - this.clock.now + 1000 * this.random.int(0, REMOVAL_LAG_MS / 1000), () => {
      this.invariants.onRemoved(this.table.remove(`${taskId.S}/${TABLE.HEAD}`)!, this.table.items);
    });
  }

  /** A stranger who can create rules on the bus, and so send events to both queues, tries to end a task. */
  private intrude(): void {
    const [taskId, createdAt] = this.random.pick([...this.behaviours.keys(), '@']).split('@');
    const time = this.clock.date().toISOString();
    const by = mark('a stranger');
    const end = this.random.pick([{ status: 'FAILED', error: { code: 'Stranger', message: by } }, { status: 'SUCCESSFUL', result: by }]);
    const report = { 'source': `${EVENT_SOURCE}.processor.export`, 'detail-type': EVENT.UPDATED, time, 'detail': { taskId, ...end } };
    const created = { 'source': EVENT_SOURCE, 'detail-type': EVENT.CREATED, time, 'detail': { taskId, type: 'export', createdAt } };
    const attributes = this.random.chance(0.5) ? DEAD_LETTER_ATTRIBUTES : undefined;
    this.random.pick([
      () => this.undelivered.send({ body: JSON.stringify(report), attributes }),
      () => this.undelivered.send({ body: JSON.stringify(created) }),
      () => this.updates.send({ body: JSON.stringify(created), attributes }),
      () => this.updates.send({ body: JSON.stringify({ ...report, source: 'somebody.else' }) }),
    ])();
  }

  private async poll(owner: string, taskId: string): Promise<void> {
    const askedAt = this.clock.date().toISOString();
    const head = this.headOf(taskId);
    const asks = this.random.chance(0.1) ? this.random.pick(OWNERS) : owner;
    const answer = await this.request(asks, { httpMethod: 'GET', resource: '/tasks/{taskId}', pathParameters: { taskId } });
    if (answer) this.invariants.onAnswer(answer, asks === owner, askedAt, this.isStillThere(head));
  }

  /** Returns whether the same task is still in the table. Another one may have its id. */
  private isStillThere(head: Item | undefined): boolean {
    return head !== undefined && head.createdAt.S === this.headOf(head.taskId.S!)?.createdAt.S;
  }

  private async cancel(owner: string, taskId: string): Promise<void> {
    const head = this.headOf(taskId);
    const answer = await this.request(owner, { httpMethod: 'POST', resource: '/tasks/{taskId}/cancel', pathParameters: { taskId } });
    if (answer && this.isStillThere(head)) this.invariants.onCancel(taskId, answer.statusCode, this.table.items);
  }

  /** Sends a request. Returns undefined if there was no answer, or only an error. */
  private async request(
    owner: string, event: Partial<APIGatewayProxyEvent>, environment = this.environment,
  ): Promise<APIGatewayProxyResult | undefined> {
    const request = { ...event, headers: { ...event.headers, [OWNER_HEADER]: owner } } as unknown as APIGatewayProxyEvent;
    const invocation = new Invocation(environment);
    const answer = await invocation.run(() => new Router({
      store: this.store(invocation),
      taskTimeoutSeconds: TASK_TIMEOUT_SECONDS,
      maxRequestBytes: 65_536,
      maxWaitSeconds: 0,
      ownerOf: ownerFrom(formatOwnerPlace('header', OWNER_HEADER)),
      now: () => this.clock.date(),
      sleep: (ms) => this.clock.sleep(ms),
    }).answer(request)).catch(() => undefined);
    // After a fault, a 503 means the same as no answer: nobody knows whether the request had an effect.
    return answer?.statusCode === 503 && invocation.hadFault ? undefined : answer;
  }

  private publish(invocation: Invocation, Records: DynamoDBRecord[]) {
    return new StatusPublisher({
      store: this.store(invocation),
      sender: this.sender(invocation),
      bus: { eventBusName: 'Bus', eventSource: EVENT_SOURCE, statusReaderArn: STATUS_READER_ARN },
      changes: new CountedChanges((task) => this.invariants.onCounted(task)),
      sqs: invocation.clients().sqs,
      deadLetterQueueUrl: 'https://queue',
      now: () => this.clock.date(),
      hasTime: () => true,
    }).publish({ Records });
  }

  private updater(invocation: Invocation): StatusUpdater {
    return new StatusUpdater({
      store: this.store(invocation),
      metrics: new RecordedMetrics(),
      eventSource: EVENT_SOURCE,
      undeliveredQueueArn: UNDELIVERED_QUEUE_ARN,
      hasResultBucket: true,
      now: () => this.clock.date(),
    });
  }

  private async sweep(): Promise<void> {
    const seenAt = new Date(this.clock.now - INDEX_LAG_MS).toISOString();
    if (await this.sweepPart({ 'detail-type': 'Scheduled Event' })) this.invariants.afterSweep(this.table.items, seenAt);
  }

  /** Runs an invocation of the sweeper, and those that it hands shards over to. Returns whether none of them had a fault. */
  private async sweepPart(event: object): Promise<boolean> {
    const invocation = new Invocation(this.environment);
    const parts: Promise<boolean>[] = [];
    // Sometimes the sweep seems so large that it must be shared.
    let callsAlone = this.random.chance(0.3) ? this.random.int(1, 2 * CHECK_SHARDS) : Infinity;
    const sweeper = new Sweeper({
      store: this.store(invocation),
      metrics: new RecordedMetrics(),
      now: () => this.clock.date(),
      remainingMs: () => callsAlone-- > 0 ? SWEEPER_MS : SWEEPER_MS - ALONE_MS,
      handOver: (shards) => invocation.send(() => parts.push(this.sweepPart(JSON.parse(JSON.stringify(handOverEvent(shards)))))),
    });
    await invocation.run(() => sweeper.sweep(parseSweepRequest(event))).catch(() => { invocation.hadFault = true; });
    return (await Promise.all(parts)).every(Boolean) && !invocation.hadFault;
  }

  /** Runs a function that nobody retries. Returns its result; undefined if it failed. */
  private async attempt<T>(handler: (invocation: Invocation) => Promise<T>): Promise<T | undefined> {
    return new Invocation(this.environment).run(handler).catch(() => undefined);
  }

  private store(invocation: Invocation): TaskStore {
    return new TaskStore(invocation.clients().dynamodb, 'TaskStatus', this.options.retentionSeconds);
  }

  private sender(invocation: Invocation): EventSender {
    return new EventSender(invocation.clients().eventbridge, (ms) => this.clock.sleep(Math.ceil(ms)));
  }

  private route(event: BusEvent, json: string): void {
    if (event['detail-type'] === EVENT.UPDATED) {
      if (event.source.startsWith(processorSourcePrefix(EVENT_SOURCE))) this.updates.send({ body: json, event });
      return;
    }
    this.invariants.onPublished(event);
    this.longWork.stop(event, json);
    if (event['detail-type'] !== EVENT.CREATED || this.invariants.violation) return;
    // EventBridge gives up, and sends the event to the rule's dead-letter queue.
    if (event.detail.payload.behaviour === UNREACHABLE || this.random.chance(this.faults.crash)) {
      this.invariants.onUndelivered(event);
      this.undelivered.send({ body: json, event, attributes: { ...DEAD_LETTER_ATTRIBUTES, ERROR_MESSAGE: mark(event.detail.createdAt) } });
    } else if (LONG.has(event.detail.payload.behaviour)) {
      this.longWork.start(event, json);
    } else if (!RETURNING.includes(event.detail.payload.behaviour) && this.random.chance(0.3)) {
      this.work.send({ body: json });
    } else {
      void this.process(event);
    }
  }

  /** Invokes the processor's function as the mapping of its queue does. What it returns is dropped. */
  private async processQueued(record: SQSRecord): Promise<SQSBatchResponse> {
    const { body, messageId, attributes } = record;
    const outcome = await this.runProcessor(JSON.parse(body), Number(attributes.ApproximateReceiveCount), { Records: [record] });
    return { batchItemFailures: outcome !== 'done' && 'throws' in outcome ? [{ itemIdentifier: messageId }] : [] };
  }

  /** Invokes the processor's function as Lambda does: retries it, then invokes its destination. */
  private async process(event: BusEvent): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const outcome = await this.runProcessor(event, attempt);
      if (outcome === 'done') return;
      if ('returns' in outcome) {
        // A processor with the helper can have completeOnReturn or not.
        if (event.detail.payload.behaviour in HELPED && this.random.chance(0.5)) return;
        return this.invokeReporter(invocationRecord(event, 'Success', outcome.returns));
      }
      if (attempt === ATTEMPTS) return this.invokeReporter(invocationRecord(event, 'RetriesExhausted', { errorType: 'Error', errorMessage: outcome.throws }));
      await this.clock.sleep(60_000 * attempt);
    }
  }

  private async runProcessor(event: BusEvent, attempt: number, queueEvent?: object): Promise<ProcessorOutcome> {
    const { taskId, createdAt, reportTo, payload } = event.detail;
    if (payload.behaviour in HELPED) return this.runHelped(event, attempt, queueEvent ?? event);
    const namesTask = this.random.chance(0.5);
    if (await this.isStopped(event)) return 'done';
    for (const step of steps(event, this.random, attempt, this.clock.now)) {
      await this.clock.sleep(step.afterMs);
      if (await this.isStopped(event)) return 'done';
      if (this.random.chance(this.faults.crash)) return { throws: 'no luck' };
      if ('throws' in step || 'returns' in step) return step;
      const { status, createdAt: { S: headCreatedAt } = {} } = this.headOf(taskId) ?? {};
      // A report after the end must name the task, because there may be another one of the same id.
      const mustNameTask = !status || isTerminal(status.S as TaskStatus) || headCreatedAt !== createdAt;
      const about = { taskId, ...((namesTask || mustNameTask) && { taskCreatedAt: createdAt }) };
      const report = JSON.stringify({ ...about, ...(this.isForgetful ? marked(step.report, mark(createdAt)) : step.report) });
      const Detail = report.replace(OWN_KEY, `${taskResultKeyPrefix('export', taskId)}1`);
      const answer = this.bus.putEvents({ Entries: [{ Source: reportTo.source, DetailType: EVENT.UPDATED, Detail }] });
      if (answer.Entries[0].ErrorCode === 'MalformedDetail') return { throws: 'the report was refused' };
    }
    return 'done';
  }

  /** Runs a processor with the helper. */
  private async runHelped(bus: BusEvent, attempt: number, event: object): Promise<ProcessorOutcome> {
    const { taskId, createdAt, payload: { behaviour } } = bus.detail;
    const task = { taskId, createdAt };
    return invokeHelped({
      environment: this.environment,
      behaviour,
      attempt,
      createdAt,
      event,
      maxReceiveCount: ATTEMPTS,
      ask: async (request) => this.ask(task, { isOwn: true, ...request }),
      onStep: (invokedAt) => {
        // With faults, nobody knows when a work can stop. A first attempt does not ask before it starts.
        if (behaviour === STOPPABLE && !this.isFaulty) this.checkWork(task, attempt === 1 ? invokedAt : 0);
      },
    }).then((returns) => ({ returns }), (error) => ({ throws: error.message }));
  }

  /** Checks that the work of a task that has ended does not go on for long. */
  private checkWork({ taskId, createdAt }: Life, invokedAt: number): void {
    const head = this.headOf(taskId);
    if (head?.createdAt.S !== createdAt || !head.endedAt) return;
    this.invariants.onWorkAfterEnd(taskId, this.clock.now - Math.max(invokedAt, Date.parse(head.endedAt.S!)));
  }

  /** Returns whether a processor stops because its task has ended. Others than the attentive one ask now and then, and work on. */
  private async isStopped({ detail }: BusEvent): Promise<boolean> {
    const { behaviour } = detail.payload;
    if (behaviour === ATTENTIVE) return this.hasEnded(detail as unknown as Life);
    // The breathless one reports at a certain time.
    if (behaviour !== BREATHLESS && this.random.chance(0.05)) await this.hasEnded(detail as unknown as Life);
    return false;
  }

  /** Asks for the status of a task, and sometimes of a task that does not exist. Returns whether it has ended, as far as is known. */
  private async hasEnded({ taskId, createdAt }: Life): Promise<boolean> {
    const question = this.random.chance(0.9)
      ? { isOwn: true, taskId, taskType: 'export', createdAt }
      : { isOwn: false, taskId, ...this.random.pick([{ taskType: 'report', createdAt }, { taskType: 'export', createdAt: `1970${createdAt.slice(4)}` }]) };
    const answer = await this.ask({ taskId, createdAt }, question);
    return answer !== undefined && question.isOwn && !['PENDING', 'RUNNING'].includes(answer.status);
  }

  /** Asks the StatusReader. Returns undefined if it did not answer. */
  private async ask(
    life: Life, { isOwn, ...question }: TaskStatusRequest & { readonly isOwn: boolean },
  ): Promise<TaskStatusReply | undefined> {
    const asked = { isOwn, at: this.clock.date().toISOString(), afterEnd: this.invariants.wasEndSeen(life) };
    const answer = await this.attempt((invocation) => this.readStatus(invocation, question));
    if (answer) this.invariants.onStatus(life, answer.status, asked, this.table.items);
    return answer;
  }

  private async readStatus(invocation: Invocation, question: TaskStatusRequest): Promise<TaskStatusReply> {
    const request = parseStatusRequest(JSON.parse(JSON.stringify(question)));
    return new StatusReader({ store: this.store(invocation), now: () => this.clock.date() }).read(request);
  }

  private async invokeReporter(record: object): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const reported = await this.attempt(async (invocation) => {
        await new Reporter({ sender: this.sender(invocation) }).report(record);
        return true;
      });
      if (reported) return;
      await this.clock.sleep(60_000 * attempt);
    }
  }

  private parked(_record: string): object {
    throw new Violation('a record went to the dead-letter queue, although all of them can be published');
  }

  /** Whether tasks are removed while others are created. */
  private get isForgetful(): boolean {
    return this.options.retentionSeconds * 1000 < REUSE_MS;
  }

  private get isFaulty(): boolean {
    return Object.values(this.options.faults).some((probability) => probability > 0);
  }

  /** Checks that each behaviour has its outcome if there are no faults. */
  private checkOutcomes(): void {
    const lives = this.invariants.lives(this.table.items);
    for (const [life, behaviour] of this.behaviours) {
      const expected = OUTCOMES[behaviour];
      const task = fromImage(lives.get(life)!);
      const { taskId, status, error, endedAt } = task;
      if (expected && status !== 'CANCELLED' && error?.code !== expected.code) {
        throw new Violation(`${taskId}: is ${status} with ${error?.code} (${error?.message}), and its processor was ${behaviour}`);
      }
      const lateMs = Date.parse(endedAt!) - Date.parse(dueAt(task));
      if (lateMs > SWEEP_MS + INDEX_LAG_MS + CALLS_MS) throw new Violation(`${taskId}: ended ${lateMs} ms after it was due`);
    }
  }
}

type ProcessorOutcome = 'done' | { readonly throws: string } | { readonly returns: unknown };

/** Adds a mark to a report that shows for which task it was made, if the report has a place for it. */
function marked(report: Record<string, any>, by: string): object {
  const { result, error, progress } = report;
  return {
    ...report,
    ...(isPlain(result) && { result: { ...result, by } }),
    ...(typeof error?.code === 'string' && { error: { ...error, message: `${error.message} ${by}` } }),
    ...(isPlain(progress) && { progress: { ...progress, message: by } }),
  };
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

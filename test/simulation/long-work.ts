import { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { CLUSTER_ARN, CONTAINER, Container, Containers, FAMILY } from './containers';
import { BusEvent, EventBus } from './event-bus';
import { Invariants, Life, lifeOf } from './invariants';
import { Environment, Invocation } from './invocation';
import { Job } from './job';
import { Queue } from './queue';
import { Execution, executionArn, StepFunctions } from './step-functions';
import { LONG, outputOf, WorkEnd } from './work';
import { WorkKind, WrapperRun } from './wrapper';
import { EVENT, TaskStatusReply, TaskStatusRequest } from '../../src/protocol/wire';
import { WorkTask } from '../../src/protocol/work';
import { EventSender } from '../../src/runtime/events/event-sender';
import { ContainerTask } from '../../src/runtime/work/container-task';
import { Executions } from '../../src/runtime/work/executions';
import { NestedExecution } from '../../src/runtime/work/nested-execution';
import { WorkStarter } from '../../src/runtime/work/work-starter';
import { WorkStopper } from '../../src/runtime/work/work-stopper';
import { Item } from '../support/expressions';
import { StateError } from '../support/state-machine';

const MACHINES = 'arn:aws:states:us-east-1:111111111111:stateMachine';
const MACHINE_ARN = `${MACHINES}:Machine`;
const WRAPPER_ARNS: Record<WorkKind, string> = { machine: `${MACHINES}:MachineWrapper`, container: `${MACHINES}:ContainerWrapper` };
const BUCKET = 'results';
const ENDS: string[] = [EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED];

/** Attempts and pauses of the queues: src/private/processor/long-work.ts. */
const STARTS = { maxReceives: 3, visibilityMs: 90_000 };
const STOPS = { maxReceives: 10, visibilityMs: 60_000 };

export interface LongWorkOptions {
  readonly environment: Environment;
  readonly bus: EventBus;
  readonly invariants: Invariants;
  readonly sender: (invocation: Invocation) => EventSender;
  readonly isFaulty: boolean;
  readonly items: ReadonlyMap<string, Item>;
  /** Asks the StatusReader. Returns undefined if it fails. */
  readonly ask: (life: Life, request: TaskStatusRequest) => Promise<TaskStatusReply | undefined>;
  /** Makes the dead-letter queue of a processor, whose messages are reported. */
  readonly failures: (onFailed: (task: Life) => void) => Queue;
}

/** The processors of long work, one for each kind: the real starter, wrapper and stopper, on services that misbehave. */
export class LongWork {
  public readonly stepFunctions: StepFunctions;
  public readonly containers: Containers;
  private readonly starts: Record<WorkKind, Queue>;
  private readonly stops: Record<WorkKind, Queue>;
  /** Ends of tasks whose work could not be stopped. An operator sends them again. */
  private readonly parked: { kind: WorkKind; body: string }[] = [];
  /** The kinds of work, by life. */
  private readonly kinds = new Map<string, WorkKind>();
  /** Lives whose wrappers were started. */
  private readonly wrapped = new Set<string>();
  /** How often work was started, by life. */
  private readonly started = new Map<string, number>();
  /** Lives whose first start of the work was not answered. */
  private readonly unanswered = new Set<string>();
  /** The objects of the result bucket. */
  private readonly objects = new Map<string, string>();
  private isCalm = false;

  constructor(private readonly options: LongWorkOptions) {
    const { environment } = options;
    const wrapper = (kind: WorkKind) => ({
      refusalOf: (input: string) => {
        const { payload, createdAt } = taskIn(kind, input);
        return LONG.get(payload.behaviour)!.refusesWrapper?.(this.ageMs(createdAt));
      },
      run: (execution: Execution) => void this.runWrapper(kind, execution),
    });
    this.stepFunctions = new StepFunctions(environment, {
      [WRAPPER_ARNS.machine]: wrapper('machine'),
      [WRAPPER_ARNS.container]: wrapper('container'),
      [MACHINE_ARN]: { run: (execution) => void this.runMachine(execution) },
    });
    this.containers = new Containers(environment);
    const queues = (queueOf: (kind: WorkKind) => Queue) => ({ machine: queueOf('machine'), container: queueOf('container') });
    this.starts = queues((kind) => new Queue(environment, {
      ...STARTS,
      arn: 'arn:aws:sqs:us-east-1:111111111111:Starts',
      consume: async (invocation, Records) => this.consumeStart(kind, invocation, Records),
      batchSize: 1,
      deadLetterQueue: options.failures((detail) => options.invariants.onStartGivenUp(detail)),
    }));
    this.stops = queues((kind) => new Queue(environment, {
      ...STOPS,
      arn: 'arn:aws:sqs:us-east-1:111111111111:Stops',
      consume: (invocation, Records) => this.stopper(kind, invocation).stopEnded({ Records }),
      batchSize: 1,
      deadLetterQueue: new Queue(environment, {
        arn: 'arn:aws:sqs:us-east-1:111111111111:StopsFailures', consume: async (_, records) => this.park(kind, records),
      }),
    }));
  }

  /** A task was created. */
  public onCreated(life: Life, behaviour: string): void {
    const long = LONG.get(behaviour);
    if (long) this.kinds.set(lifeOf(life), long.kind);
  }

  /** Delivers the event that a task was created, now and then later or twice. */
  public start(event: BusEvent, json: string): void {
    const { environment: { clock, random } } = this.options;
    const { kind, eventAfterMs, eventAgainAfterMs } = LONG.get(event.detail.payload.behaviour)!;
    const send = () => this.starts[kind].send({ body: json });
    clock.after(eventAfterMs?.(random) ?? 0, send);
    if (eventAgainAfterMs) clock.after(eventAgainAfterMs(random), send);
  }

  /** Delivers the event that a task has ended. */
  public stop(event: BusEvent, json: string): void {
    const { random, faults } = this.options.environment;
    if (!ENDS.includes(event['detail-type'])) return;
    const kind = this.kinds.get(lifeOf(event.detail as unknown as Life));
    if (!kind) return;
    // EventBridge can't deliver it.
    if (random.chance(faults.crash)) this.parked.push({ kind, body: json });
    else this.stops[kind].send({ body: json });
  }

  /** From now on, nothing fails. An operator sends the dead letters again. */
  public calmDown(): void {
    this.isCalm = true;
    for (const { kind, body } of this.parked) this.redrive(kind, body);
  }

  private async park(kind: WorkKind, records: SQSRecord[]) {
    for (const { body, messageAttributes } of records) {
      if (messageAttributes.REDRIVEN) this.options.invariants.fail(`the work of a task can't be stopped: ${body}`);
      else if (this.isCalm) this.redrive(kind, body);
      else this.parked.push({ kind, body });
    }
    return { batchItemFailures: [] };
  }

  private redrive(kind: WorkKind, body: string): void {
    this.stops[kind].send({ body, attributes: { REDRIVEN: 'true' } });
  }

  private async consumeStart(kind: WorkKind, invocation: Invocation, Records: SQSRecord[]): Promise<SQSBatchResponse> {
    const { environment: { clock }, invariants } = this.options;
    const invokedAt = clock.now;
    const response = await this.starter(kind, invocation).handle({ Records });
    const event = JSON.parse(Records[0].body);
    if (response.batchItemFailures.length > 0 || event['detail-type'] !== EVENT.CREATED) return response;
    const { taskId, deadlineAt, payload } = event.detail;
    const isInTime = Date.parse(deadlineAt) - invokedAt > 1_000;
    const isStarted = this.wrapped.has(lifeOf(event.detail)) || LONG.get(payload.behaviour)!.refusesWrapper !== undefined;
    if (isInTime && !isStarted) invariants.fail(`${taskId}: its event was handled, but no wrapper was started`);
    return response;
  }

  private starter(kind: WorkKind, invocation: Invocation): WorkStarter {
    const { environment: { clock }, sender, ask } = this.options;
    return new WorkStarter({
      ...this.workOf(kind, invocation),
      sender: sender(invocation),
      statusOf: async (_, request) => {
        const { taskId, createdAt } = request;
        const answer = await ask({ taskId, createdAt: createdAt! }, request);
        return invocation.send(() => {
          if (!answer) throw new Error('the status reader failed');
          return answer;
        });
      },
      attempts: STARTS.maxReceives,
      now: () => clock.date(),
    });
  }

  private stopper(kind: WorkKind, invocation: Invocation): WorkStopper {
    return this.workOf(kind, invocation).stopper;
  }

  private workOf(kind: WorkKind, invocation: Invocation) {
    const { sfn, ecs } = invocation.clients();
    const sleep = async (ms: number) => invocation.pass(ms);
    const executionsOf = (stateMachineArn: string) => new Executions({ sfn, stateMachineArn, sleep });
    const wrappers = executionsOf(WRAPPER_ARNS[kind]);
    const work = kind === 'machine' ? new NestedExecution(executionsOf(MACHINE_ARN)) : new ContainerTask({
      ecs, clusterArn: CLUSTER_ARN, family: FAMILY, containerName: CONTAINER, resultBucketName: BUCKET, wrappers, sleep,
    });
    return { wrappers, work, stopper: new WorkStopper({ wrappers, work }) };
  }

  private async runWrapper(kind: WorkKind, wrapper: Execution): Promise<void> {
    const { environment, bus } = this.options;
    const task = taskIn(kind, wrapper.input);
    this.wrapped.add(lifeOf(task));
    const { breaksAfterMs } = LONG.get(task.payload.behaviour)!;
    if (breaksAfterMs !== undefined) environment.clock.after(Math.max(0, breaksAfterMs - this.ageMs(task.createdAt)), () => wrapper.stop());
    wrapper.onEnd(() => this.sendStatusChange(kind, wrapper));
    const refuse = () => {
      const starts = this.started.get(lifeOf(task)) ?? 0;
      const refusal = LONG.get(task.payload.behaviour)!.refusesWork?.(this.ageMs(task.createdAt), starts, kind);
      if (refusal !== undefined) throw new StateError(refusal, 'refused');
    };
    await new WrapperRun(kind, wrapper, {
      environment,
      startExecution: (name, input) => {
        refuse();
        return asState('StepFunctions', () => this.stepFunctions.start(MACHINE_ARN, name, JSON.stringify(input)));
      },
      describeExecution: (name) => asState('Sfn', () => this.stepFunctions.describe(executionArn(MACHINE_ARN, name))),
      runTask: (group, variables) => {
        refuse();
        const container = this.containers.start(group);
        void this.runContainer(container, Object.fromEntries(variables.map(({ Name, Value }) => [Name, Value])));
        return container;
      },
      describeTask: (arn) => this.containers.describe(arn),
      objectAt: (key) => this.objects.get(key),
      putEvent: (entry) => bus.putEvents({ Entries: [entry] }).Entries[0],
      losesAnswer: () => environment.random.chance(environment.faults.lostAnswer) || this.losesFirstAnswer(task),
    }).run();
  }

  /** Step Functions sends the event of a wrapper that has not succeeded, with best effort. */
  private sendStatusChange(kind: WorkKind, { name, end }: Execution): void {
    const { clock, random, faults } = this.options.environment;
    if (end!.isSuccess || random.chance(faults.crash)) return;
    const event = { 'detail-type': 'Step Functions Execution Status Change', 'detail': { name } };
    clock.after(random.int(10, 3_000), () => this.starts[kind].send({ body: JSON.stringify(event) }));
  }

  /** Returns whether the answer to this start is lost because of the behaviour of the work. */
  private losesFirstAnswer(task: Life & { readonly payload: { readonly behaviour: string } }): boolean {
    if (!LONG.get(task.payload.behaviour)!.losesAnswer || this.unanswered.has(lifeOf(task))) return false;
    this.unanswered.add(lifeOf(task));
    return true;
  }

  /** Runs an execution of the user's state machine. */
  private async runMachine(execution: Execution): Promise<void> {
    const task: WorkTask = JSON.parse(execution.input);
    const end = await this.runWork(execution, task);
    if (end === 'lost') throw new Error('an execution is not lost');
    if ('result' in end) this.options.invariants.onWorkSuccessful(task);
    execution.endWith('error' in end
      ? { isSuccess: false, error: end.error.code, cause: end.error.message }
      : { isSuccess: true, output: end.result });
  }

  /** Runs a container of the user, which stores its result or its error. */
  private async runContainer(container: Container, variables: Record<string, string>): Promise<void> {
    const { random } = this.options.environment;
    const end = await this.runWork(container, {
      taskId: variables.TASK_ID,
      createdAt: variables.TASK_CREATED_AT,
      payload: JSON.parse(variables.TASK_PAYLOAD),
      reportTo: JSON.parse(variables.TASK_REPORT_TO),
    });
    if (end === 'lost') return container.stop('SpotInterruption');
    const key = variables.TASK_RESULT_URI.replace(`s3://${BUCKET}/`, '');
    this.objects.set(key, JSON.stringify(outputOf(end)));
    container.endWith('error' in end ? { isSuccess: false, output: random.pick([1, 3]) } : { isSuccess: true, output: 0 });
  }

  private async runWork(job: Job, task: Pick<WorkTask, 'taskId' | 'createdAt' | 'payload' | 'reportTo'>): Promise<WorkEnd> {
    const { environment: { clock, random }, invariants, bus } = this.options;
    const { taskId, createdAt, reportTo } = task;
    const life = lifeOf(task);
    const { behaviour } = task.payload as { behaviour: string };
    const starts = (this.started.get(life) ?? 0) + 1;
    this.started.set(life, starts);
    invariants.onWorkStarted(task, LONG.get(behaviour)!.canBeLost === true);
    job.onEnd(() => invariants.onWorkEnded(task, clock.now, this.options.isFaulty, this.options.items));
    return LONG.get(behaviour)!.work({
      random,
      createdAt,
      starts,
      pause: async (ms) => job.pass(ms),
      until: async (ageMs) => job.pass(Math.max(0, ageMs - this.ageMs(createdAt))),
      progress: () => {
        const detail = { taskId, taskCreatedAt: createdAt, status: 'RUNNING', progress: { percent: random.int(0, 100) } };
        bus.putEvents({ Entries: [{ Source: reportTo.source, DetailType: EVENT.UPDATED, Detail: JSON.stringify(detail) }] });
      },
      forever: async () => new Promise(() => {}),
    });
  }

  private ageMs(createdAt: string): number {
    return this.options.environment.clock.now - Date.parse(createdAt);
  }
}

/** Returns the task in the input of a wrapper, with its payload. */
function taskIn(kind: WorkKind, input: string): WorkTask & { readonly payload: { behaviour: string } } {
  const { task, environment } = JSON.parse(input);
  if (kind === 'machine') return task;
  const { Value } = environment.find(({ Name }: { Name: string }) => Name === 'TASK_PAYLOAD');
  return { ...task, payload: JSON.parse(Value) };
}

/** Makes a call for a state, whose errors have the name of the service. */
function asState<T>(service: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new StateError(`${service}.${(error as Error).name}Exception`);
  }
}

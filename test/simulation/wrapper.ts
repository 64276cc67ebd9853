import { Container, CONTAINER } from './containers';
import { Environment } from './invocation';
import { Job } from './job';
import { Execution } from './step-functions';
import { execute, Integration, StateError } from '../support/state-machine';

/** The real definitions of the wrappers, which `run-worker.ts` puts into the bundle. */
declare const WRAPPERS: Record<WorkKind, object>;

/** What the work of a task can be. */
export type WorkKind = 'machine' | 'container';

/** What the wrappers use. */
export interface WrapperServices {
  readonly environment: Environment;
  /** Starts an execution of the user's state machine. Throws a `StateError` if it is refused. */
  startExecution(name: string, input: any): Execution;
  describeExecution(name: string): object;
  /** Starts a container in a group. Throws a `StateError` if it is refused. */
  runTask(group: string, environment: { Name: string; Value: string }[]): Container;
  describeTask(arn: string): object | undefined;
  /** Returns an object of the result bucket. */
  objectAt(key: string): string | undefined;
  putEvent(entry: { Source: string; DetailType: string; Detail: string }): { ErrorCode?: string };
  /** Whether the answer to a start is lost. */
  losesAnswer(job: Job): boolean;
}

const THROTTLED: Record<WorkKind, string> = { machine: 'StepFunctions.ThrottlingException', container: 'ECS.ThrottlingException' };
/** Error of a start that was not answered. */
const NO_ANSWER: Record<WorkKind, string> = { machine: 'StepFunctions.SdkClientException', container: 'ECS.SdkClientException' };

/** Runs an execution of a wrapper: its real definition, with integrations that misbehave. */
export class WrapperRun {
  constructor(private readonly kind: WorkKind, private readonly wrapper: Execution, private readonly services: WrapperServices) {}

  public async run(): Promise<void> {
    const { environment: { clock, random } } = this.services;
    const { error, output } = await execute(WRAPPERS[this.kind], {
      name: this.wrapper.name,
      input: JSON.parse(this.wrapper.input),
      now: () => clock.now,
      sleep: async (ms) => this.wrapper.pass(ms),
      random: () => random.next(),
      integrations: {
        'states:startExecution.sync:2': async (args, state) => this.runExecution(args, state),
        'aws-sdk:sfn:describeExecution': this.call('Sfn', ({ ExecutionArn }) => capitalized(this.services.describeExecution(ExecutionArn.split(':').at(-1)))),
        'ecs:runTask.sync': async (args, state) => this.runTask(args, state),
        'aws-sdk:ecs:describeTasks': this.call('Ecs', ({ Tasks }) => ({ Tasks: Tasks.flatMap((arn: string) => this.describeTask(arn) ?? []) })),
        'aws-sdk:s3:getObject': this.call('S3', ({ Key }) => this.readObject(Key)),
        'events:putEvents': this.call('EventBridge', ({ Entries: [entry] }) => this.putEvents(entry)),
      },
    });
    this.wrapper.endWith({ isSuccess: error === undefined, error, output });
  }

  private async runExecution({ Input, Name }: any, { timeoutSeconds }: { timeoutSeconds?: number }): Promise<unknown> {
    const { end } = await this.sync(() => this.services.startExecution(Name, Input), timeoutSeconds!);
    if (!end!.isSuccess) throw new StateError('States.TaskFailed', 'the description of the execution, which can be cut off');
    return { Status: 'SUCCEEDED', Output: end!.output };
  }

  private async runTask({ Group, Overrides }: any, { timeoutSeconds }: { timeoutSeconds?: number }): Promise<unknown> {
    const [{ Environment: environment }] = Overrides.ContainerOverrides;
    const { arn, end } = await this.sync(() => this.services.runTask(Group, environment), timeoutSeconds!);
    if (!end!.isSuccess) throw new StateError('States.TaskFailed', JSON.stringify({ TaskArn: arn }));
    return { TaskArn: arn, Containers: [{ Name: CONTAINER, ExitCode: 0 }] };
  }

  /**
   * Starts a job and waits for its end. Stops it, with best effort, if the wrapper is stopped or the time is over. A start that is under
   * way then can happen all the same.
   */
  private async sync<J extends Job>(start: () => J, timeoutSeconds: number): Promise<J> {
    const { environment: { clock, random, faults } } = this.services;
    const resourceType = this.kind === 'container' ? 'ecs' : 'states';
    return new Promise((resolve, reject) => {
      let job: J | undefined;
      let isOver = false;
      const giveUp = () => {
        isOver = true;
        if (job && random.chance(0.7)) clock.after(random.int(0, 3_000), () => job!.stop());
      };
      const fail = (error: unknown) => {
        isOver = true;
        reject(error);
      };
      this.wrapper.onEnd(() => isOver || giveUp());
      clock.after(1000 * timeoutSeconds, () => {
        if (isOver) return;
        giveUp();
        reject(new StateError('States.Timeout'));
      });
      this.wrapper.history.push({ taskScheduledEventDetails: { resourceType } } as never);
      clock.after(random.chance(0.1) ? random.int(100, 4_000) : random.int(10, 200), () => {
        if (isOver && random.chance(0.5)) return;
        if (random.chance(faults.throttle)) return fail(new StateError(THROTTLED[this.kind]));
        try {
          job = start();
        } catch (error) {
          return fail(error);
        }
        if (isOver) return;
        if (this.services.losesAnswer(job)) return fail(new StateError(NO_ANSWER[this.kind]));
        this.wrapper.history.push({
          taskSubmittedEventDetails: { resourceType, output: JSON.stringify({ Tasks: [{ TaskArn: job.arn }] }) },
        } as never);
        job.onEnd(() => clock.after(random.chance(0.1) ? random.int(1_000, 20_000) : random.int(10, 1_000), () => {
          if (isOver) return;
          isOver = true;
          resolve(job!);
        }));
      });
    });
  }

  /** A call that takes a while, and fails now and then. */
  private call(service: string, effect: (args: any) => unknown): Integration {
    const { random, faults } = this.services.environment;
    return async (args) => {
      await this.wrapper.pass(random.int(5, 50));
      if (random.chance(faults.throttle)) throw new StateError(`${service}.ThrottlingException`);
      const answer = effect(args);
      await this.wrapper.pass(random.int(5, 50));
      if (random.chance(faults.lostAnswer)) throw new StateError(`${service}.SdkClientException`);
      return answer;
    };
  }

  private describeTask(arn: string): unknown {
    return capitalized(this.services.describeTask(arn));
  }

  private readObject(key: string): object {
    const text = this.services.objectAt(key);
    if (text === undefined) throw new StateError('S3.NoSuchKeyException');
    return { Body: text };
  }

  private putEvents(entry: any): object {
    const result = this.services.putEvent({ ...entry, Detail: JSON.stringify(entry.Detail) });
    if (result.ErrorCode !== undefined) throw new StateError('EventBridge.FailedEntry', JSON.stringify({ Entries: [result], FailedEntryCount: 1 }));
    return { Entries: [result], FailedEntryCount: 0 };
  }
}

/** Returns a value with the names of its members as Step Functions writes them. */
function capitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key[0].toUpperCase() + key.slice(1), capitalized(member)]));
}

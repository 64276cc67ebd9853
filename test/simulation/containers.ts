import { DescribeTasksCommand, ListTasksCommand, StopTaskCommand } from '@aws-sdk/client-ecs';
import { Environment } from './invocation';
import { Job, seen } from './job';

export const CLUSTER_ARN = 'arn:aws:ecs:us-east-1:111111111111:cluster/Cluster';
export const FAMILY = 'Family';
export const CONTAINER = 'main';

/** Length of the pages of a list. */
const PAGE = 20;

/** How long a container can take to stop. */
const STOP_TIMEOUT_MS = 30_000;

/** An ECS task with one container. Its name is its group. */
export class Container extends Job {
  public stopCode?: string;
  private isStopping = false;

  constructor(environment: Environment, public readonly number: number, group: string) {
    super(environment, `arn:aws:ecs:us-east-1:111111111111:task/Cluster/${number}`, group);
  }

  /** ECS asks the container to end, and kills it if it does not. */
  public override stop(stopCode = 'UserInitiated'): void {
    if (this.isStopping || this.hasEnded) return;
    this.isStopping = true;
    this.environment.clock.after(this.environment.random.int(0, STOP_TIMEOUT_MS), () => {
      if (!this.hasEnded) this.stopCode = stopCode;
      this.endWith({ isSuccess: false });
    });
  }

  public get desiredStatus(): string {
    return this.isStopping || this.hasEnded ? 'STOPPED' : 'RUNNING';
  }
}

/** ECS: descriptions of its tasks are old now and then. */
export class Containers {
  private readonly containers = new Map<string, Container>();
  private readonly running = new Set<Container>();

  constructor(private readonly environment: Environment) {}

  public execute(command: { readonly input: object }): object {
    if (command instanceof DescribeTasksCommand) return { tasks: command.input.tasks!.flatMap((arn) => this.describe(arn) ?? []) };
    if (command instanceof ListTasksCommand) return this.list(command.input.nextToken);
    if (command instanceof StopTaskCommand) return this.stop(command.input.task!);
    throw new Error('the simulated ECS does not support a command');
  }

  public start(group: string): Container {
    const container = new Container(this.environment, this.containers.size, group);
    this.containers.set(container.arn, container);
    this.running.add(container);
    container.onEnd(() => this.running.delete(container));
    return container;
  }

  /** Describes a task as it was a moment ago. */
  public describe(taskArn: string) {
    const container = this.containers.get(taskArn)!;
    const state = seen(container, this.environment);
    if (!state) return undefined;
    const { name: group, desiredStatus, stopCode, end } = container;
    const containers = [{ name: CONTAINER, ...(!state.isRunning && end?.output !== undefined && { exitCode: Number(end.output) }) }];
    return state.isRunning
      ? { taskArn, group, lastStatus: 'RUNNING', desiredStatus, containers }
      : { taskArn, group, lastStatus: 'STOPPED', desiredStatus, stopCode, containers };
  }

  private list(nextToken = '0'): object {
    const isListed = (each: Container) =>
      each.number >= Number(nextToken) && each.desiredStatus === 'RUNNING' && seen(each, this.environment);
    const listed = [...this.running].filter(isListed);
    const next = listed[PAGE];
    return { taskArns: listed.slice(0, PAGE).map(({ arn }) => arn), ...(next && { nextToken: String(next.number) }) };
  }

  private stop(arn: string): object {
    this.containers.get(arn)!.stop();
    return {};
  }
}

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { DescribeTasksCommand, ECSClient, ListTasksCommand, StopTaskCommand, Task } from '@aws-sdk/client-ecs';
import {
  DescribeExecutionCommand, ExecutionDoesNotExist, ExecutionListItem, ListExecutionsCommand, SFNClient, StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { workName } from '../../src/runtime/work/work-name';
import { TaskView } from '../support/deployed-task-manager';
import { Target } from '../support/target';
import { executionArn } from '../support/work';

export const PROCESSORS = ['Video', 'Render'] as const;
export const FUNCTIONS = ['Starter', 'Stopper'] as const;
export const MACHINES = ['Workflow', 'VideoWrapper', 'RenderWrapper'] as const;

/** Looks at, and breaks, what runs for the tasks of the app of `long-work-app.ts` on the local engine. */
export class DeployedLongWork {
  private readonly sfn: SFNClient;
  private readonly ecs: ECSClient;
  private readonly sqs: SQSClient;

  /**
   * @param starts folder in which each container writes its process id into a file, named as its task. It is in the command of each
   */
  constructor(private readonly target: Target, private readonly starts: string) {
    this.sfn = new SFNClient(target.sdkClientConfig);
    this.ecs = new ECSClient(target.sdkClientConfig);
    this.sqs = new SQSClient(target.sdkClientConfig);
  }

  /** Returns what runs: executions, ECS tasks, and processes of containers. */
  public async running(): Promise<string[]> {
    const executions = (await Promise.all(MACHINES.map(async (machine) => this.executions(machine)))).flat();
    const containers = (await this.containers()).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    return [
      ...executions.filter(({ status }) => status === 'RUNNING').map(({ executionArn: arn }) => arn!),
      ...containers.map(({ taskArn }) => taskArn!),
      ...processes(this.starts).map(({ command }) => command),
    ];
  }

  public async executions(machine: typeof MACHINES[number]): Promise<ExecutionListItem[]> {
    const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn: this.target.output(machine) }));
    return executions;
  }

  /** Returns the ECS tasks, also those that have stopped. */
  public async containers(): Promise<Task[]> {
    const cluster = this.target.output('Cluster');
    const found: Task[] = [];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      let nextToken: string | undefined;
      do {
        const page = await this.ecs.send(new ListTasksCommand({ cluster, desiredStatus, nextToken }));
        if (page.taskArns?.length) found.push(...(await this.ecs.send(new DescribeTasksCommand({ cluster, tasks: page.taskArns }))).tasks!);
        nextToken = page.nextToken;
      } while (nextToken);
    }
    return found;
  }

  /** Returns the name of the executions for a task, which is also the group of its ECS tasks. */
  public nameOf({ taskId, type, createdAt }: TaskView): string {
    return workName({ source: `${this.target.output('TasksEventSource')}.processor.${type}`, taskId, createdAt: createdAt as string });
  }

  public async hasWrapper(task: TaskView): Promise<boolean> {
    return this.hasExecution(this.wrapperOf(task));
  }

  /** Returns whether the workflow or the container of a task has been started. */
  public async hasWork(task: TaskView): Promise<boolean> {
    return task.type === 'video' ? this.hasExecution(this.workflowOf(task)) : this.pidsOf(task).length > 0;
  }

  public async stopWrapper(task: TaskView): Promise<void> {
    await this.stopExecution(this.wrapperOf(task));
  }

  /** Stops the workflow or the container of a task. */
  public async stopWork(task: TaskView): Promise<void> {
    await (task.type === 'video' ? this.stopExecution(this.workflowOf(task)) : this.stopContainers(task, 'wrong film'));
  }

  /** Stops the containers of a task as Fargate Spot does. */
  public async reclaim(task: TaskView): Promise<void> {
    await this.stopContainers(task, 'SpotInterruption');
  }

  /** Kills the processes of the containers of a task. */
  public killContainers(task: TaskView): void {
    const pids = this.pidsOf(task);
    processes(this.starts).filter(({ pid }) => pids.includes(pid)).forEach(({ pid }) => kill(pid));
  }

  /** Returns the ids of the processes that run a function. */
  public workersOf(output: string): number[] {
    return processes(`ministack-lambda-${this.target.output(output)}-`).map(({ pid }) => pid);
  }

  /** Returns the process ids of all containers that have run for a task. */
  public pidsOf({ taskId }: TaskView): number[] {
    try {
      return readFileSync(path.join(this.starts, taskId), 'utf8').trim().split('\n').map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Returns the number of messages in a queue, also of those that are late or being processed. */
  public async messagesIn(output: string): Promise<number> {
    const { Attributes } = await this.sqs.send(new GetQueueAttributesCommand({
      QueueUrl: this.target.output(output),
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
    }));
    return Object.values(Attributes!).reduce((sum, count) => sum + Number(count), 0);
  }

  /** Changes how late the messages of a queue come, or when those that failed come again. */
  public async setQueue(output: string, seconds: { readonly DelaySeconds?: string; readonly VisibilityTimeout?: string }): Promise<void> {
    await this.sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.target.output(output), Attributes: seconds }));
  }

  private wrapperOf(task: TaskView): string {
    return executionArn(this.target.output(task.type === 'video' ? 'VideoWrapper' : 'RenderWrapper'), this.nameOf(task));
  }

  private workflowOf(task: TaskView): string {
    return executionArn(this.target.output('Workflow'), this.nameOf(task));
  }

  private async hasExecution(arn: string): Promise<boolean> {
    try {
      await this.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));
      return true;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return false;
      throw error;
    }
  }

  private async stopExecution(arn: string): Promise<void> {
    if (await this.hasExecution(arn)) await this.sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Boss', cause: 'wrong film' }));
  }

  private async stopContainers(task: TaskView, reason: string): Promise<void> {
    const name = this.nameOf(task);
    const containers = (await this.containers()).filter(({ group, desiredStatus }) => group === name && desiredStatus === 'RUNNING');
    for (const { taskArn } of containers) {
      await this.ecs.send(new StopTaskCommand({ cluster: this.target.output('Cluster'), task: taskArn, reason }));
    }
  }
}

/** Returns the running processes whose command line contains a text. */
function processes(text: string): { readonly pid: number; readonly command: string }[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(text)).map((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line)!;
    return { pid: Number(pid), command };
  });
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

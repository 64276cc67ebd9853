import { DescribeTasksCommand, ECSClient, ListTasksCommand, StopTaskCommand, Task } from '@aws-sdk/client-ecs';
import { Executions } from './executions';
import { Work } from './work';
import { taskResultKeyPrefix } from '../../protocol/wire';
import { compactTime, ContainerEnvironment, EnvironmentVariable, MAX_OVERRIDES, WorkInput, WorkTask } from '../../protocol/work';

export interface ContainerTaskOptions {
  readonly ecs: ECSClient;
  readonly clusterArn: string;
  /** Family of the task definition. */
  readonly family: string;
  readonly containerName: string;
  /** Bucket for the results. Missing if the TaskManager has none. */
  readonly resultBucketName?: string;
  /** Executions of the wrapper. */
  readonly wrappers: Executions;
  readonly sleep: (ms: number) => Promise<unknown>;
}

/** How often to look for an ECS task that may still be started, and whether it has stopped, and the pause between two looks. */
const LOOKS = 5;
const STOP_LOOKS = 10;
const PAUSE_MS = 1_000;

/** Maximum number of tasks in one call of DescribeTasks. */
const MAX_DESCRIBED = 100;

/** Work that is an ECS task. Its group is the name of the wrapper's execution. */
export class ContainerTask implements Work {
  constructor(private readonly options: ContainerTaskOptions) {}

  public inputFor(task: WorkTask): string | undefined {
    // A caller decides how long the state of its trace is. It must not keep a payload from the work.
    return this.fittingInput(task) ?? (task.tracestate === undefined ? undefined : this.fittingInput({ ...task, tracestate: undefined }));
  }

  private fittingInput(task: WorkTask): string | undefined {
    const environment = environmentOf(task, this.options.resultBucketName);
    const overrides = { ContainerOverrides: [{ Name: this.options.containerName, Environment: environment }] };
    if (JSON.stringify(overrides).length > MAX_OVERRIDES) return undefined;
    // The environment has the payload.
    return JSON.stringify({ task: { ...task, payload: undefined }, attempt: 1, reclaims: 0, environment } satisfies WorkInput);
  }

  public async stop(name: string, cause: string): Promise<void> {
    for (let look = 0; ; look++) {
      const started = await this.startedBy(name);
      // ECS can have started a task that the history does not have.
      const tasks = started.length > 0 ? await this.describe(started) : await this.inGroup(name);
      const running = tasks.filter(({ desiredStatus, lastStatus }) => desiredStatus !== 'STOPPED' && lastStatus !== 'STOPPED');
      await Promise.all(running.map(({ taskArn }) => this.stopTask(taskArn!, cause)));
      if (tasks.length > 0) return this.untilStopped(tasks);
      if (look === LOOKS) return;
      await this.options.sleep(PAUSE_MS);
    }
  }

  private async stopTask(task: string, reason: string): Promise<void> {
    await this.options.ecs.send(new StopTaskCommand({ cluster: this.options.clusterArn, task, reason }));
  }

  /** Throws if a task does not stop. By default, ECS kills its containers after 30 seconds: then the queue has repeated the stop. */
  private async untilStopped(tasks: Task[]): Promise<void> {
    let open = tasks;
    for (let look = 0; ; look++) {
      open = open.filter(({ lastStatus }) => lastStatus !== 'STOPPED');
      if (open.length === 0) return;
      if (look === STOP_LOOKS) throw new Error(`ECS task ${open[0].taskArn} has not stopped yet`);
      await this.options.sleep(PAUSE_MS);
      open = await this.describe(open.map(({ taskArn }) => taskArn!));
    }
  }

  /** Returns the ARN of the task that the wrapper has started last. None if the history does not say whether ECS has started it. */
  private async startedBy(name: string): Promise<string[]> {
    for await (const event of this.options.wrappers.history(name)) {
      const { taskScheduledEventDetails: scheduled, taskSubmittedEventDetails: submitted } = event;
      if (scheduled?.resourceType === 'ecs') return [];
      if (submitted?.resourceType !== 'ecs') continue;
      const { Tasks = [] } = JSON.parse(submitted.output ?? '{}') as { Tasks?: { TaskArn: string }[] };
      return Tasks.map(({ TaskArn }) => TaskArn);
    }
    return [];
  }

  private async describe(taskArns: string[]): Promise<Task[]> {
    const { tasks = [] } = await this.options.ecs.send(new DescribeTasksCommand({ cluster: this.options.clusterArn, tasks: taskArns }));
    return tasks;
  }

  /** Returns the running tasks with a group. ECS can't list by group. */
  private async inGroup(group: string): Promise<Task[]> {
    const { ecs, clusterArn: cluster, family } = this.options;
    const found: Task[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecs.send(new ListTasksCommand({ cluster, family, nextToken, maxResults: MAX_DESCRIBED }));
      if (page.taskArns?.length) found.push(...(await this.describe(page.taskArns)).filter((task) => task.group === group));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  }
}

function environmentOf(task: WorkTask, resultBucketName: string | undefined): EnvironmentVariable[] {
  const { taskId, type, owner, payload, payloadObject, createdAt, deadlineAt, reportTo, traceparent, tracestate } = task;
  const values: ContainerEnvironment = {
    TASK_ID: taskId,
    TASK_TYPE: type,
    TASK_OWNER: owner,
    TASK_PAYLOAD: JSON.stringify(payload),
    TASK_PAYLOAD_URI: payloadObject && `s3://${payloadObject.bucketName}/${payloadObject.key}`,
    TASK_CREATED_AT: createdAt,
    TASK_DEADLINE: deadlineAt,
    TASK_REPORT_TO: JSON.stringify(reportTo),
    TRACEPARENT: traceparent,
    TRACESTATE: tracestate,
    TASK_RESULT_URI: resultBucketName && `s3://${resultBucketName}/${taskResultKeyPrefix(type, taskId)}result-${compactTime(createdAt)}.json`,
  };
  return Object.entries(values).flatMap(([Name, Value]) => Value === undefined ? [] : [{ Name, Value }]);
}

import { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { Announcement, groupOf, LiveQueue } from './live-queue';
import { isNewer, liveStateOf } from './live-state';
import { LiveTable, ownerTopic, taskTopic } from './live-table';
import { inWaves } from '../support/waves';
import { Task } from '../task/task';
import { fromRecord } from '../task/task-items';

export interface LivePublisherOptions {
  readonly table: LiveTable;
  readonly queue: LiveQueue;
  readonly now: () => Date;
}

/** Announces changes of tasks to those who watch them. Of the changes of a task in a batch, only the newest counts. */
export class LivePublisher {
  constructor(private readonly options: LivePublisherOptions) {}

  public async publish({ Records }: DynamoDBStreamEvent): Promise<void> {
    const { queue, now } = this.options;
    const at = now().getTime();
    const tasks = newestOf(Records.filter(isVisible).map(fromRecord));
    const watched = new Set(await this.watchedOf([...new Set(tasks.flatMap(topicsOf))]));
    await queue.announce(tasks.flatMap((task) => topicsOf(task)
      .filter((topic) => watched.has(topic))
      .map((topic): Announcement => ({ topic, state: liveStateOf(task), at, group: groupOf(task) }))));
  }

  /** Returns the topics that somebody watches. */
  private async watchedOf(topics: string[]): Promise<string[]> {
    const found = await inWaves(topics, async (topic) => (await this.options.table.watchers(topic, 1)).length > 0);
    return topics.filter((_, i) => found[i]);
  }
}

/** Returns whether a caller can see the change: a heartbeat or a moved check leaves the version as it is. */
function isVisible({ dynamodb }: DynamoDBRecord): boolean {
  return dynamodb!.OldImage?.version?.N !== dynamodb!.NewImage!.version.N;
}

/** Returns the topics whose watchers get the changes of a task. */
function topicsOf({ taskId, owner }: Task): string[] {
  return [taskTopic(taskId), ownerTopic(owner)];
}

/** Returns the newest state of each task. */
function newestOf(tasks: Task[]): Task[] {
  const newest = new Map<string, Task>();
  for (const task of tasks) if (isNewer(liveStateOf(task), newest.get(task.taskId))) newest.set(task.taskId, task);
  return [...newest.values()];
}

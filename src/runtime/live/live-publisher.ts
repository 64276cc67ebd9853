import { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { Announcement, groupOf, LiveQueue } from './live-queue';
import { isNewer, liveStateOf } from './live-state';
import { LiveTable, ownerTopic, taskTopic } from './live-table';
import { inWaves } from '../support/waves';
import { Task } from '../task/task';
import { fromImage } from '../task/task-items';

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
    const tasks = newestOf(Records.filter(isVisible).map(({ dynamodb }) => taskOf(dynamodb!.NewImage!)));
    const owners = [...new Set(tasks.map(({ owner }) => ownerTopic(owner)))];
    const watched = new Set(await this.watchedOf([...tasks.map(({ taskId }) => taskTopic(taskId)), ...owners]));
    await queue.announce(tasks.flatMap((task) => [taskTopic(task.taskId), ownerTopic(task.owner)]
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

function taskOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Task {
  return fromImage(image as Record<string, AttributeValue>);
}

/** Returns the newest state of each task. */
function newestOf(tasks: Task[]): Task[] {
  const newest = new Map<string, Task>();
  for (const task of tasks) if (isNewer(liveStateOf(task), newest.get(task.taskId))) newest.set(task.taskId, task);
  return [...newest.values()];
}

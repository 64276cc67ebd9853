import { randomUUID } from 'node:crypto';
import { Task } from './task';
import { Values } from './task-changes';
import { TaskItems } from './task-items';
import { TABLE } from '../../protocol/table';

/** Longer payloads and results get their own items: each write of the head costs its whole size. */
const MAX_INLINE_BYTES = 2048;

/** How much longer a content is kept than the head that points to it: it must not be removed first. */
const MARGIN_SECONDS = 24 * 3600;

/** Stores and reads payloads and results: short ones in the head of the task, long ones in their own items. */
export class Contents {
  constructor(private readonly items: TaskItems) {}

  /**
   * Stores a content. Returns the attributes of the head that hold it or point to it.
   *
   * @param headExpiresAt when the head is removed, in seconds
   */
  public async store(kind: 'payload' | 'result', taskId: string, json: string | undefined, headExpiresAt: number): Promise<Values> {
    if (!isLong(json)) return { [kind]: json };
    // Never written twice: if the write of the head fails, nobody points to the item, and its TTL removes it.
    const item = `${kind}#${randomUUID()}`;
    await this.items.put(taskId, item, { content: json, [TABLE.TIME_TO_LIVE]: headExpiresAt + MARGIN_SECONDS });
    return { [`${kind}Item`]: item };
  }

  /** Adds the contents that have their own items to a task. */
  public async addTo(task: Task): Promise<Task> {
    if (task.payloadItem === undefined && task.resultItem === undefined) return task;
    const [payload = task.payload, result = task.result] = await Promise.all([
      this.read(task.taskId, task.payloadItem), this.read(task.taskId, task.resultItem),
    ]);
    return { ...task, payload, result };
  }

  private async read(taskId: string, item: string | undefined): Promise<string | undefined> {
    return item === undefined ? undefined : (await this.items.get(taskId, item))?.content;
  }
}

/** Returns whether a content gets its own item. */
export function isLong(json: string | undefined): json is string {
  return json !== undefined && Buffer.byteLength(json) > MAX_INLINE_BYTES;
}

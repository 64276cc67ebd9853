import { Task } from './task';
import { TABLE } from '../../protocol/table';

/**
 * How many partitions of its index the open tasks are spread over. Each takes 1,000 writes a second, and a task makes two of them:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html. Part of what is stored: change it, and
 * open tasks are not found.
 */
export const CHECK_SHARDS = 40;

/** The same for the tasks without an owner, in the index that lists them. A task makes one write there. */
const SHARED_SPACE_SHARDS = 20;

/** What places a new task in the indexes. Nothing of it ever changes, but that the task leaves the index of the open ones. */
export function indexKeys({ taskId, owner, createdAt }: Task): Record<string, string> {
  return {
    [TABLE.CHECK_SHARD]: String(shardOf(taskId, CHECK_SHARDS)),
    [TABLE.OWNER_SPACE]: owner === undefined ? sharedSpace(shardOf(taskId, SHARED_SPACE_SHARDS)) : ownSpace(owner),
    [TABLE.CREATED_KEY]: `${createdAt}#${taskId}`,
  };
}

/** All places where the tasks of an owner can be in the index that lists them. */
export function spaces(owner: string | undefined): string[] {
  return owner === undefined ? Array.from({ length: SHARED_SPACE_SHARDS }, (_, shard) => sharedSpace(shard)) : [ownSpace(owner)];
}

function ownSpace(owner: string): string {
  return `owner#${owner}`;
}

function sharedSpace(shard: number): string {
  return `shared#${shard}`;
}

/** Ids are random, and begin with hexadecimal digits. */
function shardOf(taskId: string, shards: number): number {
  return parseInt(taskId.slice(0, 8), 16) % shards;
}

import { Task } from './task';
import { TABLE } from '../../protocol/table';

/**
 * Number of partitions of the index of open tasks. Each accepts 1,000 writes a second, and a task causes two. The number is part of the
 * stored items: if it changes, open tasks are not found.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const CHECK_SHARDS = 40;

/** Number of partitions for the tasks without an owner in the index of owners. A task causes one write there. */
const SHARED_SPACE_SHARDS = 20;

/** Returns the attributes that put a new task into the indexes. They never change, except that a task leaves the index of open tasks. */
export function indexKeys({ taskId, owner, createdAt }: Task): Record<string, string> {
  return {
    [TABLE.CHECK_SHARD]: String(shardOf(taskId, CHECK_SHARDS)),
    [TABLE.OWNER_SPACE]: owner === undefined ? sharedSpace(shardOf(taskId, SHARED_SPACE_SHARDS)) : ownSpace(owner),
    [TABLE.CREATED_KEY]: `${createdAt}#${taskId}`,
  };
}

/** Returns all partitions of the index of owners that can have tasks of an owner. */
export function spaces(owner: string | undefined): string[] {
  return owner === undefined ? Array.from({ length: SHARED_SPACE_SHARDS }, (_, shard) => sharedSpace(shard)) : [ownSpace(owner)];
}

function ownSpace(owner: string): string {
  return `owner#${owner}`;
}

function sharedSpace(shard: number): string {
  return `shared#${shard}`;
}

/** Ids are random, and start with hexadecimal digits. */
function shardOf(taskId: string, shards: number): number {
  return parseInt(taskId.slice(0, 8), 16) % shards;
}

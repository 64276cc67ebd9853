import { isTerminal, TASK_STATUSES, TaskStatus } from './wire';

/** Attributes of the table that constructs and Lambda functions both know. */
export const TABLE = {
  PARTITION_KEY: 'taskId',
  SORT_KEY: 'item',
  TIME_TO_LIVE: 'expiresAt',
  /** Sort key of the item that is the task itself. */
  HEAD: 'task',
  STATUS: 'status',
  /** The status before the last update. A stream filter can't compare two images, so the item says itself what changed. */
  PREVIOUS_STATUS: 'previousStatus',
  /** The index of the open tasks, by the time of their next check. */
  CHECKS_INDEX: 'checks',
  /** Spreads the open tasks over partitions of the index; a task that has ended has none, and is not in it. */
  CHECK_SHARD: 'checkShard',
  CHECK_AT: 'checkAt',
  /** The index of all tasks of an owner, newest first. */
  OWNERS_INDEX: 'owners',
  /** The owner, or a shard of the space that callers without one share. */
  OWNER_SPACE: 'ownerSpace',
  /** When the task was created, and its id: unique, and never changed. */
  CREATED_KEY: 'createdKey',
  TYPE: 'type',
} as const;

/**
 * Selects the records of the stream that become events: a new task, and each change of a status. A record is judged by its `NewImage`
 * alone: Lambda filters records of DynamoDB by their `dynamodb` key, and by no other, `eventName` for instance.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export const STREAM_FILTERS = [
  // Every update sets `previousStatus`, so a head without it is new.
  headFilter(['PENDING'], [{ exists: false }]),
  // A progress, a heartbeat or the move of a check leaves both the same.
  headFilter(['RUNNING'], ['PENDING']),
  headFilter(TASK_STATUSES.filter(isTerminal), TASK_STATUSES.filter((status) => !isTerminal(status))),
];

function headFilter(statuses: TaskStatus[], previousStatuses: (TaskStatus | { exists: boolean })[]) {
  // `exists` is about leaves only, the type of an attribute's value included.
  const image = { [TABLE.SORT_KEY]: { S: [TABLE.HEAD] }, [TABLE.STATUS]: { S: statuses }, [TABLE.PREVIOUS_STATUS]: { S: previousStatuses } };
  return { dynamodb: { NewImage: image } };
}

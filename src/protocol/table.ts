import { isTerminal, TASK_STATUSES, TaskStatus } from './wire';

/** Attributes and indexes of the table that both constructs and Lambda functions use. */
export const TABLE = {
  PARTITION_KEY: 'taskId',
  SORT_KEY: 'item',
  TIME_TO_LIVE: 'expiresAt',
  /** Sort key of the item that is the task itself. */
  HEAD: 'task',
  STATUS: 'status',
  /** The status before the last update. A stream filter can't compare two images, so the item itself shows what changed. */
  PREVIOUS_STATUS: 'previousStatus',
  /** Index of the open tasks, by the time of their next check. */
  CHECKS_INDEX: 'checks',
  /** Spreads the open tasks over partitions of the index. An ended task has no shard, so it is not in the index. */
  CHECK_SHARD: 'checkShard',
  CHECK_AT: 'checkAt',
  /** Index of the tasks of each owner, newest first. */
  OWNERS_INDEX: 'owners',
  /** The owner, or a shard of the space that callers without an owner share. */
  OWNER_SPACE: 'ownerSpace',
  /** Creation time and id of the task: unique, and never changed. */
  CREATED_KEY: 'createdKey',
  TYPE: 'type',
} as const;

/**
 * Selects the records of the stream that become events: new tasks, and changes of their status. The filters look at `NewImage` only,
 * because Lambda filters DynamoDB records by their `dynamodb` key and not, for example, by `eventName`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
 */
export const STREAM_FILTERS = [
  // Every update sets `previousStatus`, so a head without it is new.
  headFilter(['PENDING'], [{ exists: false }]),
  // Progress, a heartbeat or a moved check sets both statuses to the same value.
  headFilter(['RUNNING'], ['PENDING']),
  headFilter(TASK_STATUSES.filter(isTerminal), TASK_STATUSES.filter((status) => !isTerminal(status))),
];

/** Selects all changes of tasks, progress included, for live updates. Payloads and results have items of their own. */
export const LIVE_STREAM_FILTERS = [{ dynamodb: { NewImage: { [TABLE.SORT_KEY]: { S: [TABLE.HEAD] } } } }];

/** Attributes of the table of connections. */
export const LIVE_TABLE = {
  /** What a connection watches, or `connection#` and its id for the connection itself. */
  PARTITION_KEY: 'topic',
  SORT_KEY: 'connectionId',
  /** When the connection ends at the latest, in seconds since the epoch. */
  TIME_TO_LIVE: 'expiresAt',
} as const;

function headFilter(statuses: TaskStatus[], previousStatuses: (TaskStatus | { exists: boolean })[]) {
  return {
    dynamodb: {
      NewImage: {
        [TABLE.SORT_KEY]: { S: [TABLE.HEAD] },
        [TABLE.STATUS]: { S: statuses },
        // `exists` works on leaf nodes only, here the type of the attribute's value.
        [TABLE.PREVIOUS_STATUS]: { S: previousStatuses },
      },
    },
  };
}

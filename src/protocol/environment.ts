/** Defines what the constructs tell the Lambda functions: environment variables, and a file beside the code. */

/** Names of the environment variables that the constructs set and the Lambda functions read. */
export const ENVIRONMENT = {
  TABLE_NAME: 'TABLE_NAME',
  EVENT_BUS_NAME: 'EVENT_BUS_NAME',
  EVENT_SOURCE: 'EVENT_SOURCE',
  DEAD_LETTER_QUEUE_URL: 'DEAD_LETTER_QUEUE_URL',
  TASK_TIMEOUT_SECONDS: 'TASK_TIMEOUT_SECONDS',
  RETENTION_SECONDS: 'RETENTION_SECONDS',
  /** What comes from this queue is believed less than a report. */
  UNDELIVERED_QUEUE_ARN: 'UNDELIVERED_QUEUE_ARN',
  /** Where a request says who owns its tasks: `<OwnerPlace>:<name>`. Not set where all callers share one space. */
  OWNER: 'OWNER',
  MAX_REQUEST_BYTES: 'MAX_REQUEST_BYTES',
  /** The longest time that a `Prefer: wait` is granted. 0 for none. */
  MAX_WAIT_SECONDS: 'MAX_WAIT_SECONDS',
  /** The origins that browsers may call from, with commas between them. Not set without CORS. */
  ALLOW_ORIGINS: 'ALLOW_ORIGINS',
} as const;

/** Parts of a request that can say who owns its tasks: a header, a claim of a Cognito token, what a Lambda authorizer returned. */
export type OwnerPlace = 'header' | 'claim' | 'context';

/** Formats the value of `OWNER`. */
export function formatOwnerPlace(place: OwnerPlace, name: string): string {
  return `${place}:${name}`;
}

/** Parses the value of `OWNER`. Throws if it is not one that {@link formatOwnerPlace} returned. */
export function parseOwnerPlace(value: string): { place: OwnerPlace; name: string } {
  const [, place, name] = /^(header|claim|context):(.+)$/s.exec(value) ?? [];
  if (name === undefined) throw new Error(`the place of the owner must be header:<name>, claim:<name> or context:<name>, got '${value}'`);
  return { place: place as OwnerPlace, name };
}

/** The file beside the code of the API's function that lists the task types, if only some are allowed. */
export const TASK_TYPES_FILE = 'task-types.json';

/** An entry of that file. */
export interface TaskTypeEntry {
  readonly taskType: string;
  /** A JSON Schema. */
  readonly payloadSchema?: object;
}

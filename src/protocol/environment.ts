/** Defines how the constructs configure the Lambda functions: by environment variables, and a file next to the code. */

/** Names of the environment variables that the constructs set and the Lambda functions read. */
export const ENVIRONMENT = {
  TABLE_NAME: 'TABLE_NAME',
  EVENT_BUS_NAME: 'EVENT_BUS_NAME',
  EVENT_SOURCE: 'EVENT_SOURCE',
  /** The function that answers processors with the status of their task. */
  STATUS_READER_ARN: 'STATUS_READER_ARN',
  DEAD_LETTER_QUEUE_URL: 'DEAD_LETTER_QUEUE_URL',
  TASK_TIMEOUT_SECONDS: 'TASK_TIMEOUT_SECONDS',
  RETENTION_SECONDS: 'RETENTION_SECONDS',
  /** The bucket for results of any size. Not set without one. */
  RESULT_BUCKET_NAME: 'RESULT_BUCKET_NAME',
  /** The regional domain name of that bucket. */
  RESULT_BUCKET_DOMAIN_NAME: 'RESULT_BUCKET_DOMAIN_NAME',
  /** `true` if X-Ray traces the functions: it decides which requests are sampled, and events carry its tracing header. */
  X_RAY: 'X_RAY',
  /** How often a function gets an event from the queue of a processor. Only set for its reporter, and for the starter of long work. */
  ATTEMPTS: 'ATTEMPTS',
  /** The state machine that runs the work of a task. */
  WRAPPER_ARN: 'WRAPPER_ARN',
  /** The user's state machine that is the work. Not set if the work is a container. */
  WORK_STATE_MACHINE_ARN: 'WORK_STATE_MACHINE_ARN',
  /** The ECS cluster, the family of the task definition and the container that is the work. Not set if the work is a state machine. */
  CLUSTER_ARN: 'CLUSTER_ARN',
  TASK_DEFINITION_FAMILY: 'TASK_DEFINITION_FAMILY',
  CONTAINER_NAME: 'CONTAINER_NAME',
  /** The queue whose messages are dead letters. They are trusted less than reports. */
  UNDELIVERED_QUEUE_ARN: 'UNDELIVERED_QUEUE_ARN',
  /** Where to find the owner in a request, as {@link formatOwnerPlace} returns it. Not set if all callers share their tasks. */
  OWNER: 'OWNER',
  MAX_REQUEST_BYTES: 'MAX_REQUEST_BYTES',
  /** Maximum time that `Prefer: wait` can ask for. 0 if waiting is off. */
  MAX_WAIT_SECONDS: 'MAX_WAIT_SECONDS',
  /** The origins that browsers may call the API from, separated by commas. Not set without CORS, or if API Gateway adds its headers. */
  ALLOW_ORIGINS: 'ALLOW_ORIGINS',
  /** `true` if scripts may read replies to requests with credentials. */
  ALLOW_CREDENTIALS: 'ALLOW_CREDENTIALS',
  /** The issuer of the tokens that open connections for live updates. */
  TOKEN_ISSUER: 'TOKEN_ISSUER',
  /** The audiences that these tokens can be for, separated by spaces. */
  TOKEN_AUDIENCE: 'TOKEN_AUDIENCE',
  /** The scopes of which these tokens must have one, separated by spaces. Not set if they need none. */
  TOKEN_SCOPES: 'TOKEN_SCOPES',
  /** The table of the connections for live updates, and the queue of what is sent to them. */
  LIVE_TABLE_NAME: 'LIVE_TABLE_NAME',
  LIVE_QUEUE_URL: 'LIVE_QUEUE_URL',
  /** Where messages to connections are posted. */
  CALLBACK_URL: 'CALLBACK_URL',
  /** How many messages one invocation posts a second. */
  POSTS_PER_SECOND: 'POSTS_PER_SECOND',
  /** Key of the authorizer's context that holds when a connection ends, in seconds since the epoch. Not set if none ends. */
  EXPIRY_CONTEXT_KEY: 'EXPIRY_CONTEXT_KEY',
} as const;

/**
 * Part of a request that holds the owner: a header, a query parameter, the claims of a token, or the context that a Lambda authorizer
 * returned. A claim can be joined with the issuer of its token.
 */
export type OwnerPlace = 'header' | 'parameter' | 'claim' | 'issuer-and-claim' | 'context';

/** Formats the value of `OWNER`. */
export function formatOwnerPlace(place: OwnerPlace, name: string): string {
  return `${place}:${name}`;
}

/** Parses the value of `OWNER`. Throws if it is not one that {@link formatOwnerPlace} returned. */
export function parseOwnerPlace(value: string): { place: OwnerPlace; name: string } {
  const [, place, name] = /^(header|parameter|claim|issuer-and-claim|context):(.+)$/s.exec(value) ?? [];
  if (name === undefined) {
    throw new Error('the place of the owner must be header:<name>, parameter:<name>, claim:<name>, issuer-and-claim:<name> or '
      + `context:<name>, got '${value}'`);
  }
  return { place: place as OwnerPlace, name };
}

/** Name of the file next to the code of the API's function that lists the accepted task types. There is none if all types are accepted. */
export const TASK_TYPES_FILE = 'task-types.json';

/**
 * Name of the file next to the code of the publisher that lists the task types with metrics of their own. There is none without
 * `metricsByTaskType`.
 */
export const METRIC_TASK_TYPES_FILE = 'metric-task-types.json';

/** Entry of the file of the task types. */
export interface TaskTypeEntry {
  readonly taskType: string;
  /** JSON Schema that payloads must match. */
  readonly payloadSchema?: object;
}

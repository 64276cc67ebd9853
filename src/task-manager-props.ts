import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskApiAuth } from './task-api-auth';

/**
 * Describes a type of tasks that a `TaskManager` accepts.
 */
export interface TaskTypeOptions {
  /**
   * The name of the type: a letter, then up to 63 letters, digits, `.`, `_` and `-`.
   */
  readonly taskType: string;

  /**
   * What the payload of such a task must be: a JSON Schema, draft 2020-12, as a plain object. A task must have a payload then.
   *
   * A schema of which something would not be checked is refused at synthesis, with what to write instead: unknown keywords (notes of your
   * own begin with `x-`), unknown formats, `$dynamicRef`, references to other documents, patterns that take exponential time. In other
   * languages than TypeScript, write `true` for a part that accepts everything, and `{"type": "null"}` for `{"const": null}`: the null in
   * an object does not arrive.
   *
   * A check that takes longer than a second is answered with 503.
   *
   * @see https://json-schema.org/draft/2020-12
   * @default - any payload, or none
   */
  readonly payloadSchema?: { [keyword: string]: any };
}

/**
 * Configures a `TaskManager`. Everything has a safe default.
 */
export interface TaskManagerProps {
  /**
   * Whether the API writes a log group of its own with a line for each request: time, method, route, status, latencies, and nothing of
   * what was sent. API Gateway needs a role for that, which is a setting of the account and region: without it the deployment fails.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   * @default false
   */
  readonly accessLogs?: boolean;

  /**
   * Who may call the API, and to whom a task belongs.
   *
   * @default TaskApiAuth.iam()
   */
  readonly auth?: TaskApiAuth;

  /**
   * The origins whose scripts may call the API from a browser, for example `https://app.example.com`, or `*` for all.
   *
   * @see https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS
   * @default - none: browsers call it from no other origin
   */
  readonly corsAllowOrigins?: string[];

  /**
   * The bus for the tasks' events. Several TaskManagers may share one.
   *
   * @default - a new bus
   */
  readonly eventBus?: events.IEventBus;

  /**
   * How long the logs of the TaskManager's functions are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The longest body of a request: from 1 to 384 KiB. The payload of a task must fit into an item of DynamoDB, which takes 400 KB.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
   * @default Size.kibibytes(64)
   */
  readonly maxRequestSize?: Size;

  /**
   * How long a poll may wait at most for its task to end, if it asks to by `Prefer: wait=<seconds>` (RFC 7240): up to 25 seconds. Each poll
   * that waits keeps one instance of the API's function busy, up to `throttlingRateLimit` times `maxPollWait` of them, and the account has
   * so many for all of its functions.
   *
   * @default - no poll waits
   */
  readonly maxPollWait?: Duration;

  /**
   * What becomes of the table, and the tasks in it, when the TaskManager is removed.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How long a task is kept after its end: from a minute to 10 years. DynamoDB then removes it within a few days.
   *
   * @default Duration.days(7)
   */
  readonly taskRetention?: Duration;

  /**
   * The longest time from a task's creation to its end: from a second to a year. A task that has not ended by then fails with code
   * `TaskTimeout`. A request may ask for less.
   *
   * @default Duration.hours(24)
   */
  readonly taskTimeout?: Duration;

  /**
   * The types of tasks that are accepted, each once. Requests for others are answered with 422.
   *
   * @default - every type is
   */
  readonly taskTypes?: TaskTypeOptions[];

  /**
   * How many requests the API takes at once, before `throttlingRateLimit` counts. Others are answered with 429.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * How many requests the API takes in a second, in the long run. Others are answered with 429.
   *
   * @default 100
   */
  readonly throttlingRateLimit?: number;
}

/**
 * Identifies a TaskManager that was deployed by another app.
 */
export interface TaskManagerAttributes {
  /**
   * The ARN of its bus: `taskManager.eventBus.eventBusArn`.
   */
  readonly eventBusArn: string;

  /**
   * The source of its events: `taskManager.eventSource`.
   */
  readonly eventSource: string;

  /**
   * The ARN of its queue of undelivered events: `taskManager.undeliveredQueue.queueArn`.
   */
  readonly undeliveredQueueArn: string;

  /**
   * Its `taskTimeout`.
   *
   * @default Duration.hours(24)
   */
  readonly taskTimeout?: Duration;

  /**
   * The id of its REST API: `taskManager.restApi.restApiId`. Needed for `grantCreate()`, `grantRead()` and `grantCancel()` alone.
   *
   * @default - the TaskManager grants nothing on its API
   */
  readonly restApiId?: string;

  /**
   * The stage of its REST API: `taskManager.restApi.deploymentStage.stageName`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;
}

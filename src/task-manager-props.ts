import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as logs from 'aws-cdk-lib/aws-logs';
import { TaskApiAuth } from './task-api-auth';
import { TaskConcurrency } from './task-concurrency';
import { TaskEndpoint } from './task-endpoint';
import { TaskResourceOptions } from './task-resource-options';
import { TaskResults } from './task-results';

/**
 * Describes a task type that a `TaskManager` accepts.
 */
export interface TaskTypeOptions {
  /**
   * The name of the task type: a letter, then up to 63 letters, digits, `.`, `_` and `-`.
   */
  readonly taskType: string;

  /**
   * The JSON Schema that the payload must match, as a plain object. With a schema, the payload is required.
   *
   * The schema is of draft 2020-12, or of draft-07 if its `$schema` is `http://json-schema.org/draft-07/schema#`. Synthesis converts a
   * schema of draft-07, and warns (`cdk-task-manager:ignoredKeyword`) of keywords that draft-07 ignores, such as those next to a `$ref`.
   *
   * Synthesis fails if a part of the schema would not be checked, and the error says what to write instead: unknown keywords (names of your
   * own annotations begin with `x-`), unknown formats, `$dynamicRef`, references to other documents, and patterns that take exponential
   * time. In languages other than TypeScript, write `true` for a schema that accepts everything, and `{"type": "null"}` instead of
   * `{"const": null}`, because jsii drops nulls in objects.
   *
   * If the check of a payload takes longer than a second, the request gets a 503.
   *
   * @see https://json-schema.org/draft/2020-12
   * @default - any payload, or none
   */
  readonly payloadSchema?: { [keyword: string]: any };
}

/**
 * Configures a `TaskManager`. All props are optional and have safe defaults.
 */
export interface TaskManagerProps extends TaskResourceOptions {
  /**
   * Whether the API writes access logs, to its own log group.
   *
   * Each line has the time, method, route, status and latencies of a request. Headers, payloads, task ids and addresses are not logged.
   * A REST API needs a CloudWatch role, which is a setting of the account and region. Without it, the deployment fails.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   * @default false
   */
  readonly accessLogs?: boolean;

  /**
   * Who can call the API, and who owns a task.
   *
   * @default TaskApiAuth.iam()
   */
  readonly auth?: TaskApiAuth;

  /**
   * The origins from which browsers can call the API, for example `https://app.example.com`. Use `*` alone to allow all origins.
   *
   * @see https://developer.mozilla.org/docs/Web/HTTP/Guides/CORS
   * @default - no CORS: browsers can't call the API from other origins
   */
  readonly corsAllowOrigins?: string[];

  /**
   * Whether the table is protected from deletion. To delete it, first deploy with `false`.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Where the routes of the API are: in a REST API, below a resource of a REST API of yours, or in an HTTP API.
   *
   * The URL of the API changes with it.
   *
   * @default TaskEndpoint.restApi()
   */
  readonly endpoint?: TaskEndpoint;

  /**
   * The event bus for the events of the tasks. Several TaskManagers can share a bus.
   *
   * @default - a new event bus
   */
  readonly eventBus?: events.IEventBus;

  /**
   * How long CloudWatch keeps the logs of the TaskManager's functions, and the access logs of the API.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Maximum time that a poll may wait for the end of its task, with `Prefer: wait=<seconds>` (RFC 7240). From 0 to 25 seconds.
   *
   * Each waiting poll occupies an instance of the API's function: up to `throttlingRateLimit` times the seconds of `maxPollWait`. All
   * functions of the account share its concurrency.
   *
   * @default - polls do not wait
   */
  readonly maxPollWait?: Duration;

  /**
   * Maximum size of a request body, from 1 to 384 KiB. The payload of a task must fit into a DynamoDB item, which has at most 400 KB.
   *
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
   * @default Size.kibibytes(64)
   */
  readonly maxRequestSize?: Size;

  /**
   * Whether there are metrics of each task type, besides those of all tasks. It needs `taskTypes`.
   *
   * Each task type has up to eight metrics. A metric costs 0.30 USD in a month in which it has values every hour.
   *
   * @see https://aws.amazon.com/cloudwatch/pricing/
   * @default false
   */
  readonly metricsByTaskType?: boolean;

  /**
   * What happens to the table, and the tasks in it, when the TaskManager is removed from the app.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How much of the account's Lambda concurrency is reserved for the TaskManager's functions, so that busy functions of others, such as
   * those of processors, can't keep them from ending tasks. Small accounts can't reserve any.
   *
   * @default - nothing is reserved
   */
  readonly reservedConcurrency?: TaskConcurrency;

  /**
   * The bucket for results that are larger than 200 KiB: `TaskResults.bucket()`, or a bucket of yours.
   *
   * A processor puts an object below `tasks/<type>/<taskId>/` and reports its key. A caller that can read the task gets a signed URL that
   * downloads it, and is valid for 15 minutes at most.
   *
   * @default - no bucket: a larger result fails the task with the code `ResultTooLarge`
   */
  readonly resultBucket?: TaskResults;

  /**
   * How long a task is kept after its end, from 1 minute to 3650 days. After that, DynamoDB deletes the task within a few days.
   *
   * @default Duration.days(7)
   */
  readonly taskRetention?: Duration;

  /**
   * Maximum time from the creation of a task to its end, from 1 second to 365 days. A request can ask for less.
   *
   * A task that has not ended by then fails with the code `TaskTimeout`.
   *
   * @default Duration.hours(24)
   */
  readonly taskTimeout?: Duration;

  /**
   * The task types that the API accepts, without duplicates. Requests for other types get a 422.
   *
   * @default - all task types
   */
  readonly taskTypes?: TaskTypeOptions[];

  /**
   * Maximum number of requests that the API accepts at once, even if their rate exceeds `throttlingRateLimit`. Other requests get a 429.
   *
   * API Gateway applies it to each method or route by itself, for all callers together.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default 200
   */
  readonly throttlingBurstLimit?: number;

  /**
   * Maximum number of requests per second that the API accepts in the long run. Other requests get a 429.
   *
   * API Gateway applies it to each method or route by itself, for all callers together.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default 100
   */
  readonly throttlingRateLimit?: number;
}

/**
 * Identifies a TaskManager that another app deployed. The options that it inherits are for the processors of this app. With `vpc` and
 * without `securityGroups`, they get a new security group.
 */
export interface TaskManagerAttributes extends TaskResourceOptions {
  /**
   * The ARN of the event bus: `taskManager.eventBus.eventBusArn`.
   */
  readonly eventBusArn: string;

  /**
   * The source of the events: `taskManager.eventSource`.
   */
  readonly eventSource: string;

  /**
   * The ARN of the queue of undelivered events: `taskManager.undeliveredQueue.queueArn`.
   */
  readonly undeliveredQueueArn: string;

  /**
   * The ARN of the function that answers processors with the status of their task: `taskManager.statusReader.functionArn`.
   *
   * @default - processors can't stop work on cancelled tasks, and synthesis warns (`cdk-task-manager:noStatusReader`)
   */
  readonly statusReaderArn?: string;

  /**
   * The maximum time from the creation of a task to its end: `taskManager.taskTimeout`.
   *
   * @default Duration.hours(24)
   */
  readonly taskTimeout?: Duration;

  /**
   * The ARN of the bucket for results: `taskManager.resultBucket.bucketArn`.
   *
   * @default - processors can't write results to a bucket
   */
  readonly resultBucketArn?: string;

  /**
   * The ARN of the KMS key that encrypts that bucket: `taskManager.resultBucket.encryptionKey.keyArn`.
   *
   * @default - the bucket is not encrypted with a key of yours
   */
  readonly resultBucketKeyArn?: string;

  /**
   * How long CloudWatch keeps the logs of the reporters of processors: `taskManager.logRetention`.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Whether the TaskManager has metrics of each task type: `taskManager.metricsByTaskType`.
   *
   * @default false
   */
  readonly metricsByTaskType?: boolean;

  /**
   * The id of the REST API: `taskManager.restApi.restApiId`, or that of your API if the routes are below a resource of it. Required, or
   * `httpApiId`, by `grantCreate()`, `grantRead()` and `grantCancel()` only.
   *
   * @default - permission to call the API can't be granted
   */
  readonly restApiId?: string;

  /**
   * The id of the HTTP API: `taskManager.httpApi.apiId`.
   *
   * @default - the API is a REST API
   */
  readonly httpApiId?: string;

  /**
   * The stage of the REST API: `taskManager.restApi.deploymentStage.stageName`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * The path of the resource of your REST API that the routes are below: `resource.path`, for example `/v1`.
   *
   * @default - the routes are at the root of the API
   */
  readonly resourcePath?: string;
}

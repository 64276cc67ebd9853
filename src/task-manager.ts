import { Annotations, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { ApiFunction } from './private/api/api-function';
import { OpenApiOptions, renderOpenApi } from './private/api/open-api';
import { TaskApi } from './private/api/task-api';
import { allowServices } from './private/encryption/key-policy';
import { uniqueEventSource } from './private/event-source';
import { ImportedTaskManager } from './private/imported-task-manager';
import { TaskDashboard } from './private/monitoring/task-dashboard';
import { Outputs } from './private/outputs';
import { OwnEventBus } from './private/pipeline/own-event-bus';
import { StatusPublisherFunction } from './private/pipeline/status-publisher-function';
import { StatusReaderFunction } from './private/pipeline/status-reader-function';
import { StatusUpdaterFunction } from './private/pipeline/status-updater-function';
import { SweeperFunction } from './private/pipeline/sweeper-function';
import { TaskTable } from './private/pipeline/task-table';
import { quietly } from './private/quietly';
import { resolveResourceOptions } from './private/resource-options';
import { TaskManagerBase } from './private/task-manager-base';
import { validateConcurrency } from './private/validation/concurrency';
import { validateDuration, validateSize, validateThrottling } from './private/validation/limits';
import { validateOrigins } from './private/validation/origins';
import { validateSameEnvironment } from './private/validation/same-environment';
import { taskTypeEntries } from './private/validation/task-type-entries';
import { TaskAlarmOptions, TaskAlarms } from './task-alarms';
import { TaskApiAuth } from './task-api-auth';
import { TaskDashboardOptions } from './task-dashboard-options';
import { TaskEndpoint } from './task-endpoint';
import { ITaskManager } from './task-manager-interface';
import { TaskManagerAttributes, TaskManagerProps } from './task-manager-props';
import { TaskOutputsOptions } from './task-outputs-options';
import { TaskQueries, TaskQueriesOptions } from './task-queries';
import { TaskResourceOptions } from './task-resource-options';

/**
 * Accepts long-running tasks over HTTP, stores them, and reports their status. A `TaskProcessor` does the work.
 *
 * Creates an API to create, poll, list and cancel tasks, the DynamoDB table `TaskStatus`, a function that publishes status changes on
 * an EventBridge bus, a function that writes the reports of processors to the table, a function that answers processors with the status of
 * their task, and a function that ends overdue tasks.
 *
 * @example
 * const taskManager = new TaskManager(this, 'Tasks', { taskTimeout: Duration.hours(2) });
 * new CfnOutput(this, 'ApiUrl', { value: taskManager.apiUrl });
 */
export class TaskManager extends TaskManagerBase {
  /**
   * Imports a TaskManager that another app deployed in the same account and region.
   *
   * Throws if an ARN is of another account or region.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param attributes The attributes that identify the TaskManager.
   */
  public static fromTaskManagerAttributes(scope: Construct, id: string, attributes: TaskManagerAttributes): ITaskManager {
    return new ImportedTaskManager(scope, id, attributes);
  }

  /**
   * The URL of the API, with its stage and the path of the resource that has the routes. Ends in `/`.
   */
  public readonly apiUrl: string;

  /**
   * The TaskManager's own REST API, if it has one. Attach a custom domain or a web ACL here.
   */
  public readonly restApi?: apigateway.RestApi;

  /**
   * The TaskManager's own HTTP API, if it has one: with `TaskEndpoint.httpApi()`. Attach a custom domain here.
   */
  public readonly httpApi?: apigatewayv2.HttpApi;

  /**
   * The function that answers the requests to the API.
   */
  public readonly apiHandler: lambda.Function;

  /**
   * The DynamoDB table of the tasks.
   */
  public readonly table: dynamodb.TableV2;

  public readonly acceptedTaskTypes?: string[];

  public readonly eventBus: events.IEventBus;

  /**
   * The dead-letter queue of the TaskManager's own event bus, if that has an `encryptionKey`: the events that EventBridge could not encrypt
   * or decrypt. Keeps them for 14 days. SQS encrypts it with a key of its own, because EventBridge may be unable to use `encryptionKey`.
   *
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
   */
  public readonly eventBusDeadLetterQueue?: sqs.Queue;

  public readonly eventSource: string;

  public readonly logRetention: logs.RetentionDays;

  public readonly maxRequestSize?: Size;

  public readonly metricsByTaskType: boolean;

  public readonly resourceOptions: TaskResourceOptions;

  public readonly resultBucket?: s3.IBucket;

  public readonly statusReader?: lambda.IFunction;

  public readonly taskTimeout: Duration;

  public readonly undeliveredQueue: sqs.IQueue;

  /**
   * The function that publishes status changes of tasks on the event bus.
   */
  public readonly statusPublisher: lambda.Function;

  /**
   * The dead-letter queue of the status changes that could not be published. Keeps them for 14 days.
   */
  public readonly statusPublisherDeadLetterQueue: sqs.Queue;

  /**
   * The function that writes the reports of processors to the table.
   */
  public readonly statusUpdater: lambda.Function;

  /**
   * The queue of the reports that `statusUpdater` has not written yet.
   */
  public readonly statusUpdaterQueue: sqs.Queue;

  /**
   * The rule that puts the reports of processors into `statusUpdaterQueue`.
   */
  public readonly statusUpdaterRule: events.Rule;

  /**
   * The dead-letter queue of the reports that could not be written, most often malformed ones. Keeps them for 14 days.
   */
  public readonly statusUpdaterDeadLetterQueue: sqs.Queue;

  /**
   * The dead-letter queue of `undeliveredQueue`. Keeps, for 14 days, messages that are not dead letters of EventBridge, and messages whose
   * task could not be failed.
   */
  public readonly undeliveredDeadLetterQueue: sqs.Queue;

  /**
   * The function that ends overdue tasks once a minute.
   */
  public readonly sweeper: lambda.Function;

  /**
   * The rule that invokes `sweeper`.
   */
  public readonly sweeperRule: events.Rule;

  private readonly api: TaskApi;

  private readonly allowOrigins: string[];

  private hasLiveUpdates = false;

  private readonly openApi: OpenApiOptions;

  /**
   * Defines a TaskManager.
   *
   * Throws if a prop is invalid.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param props The props that differ from the defaults.
   */
  constructor(scope: Construct, id: string, props: TaskManagerProps = {}) {
    super(scope, id);
    validateDuration('taskTimeout', props.taskTimeout, Duration.seconds(1), Duration.days(365));
    validateDuration('taskRetention', props.taskRetention, Duration.minutes(1), Duration.days(3650));
    validateDuration('maxPollWait', props.maxPollWait, Duration.seconds(0), Duration.seconds(25));
    validateSize('maxRequestSize', props.maxRequestSize, Size.kibibytes(1), Size.kibibytes(384));
    validateThrottling(props);
    if (props.reservedConcurrency) validateConcurrency(props.reservedConcurrency);
    validateOrigins('corsAllowOrigins', props.corsAllowOrigins);
    if (props.eventBus) validateSameEnvironment('eventBus', props.eventBus.env, 'TaskManager', Stack.of(this));
    const taskTypes = props.taskTypes && taskTypeEntries(props.taskTypes, (message) => {
      Annotations.of(this).addWarningV2('cdk-task-manager:ignoredKeyword', message);
    });
    const metricsByTaskType = props.metricsByTaskType ?? false;
    if (metricsByTaskType && !taskTypes) {
      throw new Error('metricsByTaskType must be with taskTypes, because each task type adds metrics that cost: list the task types, '
        + 'or remove metricsByTaskType');
    }
    const endpoint = props.endpoint ?? TaskEndpoint.restApi();
    const cors = endpoint._corsOf(props.corsAllowOrigins);
    const maxPollWait = props.maxPollWait ?? Duration.seconds(0);
    const logRetention = props.logRetention ?? logs.RetentionDays.ONE_MONTH;
    const taskTimeout = props.taskTimeout ?? Duration.hours(24);
    const taskRetention = props.taskRetention ?? Duration.days(7);
    const maxRequestSize = props.maxRequestSize ?? Size.kibibytes(64);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;

    const resourceOptions = resolveResourceOptions(this, props);
    const { encryptionKey } = resourceOptions;
    if (encryptionKey) allowServices(this, encryptionKey);
    const { deletionProtection, reservedConcurrency = {} } = props;

    // TableV2 of aws-cdk-lib 2.263.0 passes deprecated props. That of 2.276.0 does not.
    const table = quietly(() => new TaskTable(this, 'TaskStatus', {
      removalPolicy, taskRetention, encryptionKey, deletionProtection,
    }));
    const resultBucket = props.resultBucket?._bucketFor(this, {
      taskTimeout, taskRetention, allowOrigins: cors?.allowOrigins ?? [], removalPolicy, encryptionKey,
    });
    if (resultBucket) validateSameEnvironment('resultBucket', resultBucket.env, 'TaskManager', Stack.of(this));
    const ownEventBus = props.eventBus ? undefined : new OwnEventBus(this, 'EventBus', encryptionKey);
    const eventBus = props.eventBus ?? ownEventBus!;
    const eventSource = uniqueEventSource(this);

    const apiHandler = new ApiFunction(this, 'ApiHandler', {
      table,
      resultBucket,
      taskTimeout,
      taskTypes,
      maxPollWait,
      logRetention,
      maxRequestSize,
      resourceOptions,
      reservedConcurrency: reservedConcurrency.api,
    });
    const api = endpoint._bind(this, 'Api', {
      handler: apiHandler,
      auth: props.auth ?? TaskApiAuth.iam(),
      cors,
      accessLogs: props.accessLogs,
      logRetention,
      resourceOptions,
      throttlingRateLimit: props.throttlingRateLimit,
      throttlingBurstLimit: props.throttlingBurstLimit,
    });

    const statusReader = new StatusReaderFunction(this, 'StatusReader', { table, logRetention, resourceOptions });
    const pipeline = { table, resultBucket, eventBus, eventSource, logRetention, resourceOptions };
    const statusPublisher = new StatusPublisherFunction(this, 'StatusPublisher', {
      ...pipeline,
      statusReader,
      metricTaskTypes: metricsByTaskType ? taskTypes!.map(({ taskType }) => taskType) : undefined,
      reservedConcurrency: reservedConcurrency.statusPublisher,
    });
    const statusUpdater = new StatusUpdaterFunction(this, 'StatusUpdater', {
      ...pipeline, reservedConcurrency: reservedConcurrency.statusUpdater,
    });
    const sweeper = new SweeperFunction(this, 'Sweeper', {
      table, eventSource, logRetention, resourceOptions, reservedConcurrency: reservedConcurrency.sweeper,
    });

    this.api = api;
    this.allowOrigins = cors?.allowOrigins ?? [];
    this.apiUrl = api.url;
    this.restApi = api.restApi;
    this.httpApi = api.httpApi;
    this.apiHandler = apiHandler;
    this.table = table;
    this.eventBus = eventBus;
    this.eventBusDeadLetterQueue = ownEventBus?.deadLetterQueue;
    this.eventSource = eventSource;
    this.statusPublisher = statusPublisher;
    this.statusReader = statusReader;
    this.statusUpdater = statusUpdater;
    this.statusUpdaterQueue = statusUpdater.queue;
    this.statusUpdaterRule = statusUpdater.rule;
    this.statusUpdaterDeadLetterQueue = statusUpdater.deadLetterQueue;
    this.statusPublisherDeadLetterQueue = statusPublisher.deadLetterQueue;
    this.undeliveredQueue = statusUpdater.undeliveredQueue;
    this.undeliveredDeadLetterQueue = statusUpdater.undeliveredDeadLetterQueue;
    this.sweeper = sweeper;
    this.sweeperRule = sweeper.rule;
    this.logRetention = logRetention;
    this.maxRequestSize = maxRequestSize;
    this.metricsByTaskType = metricsByTaskType;
    this.resourceOptions = resourceOptions;
    this.resultBucket = resultBucket;
    this.taskTimeout = taskTimeout;
    this.acceptedTaskTypes = taskTypes?.map(({ taskType }) => taskType);
    this.openApi = { api, hasGatewayResponses: api.restApi !== undefined, taskTypes: props.taskTypes, taskTimeout, maxPollWait };
  }

  /**
   * Takes the second place at the stream of the table, which has two. Returns what live updates need to know.
   *
   * @internal
   */
  public _addLiveUpdates() {
    if (this.hasLiveUpdates) {
      throw new Error(`${this.node.path} must have only one TaskLiveUpdates, because two functions can read the stream of its table, and `
        + 'the other one publishes the events: let all clients use the same');
    }
    this.hasLiveUpdates = true;
    return { table: this.table as TaskTable, authConfig: this.api.authConfig, allowOrigins: this.allowOrigins };
  }

  /**
   * Returns the OpenAPI 3.1 document of this TaskManager's API, with its task types, payload schemas and authorization.
   *
   * Write it to a file as JSON. It has no `servers`, because the URL of the API is not known until deployment.
   *
   * @see https://spec.openapis.org/oas/v3.1.1.html
   */
  public openApiDocument(): { [name: string]: any } {
    return renderOpenApi(this.openApi);
  }

  /**
   * Returns the metric of the number of messages in `statusPublisherDeadLetterQueue`. By default, the maximum in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricStatusPublisherDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.statusPublisherDeadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * Returns the metric of the number of messages in `statusUpdaterDeadLetterQueue`. By default, the maximum in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricStatusUpdaterDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.statusUpdaterDeadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * Returns the metric of the number of messages in `undeliveredDeadLetterQueue`. By default, the maximum in five minutes.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricUndeliveredDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.undeliveredDeadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * Returns the metric of the number of messages in `eventBusDeadLetterQueue`. By default, the maximum in five minutes.
   *
   * Throws if there is no such queue.
   *
   * @param props The properties of the metric that differ from the defaults.
   */
  public metricEventBusDeadLetters(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.eventBusDeadLetterQueue) {
      throw new Error('metricEventBusDeadLetters() needs an eventBusDeadLetterQueue, which only a TaskManager with encryptionKey and its '
        + `own event bus has, at ${this.node.path}`);
    }
    return this.eventBusDeadLetterQueue.metricApproximateNumberOfMessagesVisible(props);
  }

  /**
   * Defines CloudWatch alarms for what needs a person: failing tasks, late or failing parts of the TaskManager, and dead letters.
   *
   * Each alarm costs, by the metrics that it looks at. Throws if an option is invalid, or if there are alarms already.
   *
   * @param options What the alarms do, and the thresholds that differ from the defaults.
   * @see https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/operate.md#watch
   */
  public createAlarms(options: TaskAlarmOptions = {}): TaskAlarms {
    return TaskAlarms._of(this, this.api.serverErrors({ period: Duration.minutes(5) }), options);
  }

  /**
   * Defines a dashboard that shows if the TaskManager is healthy, what is slow, what is stuck and what it costs. With `metricsByTaskType`,
   * it also shows each task type.
   *
   * It includes the alarms of `createAlarms()`. Add graphs of your processors with its `addWidgets()`. A dashboard costs 3.00 USD a month.
   *
   * Throws if the TaskManager has a dashboard already, or more than 500 task types with metrics.
   *
   * @param options What differs from the defaults.
   * @see https://aws.amazon.com/cloudwatch/pricing/
   */
  public createDashboard(options: TaskDashboardOptions = {}): cloudwatch.Dashboard {
    return new TaskDashboard(this, options);
  }

  /**
   * Defines saved queries of CloudWatch Logs Insights over the logs of the functions. Saved queries cost nothing. To run one costs what
   * CloudWatch charges for the scanned logs.
   *
   * Throws if the TaskManager has queries already.
   *
   * @param options What differs from the defaults.
   */
  public createQueries(options: TaskQueriesOptions = {}): TaskQueries {
    return TaskQueries._of(this, options);
  }

  /**
   * Defines outputs of the stack, by which the command line finds the API, the live updates and the dead-letter queues:
   * `npx cdk-task-manager-cli --stack <name>`. They contain no secrets.
   *
   * A TaskManager in a nested stack adds them to the nested stack.
   *
   * Throws if an option is invalid, if another TaskManager of the stack has the same `outputName`, or if there are outputs already.
   *
   * @param options What differs from the defaults.
   * @see https://github.com/cdk-task-manager/cdk-task-manager/blob/main/docs/reference.md#outputs
   */
  public createOutputs(options: TaskOutputsOptions = {}): void {
    new Outputs(this, this.api.authConfig, options);
  }

  /** @internal */
  protected _usesIam(): boolean {
    return this.api.authConfig.authorizationType === apigateway.AuthorizationType.IAM;
  }

  /** @internal */
  protected _methodArn(method: string, path: string): string {
    return this.api.methodArn(method, path);
  }
}

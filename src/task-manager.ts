import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { ApiHandler } from './private/api-handler';
import { uniqueEventSource } from './private/event-source';
import { requireDuration } from './private/limits';
import { StatusPublisher } from './private/status-publisher';
import { StatusUpdater } from './private/status-updater';
import { Sweeper } from './private/sweeper';
import { TaskApi } from './private/task-api';
import { TaskManagerBase } from './private/task-manager-base';
import { TaskTable } from './private/task-table';
import { TaskApiAuth } from './task-api-auth';
import { TaskRuleOptions } from './task-events';

/**
 * Represents a TaskManager: one of this app, or one that was deployed by another.
 */
export interface ITaskManager extends IConstruct {
  /**
   * The bus that carries the tasks' events.
   */
  readonly eventBus: events.IEventBus;

  /**
   * The `source` of the events, unique to this TaskManager.
   */
  readonly eventSource: string;

  /**
   * The longest time from a task's creation to its end.
   */
  readonly taskTimeout: Duration;

  /**
   * Takes the events that EventBridge could not deliver to a processor, whose tasks then fail.
   */
  readonly undeliveredQueue: sqs.IQueue;

  /**
   * Grants the right to create tasks over the API, where it asks for IAM authorization.
   *
   * Throws when the TaskManager was imported without its `restApiId`.
   *
   * @param grantee Who gets the right.
   */
  grantCreate(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants the right to read tasks over the API, where it asks for IAM authorization.
   *
   * Throws when the TaskManager was imported without its `restApiId`.
   *
   * @param grantee Who gets the right.
   */
  grantRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * Grants the right to report on tasks of one type: to put `TaskUpdatedEvent` on the bus with that type's source, and
   * nothing else. A `TaskProcessor` does this for its function.
   *
   * @param grantee Who gets the right.
   * @param taskType The type of tasks.
   */
  grantUpdate(grantee: iam.IGrantable, taskType: string): iam.Grant;

  /**
   * Defines a rule for `TaskCreatedEvent`: a task was accepted.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskCreated(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskRunningEvent`: the work on a task has begun.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskRunning(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskSuccessfulEvent`: a task ended well.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskSuccessful(id: string, options?: TaskRuleOptions): events.Rule;

  /**
   * Defines a rule for `TaskFailedEvent`: a task ended with an error.
   *
   * @param id The id of the rule's construct.
   * @param options Which tasks, and the target of the rule.
   */
  onTaskFailed(id: string, options?: TaskRuleOptions): events.Rule;
}

/**
 * Configures a `TaskManager`. Everything has a safe default.
 */
export interface TaskManagerProps {
  /**
   * Who may call the API.
   *
   * @default TaskApiAuth.iam()
   */
  readonly auth?: TaskApiAuth;

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
  readonly retention?: Duration;

  /**
   * The longest time from a task's creation to its end: from a second to a year. A task that has not ended by then fails with code
   * `TaskTimeout`. A request may ask for less.
   *
   * @default Duration.hours(24)
   */
  readonly taskTimeout?: Duration;
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
   * The id of its REST API: `taskManager.api.restApiId`. Needed for `grantCreate()` and `grantRead()` alone.
   *
   * @default - the TaskManager grants nothing on its API
   */
  readonly restApiId?: string;

  /**
   * The stage of its REST API: `taskManager.api.deploymentStage.stageName`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;
}

/**
 * Accepts tasks over HTTP, remembers them, tells everybody how they are doing, and never does the work itself.
 *
 * Owns a REST API (create a task, poll it), the table `TaskStatus`, a function that publishes the changes of that table on
 * an EventBridge bus, and one that writes to the table what task processors report.
 */
export class TaskManager extends TaskManagerBase {
  /**
   * Imports a TaskManager that was deployed by another app, in the same account and region.
   *
   * @param scope The parent construct.
   * @param id The id of the construct.
   * @param attributes What identifies the TaskManager.
   */
  public static fromTaskManagerAttributes(scope: Construct, id: string, attributes: TaskManagerAttributes): ITaskManager {
    return new ImportedTaskManager(scope, id, attributes);
  }

  /**
   * The REST API. A custom domain or a web ACL is attached here.
   */
  public readonly api: apigateway.RestApi;

  /**
   * The function that answers the requests of the API.
   */
  public readonly apiHandler: lambda.Function;

  /**
   * The table of the tasks, `TaskStatus`.
   */
  public readonly table: dynamodb.TableV2;

  public readonly eventBus: events.IEventBus;

  public readonly eventSource: string;

  public readonly taskTimeout: Duration;

  public readonly undeliveredQueue: sqs.IQueue;

  /**
   * The function that publishes the changes of the tasks' statuses.
   */
  public readonly statusPublisher: lambda.Function;

  /**
   * Holds the changes that could not be published, for 14 days.
   */
  public readonly statusPublisherDeadLetterQueue: sqs.Queue;

  /**
   * The function that writes what the processors report.
   */
  public readonly statusUpdater: lambda.Function;

  /**
   * Holds the reports of processors that could not be written, malformed ones above all, for 14 days.
   */
  public readonly statusUpdaterDeadLetterQueue: sqs.Queue;

  /**
   * The function that ends, every minute, the tasks whose time is over.
   */
  public readonly sweeper: lambda.Function;

  constructor(scope: Construct, id: string, props: TaskManagerProps = {}) {
    super(scope, id);
    requireDuration('taskTimeout', props.taskTimeout, Duration.seconds(1), Duration.days(365));
    requireDuration('retention', props.retention, Duration.minutes(1), Duration.days(3650));
    const logRetention = props.logRetention ?? logs.RetentionDays.ONE_MONTH;
    const taskTimeout = props.taskTimeout ?? Duration.hours(24);

    const table = new TaskTable(this, 'TaskStatus', {
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      retention: props.retention ?? Duration.days(7),
    });
    const eventBus = props.eventBus ?? new events.EventBus(this, 'EventBus');
    const eventSource = uniqueEventSource(this);

    const apiHandler = new ApiHandler(this, 'ApiHandler', { table, taskTimeout, logRetention });
    const api = new TaskApi(this, 'Api', { handler: apiHandler, auth: props.auth ?? TaskApiAuth.iam() });

    const statusPublisher = new StatusPublisher(this, 'StatusPublisher', { table, eventBus, eventSource, logRetention });
    const statusUpdater = new StatusUpdater(this, 'StatusUpdater', { table, eventBus, eventSource, logRetention });
    const sweeper = new Sweeper(this, 'Sweeper', { table, logRetention });

    this.api = api;
    this.apiHandler = apiHandler;
    this.table = table;
    this.eventBus = eventBus;
    this.eventSource = eventSource;
    this.statusPublisher = statusPublisher;
    this.statusUpdater = statusUpdater;
    this.statusUpdaterDeadLetterQueue = statusUpdater.deadLetterQueue;
    this.statusPublisherDeadLetterQueue = statusPublisher.deadLetterQueue;
    this.undeliveredQueue = statusUpdater.undeliveredQueue;
    this.sweeper = sweeper;
    this.taskTimeout = taskTimeout;
  }

  /** @internal */
  protected _methodArn(method: string, path: string): string {
    return this.api.arnForExecuteApi(method, path, this.api.deploymentStage.stageName);
  }
}

/** A TaskManager of another app. */
class ImportedTaskManager extends TaskManagerBase {
  public readonly eventBus: events.IEventBus;
  public readonly eventSource: string;
  public readonly taskTimeout: Duration;
  public readonly undeliveredQueue: sqs.IQueue;

  constructor(scope: Construct, id: string, private readonly attributes: TaskManagerAttributes) {
    super(scope, id);
    this.eventBus = events.EventBus.fromEventBusArn(this, 'EventBus', attributes.eventBusArn);
    this.eventSource = attributes.eventSource;
    this.taskTimeout = attributes.taskTimeout ?? Duration.hours(24);
    this.undeliveredQueue = sqs.Queue.fromQueueArn(this, 'Undelivered', attributes.undeliveredQueueArn);
  }

  /** @internal */
  protected _methodArn(method: string, path: string): string {
    const { restApiId, stageName = 'prod' } = this.attributes;
    if (!restApiId) {
      throw new Error(`restApiId must be given to TaskManager.fromTaskManagerAttributes to grant rights on the API, at ${this.node.path}`);
    }
    return Stack.of(this).formatArn({ service: 'execute-api', resource: restApiId, resourceName: `${stageName}/${method}${path}` });
  }
}

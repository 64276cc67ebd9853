import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { permissionsToPutResults, permissionsToReadPayloads, permissionToReport } from './permission';
import { RolePermissions } from './role-permissions';
import { TaskQueue } from './task-queue';
import { Work } from './work';
import { wrapperDefinition } from './wrapper-definition';
import { encryptWrapper, readExecutions } from './wrapper-encryption';
import { ENVIRONMENT } from '../../protocol/environment';
import { EVENT, processorSource } from '../../protocol/wire';
import { ITaskManager } from '../../task-manager-interface';
import { TaskProcessor } from '../../task-processor';
import { onlyEventsOf } from '../grant-put-events';
import { queueTarget } from '../queue-target';
import { applyQuotas } from '../rule-quotas';
import { RuntimeFunction } from '../runtime-function';
import { validateWholeNumber } from '../validation/limits';

export interface LongWorkProps {
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  readonly work: Work;
  readonly maxConcurrentStarts?: number;
  readonly logRetention?: logs.RetentionDays;
}

/** Time for a start or a stop, with all attempts of their calls. */
const TIMEOUT = Duration.seconds(30);

/** How often the queue repeats the event of a task whose work could not be started. */
const START_RETRIES = 2;

/** How often the queue delivers the end of a task whose work does not stop, and how long it keeps it. */
const STOP_ATTEMPTS = 10;
const STOP_RETENTION = Duration.days(7);

/**
 * Starts work when a task is created, reports how it ended, and stops it when the task has ended before.
 *
 * A state machine, the wrapper, runs the work and waits for its end. Nothing depends on events about the work, which AWS sends with best
 * effort.
 */
export class LongWork extends Construct {
  /** Delivers tasks to the function that starts their work, and reports if it can't. */
  public readonly start: TaskProcessor;
  public readonly starter: lambda.Function;
  public readonly stopper: lambda.Function;
  public readonly stopRule: events.Rule;
  public readonly stopQueue: sqs.Queue;
  public readonly stopDeadLetterQueue: sqs.Queue;
  public readonly wrapper: sfn.StateMachine;

  constructor(scope: Construct, id: string, private readonly props: LongWorkProps) {
    super(scope, id);
    const { taskManager, taskType, work, maxConcurrentStarts = 10 } = props;
    const logRetention = props.logRetention ?? taskManager.logRetention;
    validateWholeNumber('maxConcurrentStarts', maxConcurrentStarts, 2, 1000);
    validatePayloadsFit(taskManager, work);
    this.wrapper = this.defineWrapper();
    this.starter = this.defineFunction('Starter', 'work-starter', 'Starts the work of tasks', logRetention);
    this.stopper = this.defineFunction('Stopper', 'work-stopper', 'Stops the work of tasks that have ended', logRetention);
    this.starter.addEnvironment(ENVIRONMENT.ATTEMPTS, String(1 + START_RETRIES));
    this.wrapper.grantStartExecution(this.starter);

    // First, so that no work starts which nothing would stop.
    const stops = new TaskQueue(this, 'Stops', {
      visibilityTimeout: Duration.seconds(2 * TIMEOUT.toSeconds()),
      maxAge: STOP_RETENTION,
      attempts: STOP_ATTEMPTS,
      encryptionKey: taskManager.resourceOptions.encryptionKey,
    });
    this.stopper.addEventSource(new SqsEventSource(stops, { reportBatchItemFailures: true, maxConcurrency: 10, batchSize: 1 }));
    this.stopRule = new events.Rule(this, 'StopRule', {
      description: `Stops the work of tasks of type ${taskType} that have ended`,
      eventBus: taskManager.eventBus,
      eventPattern: {
        source: [taskManager.eventSource], detailType: [EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED], detail: { type: [taskType] },
      },
      targets: [queueTarget(stops, { deadLetterQueue: stops.failures })],
    });
    applyQuotas(this.stopRule, taskManager.eventBus);
    this.stopQueue = stops;
    this.stopDeadLetterQueue = stops.failures;

    this.start = new TaskProcessor(this, 'Start', {
      taskManager,
      taskType,
      handler: this.starter,
      maxConcurrency: maxConcurrentStarts,
      retryAttempts: START_RETRIES,
      logRetention: props.logRetention,
    });
    this.reportWrapperFailures();
    this.start.rule.node.addDependency(this.stopRule, stops, stops.failures, this.stopper, this.wrapper, ...this.allowWork());
  }

  private defineWrapper(): sfn.StateMachine {
    const { taskManager, taskType, work } = this.props;
    const { encryptionKey, tracing } = taskManager.resourceOptions;
    const wrapper = new sfn.StateMachine(this, 'Wrapper', {
      tracingEnabled: tracing === lambda.Tracing.ACTIVE || undefined,
      definitionBody: sfn.DefinitionBody.fromString(Stack.of(this).toJsonString(wrapperDefinition(work.states, taskManager.taskTimeout))),
    });
    for (const statement of work.toRun) wrapper.addToRolePolicy(statement);
    wrapper.addToRolePolicy(new iam.PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [taskManager.eventBus.eventBusArn],
      conditions: onlyEventsOf([processorSource(taskManager.eventSource, taskType)], EVENT.UPDATED),
    }));
    if (encryptionKey) encryptWrapper(wrapper, encryptionKey);
    return wrapper;
  }

  /**
   * Lets the starter report that a wrapper could not. Step Functions sends these events with best effort, so they only end the task before
   * its deadline.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
   */
  private reportWrapperFailures(): void {
    new events.Rule(this, 'WrapperFailures', {
      description: `Ends tasks of type ${this.props.taskType} whose work has been broken off`,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [this.wrapper.stateMachineArn], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] },
      },
      targets: [queueTarget(this.start.queue!)],
    });
  }

  private defineFunction(id: string, entry: string, description: string, logRetention: logs.RetentionDays): lambda.Function {
    const { work, taskManager: { resultBucket, resourceOptions } } = this.props;
    const defined = new RuntimeFunction(this, id, {
      entry,
      description,
      timeout: TIMEOUT,
      // Nobody waits for it (docs/decisions/0010-memory-and-architecture.md).
      memorySize: 256,
      logRetention,
      resourceOptions,
      environment: {
        [ENVIRONMENT.WRAPPER_ARN]: this.wrapper.stateMachineArn,
        ...work.environment,
        ...(resultBucket && {
          [ENVIRONMENT.RESULT_BUCKET_NAME]: resultBucket.bucketName,
          [ENVIRONMENT.RESULT_BUCKET_DOMAIN_NAME]: resultBucket.bucketRegionalDomainName,
        }),
      },
    });
    this.wrapper.grantExecution(defined, 'states:DescribeExecution', 'states:StopExecution', ...work.actionsToFind);
    const { encryptionKey } = resourceOptions;
    if (encryptionKey) defined.addToRolePolicy(readExecutions(this.wrapper, encryptionKey));
    for (const statement of work.toStop) defined.addToRolePolicy(statement.copy());
    return defined;
  }

  /** Allows the work to report and to exchange large payloads and results. */
  private allowWork() {
    const { taskManager, taskType, work: { role, permissions } } = this.props;
    if (!role) return [];
    return [RolePermissions.of(this, role).allow(
      this, permissionToReport(taskManager, taskType), ...permissions,
      ...permissionsToPutResults(taskManager, taskType), ...permissionsToReadPayloads(taskManager, taskType),
    )];
  }
}

/** Throws if some payloads could not be handed to the work. */
function validatePayloadsFit({ maxRequestSize, resultBucket, node }: ITaskManager, { maxRequestBytes }: Work): void {
  if (resultBucket || !maxRequestSize || maxRequestSize.isUnresolved() || maxRequestSize.toBytes() <= maxRequestBytes) return;
  throw new Error(`maxRequestSize of ${node.path} must be at most ${maxRequestBytes} bytes, got ${maxRequestSize.toBytes()}, `
    + 'so that each payload can be handed to the work: lower it, or set the resultBucket of the TaskManager for longer payloads');
}

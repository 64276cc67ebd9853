import { Annotations, Duration, Size, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { grantPutEvents } from './grant-put-events';
import { grantPutResults } from './grant-put-results';
import { metricOf, taskMetricOf } from './monitoring/task-metrics';
import { applyQuotas } from './rule-quotas';
import { validateSameEnvironment } from './validation/same-environment';
import { validateTaskType } from './validation/task-type';
import { DIMENSION } from '../protocol/metrics';
import { EVENT, processorSource } from '../protocol/wire';
import { TaskEvents } from '../task-events';
import type { ITaskManager } from '../task-manager-interface';
import type { ReportsIgnoredMetricOptions, TaskFailedMetricOptions, TaskMetricOptions } from '../task-metrics';
import type { TaskResourceOptions } from '../task-resource-options';
import type { TaskRuleOptions } from '../task-rule-options';

/**
 * The grants and rules that defined and imported TaskManagers have in common.
 *
 * @internal
 */
export abstract class TaskManagerBase extends Construct implements ITaskManager {
  public abstract readonly acceptedTaskTypes?: string[];
  public abstract readonly eventBus: events.IEventBus;
  public abstract readonly eventSource: string;
  public abstract readonly logRetention: logs.RetentionDays;
  public abstract readonly maxRequestSize?: Size;
  public abstract readonly metricsByTaskType: boolean;
  public abstract readonly resourceOptions: TaskResourceOptions;
  public abstract readonly resultBucket?: s3.IBucket;
  public abstract readonly statusReader?: lambda.IFunction;
  public abstract readonly taskTimeout: Duration;
  public abstract readonly undeliveredQueue: sqs.IQueue;

  public onTaskCreated(id: string, options: TaskRuleOptions = {}): events.Rule {
    return this.onEvent(id, TaskEvents.created(this, options), options);
  }

  public onTaskRunning(id: string, options: TaskRuleOptions = {}): events.Rule {
    return this.onEvent(id, TaskEvents.running(this, options), options);
  }

  public onTaskSuccessful(id: string, options: TaskRuleOptions = {}): events.Rule {
    return this.onEvent(id, TaskEvents.successful(this, options), options);
  }

  public onTaskFailed(id: string, options: TaskRuleOptions = {}): events.Rule {
    return this.onEvent(id, TaskEvents.failed(this, options), options);
  }

  public onTaskCancelled(id: string, options: TaskRuleOptions = {}): events.Rule {
    return this.onEvent(id, TaskEvents.cancelled(this, options), options);
  }

  public grantCreate(grantee: iam.IGrantable): iam.Grant {
    return this.grantInvoke('grantCreate', grantee, ['POST', '/tasks']);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantInvoke('grantRead', grantee, ['GET', '/tasks'], ['GET', '/tasks/*']);
  }

  public grantCancel(grantee: iam.IGrantable): iam.Grant {
    return this.grantInvoke('grantCancel', grantee, ['POST', '/tasks/*/cancel']);
  }

  public grantUpdate(grantee: iam.IGrantable, taskType: string): iam.Grant {
    validateTaskType(taskType, this.acceptedTaskTypes);
    const source = processorSource(this.eventSource, taskType);
    const grants = [
      grantPutEvents(grantee, this.eventBus, source, EVENT.UPDATED),
      ...(this.statusReader ? [grantInvoke(grantee, this.statusReader)] : []),
      ...(this.resultBucket ? [grantPutResults(grantee, this.resultBucket, taskType)] : []),
    ];
    return this.checked('grantUpdate', grantee, grants.reduce((all, grant) => all.combine(grant)));
  }

  public metricCreated(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'CREATED', cloudwatch.Stats.SUM, options);
  }

  public metricStarted(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'STARTED', cloudwatch.Stats.SUM, options);
  }

  public metricSucceeded(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'SUCCEEDED', cloudwatch.Stats.SUM, options);
  }

  public metricFailed(options: TaskFailedMetricOptions = {}): cloudwatch.Metric {
    const { errorCode, ...ofTasks } = options;
    if (errorCode === undefined) return taskMetricOf(this, 'FAILED', cloudwatch.Stats.SUM, ofTasks);
    const { taskType, ...props } = ofTasks;
    if (taskType !== undefined) {
      throw new Error('errorCode must not be with taskType, because there is no metric for both: remove one of them');
    }
    return metricOf(this, 'FAILED', cloudwatch.Stats.SUM, props, { [DIMENSION.ERROR_CODE]: errorCode });
  }

  public metricCancelled(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'CANCELLED', cloudwatch.Stats.SUM, options);
  }

  public metricTimedOut(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'TIMED_OUT', cloudwatch.Stats.SUM, options);
  }

  public metricTimeToStart(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'TIME_TO_START', cloudwatch.Stats.AVERAGE, options);
  }

  public metricTimeToEnd(options?: TaskMetricOptions): cloudwatch.Metric {
    return taskMetricOf(this, 'TIME_TO_END', cloudwatch.Stats.AVERAGE, options);
  }

  public metricReportsIgnored(options: ReportsIgnoredMetricOptions = {}): cloudwatch.Metric {
    const { reason, ...props } = options;
    return metricOf(this, 'REPORTS_IGNORED', cloudwatch.Stats.SUM, props, reason === undefined ? {} : { [DIMENSION.REASON]: reason });
  }

  public metricOldestOverdueCheckAge(props: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return metricOf(this, 'OLDEST_OVERDUE_CHECK_AGE', cloudwatch.Stats.MAXIMUM, props);
  }

  /**
   * Returns the ARN of a method of the API, for `execute-api:Invoke`.
   *
   * @internal
   */
  protected abstract _methodArn(method: string, path: string): string;

  /**
   * Whether callers of the API may need permissions.
   *
   * @internal
   */
  protected abstract _usesIam(): boolean;

  private grantInvoke(name: string, grantee: iam.IGrantable, ...methods: [method: string, path: string][]): iam.Grant {
    if (!this._usesIam()) {
      Annotations.of(this).addWarningV2('cdk-task-manager:grantWithoutIam',
        `${name}() has no effect, because the API does not use IAM authorization: remove the call, or use TaskApiAuth.iam()`);
    }
    return this.checked(name, grantee, iam.Grant.addToPrincipal({
      grantee, actions: ['execute-api:Invoke'], resourceArns: methods.map((method) => this._methodArn(...method)),
    }));
  }

  private checked(name: string, { grantPrincipal }: iam.IGrantable, grant: iam.Grant): iam.Grant {
    // CDK itself warns about an unknown principal.
    if (!grant.success && !(grantPrincipal instanceof iam.UnknownPrincipal)) {
      Annotations.of(this).addWarningV2('cdk-task-manager:notGranted',
        `${name}() could not grant permission to ${grantPrincipal.toString()}, because CDK can't change its policies: allow it there`);
    }
    return grant;
  }

  private onEvent(id: string, pattern: events.EventPattern, options: TaskRuleOptions): events.Rule {
    const scope = options.crossStackScope ?? this;
    validateSameEnvironment('crossStackScope', Stack.of(scope), 'TaskManager', Stack.of(this));
    validateSameEnvironment('crossStackScope', Stack.of(scope), 'event bus', this.eventBus.env);
    const rule = new events.Rule(scope, id, {
      ruleName: options.ruleName,
      description: options.description,
      eventBus: this.eventBus,
      eventPattern: pattern,
      targets: options.target && [options.target],
    });
    rule.addEventPattern(options.eventPattern);
    applyQuotas(rule, this.eventBus);
    return rule;
  }
}

/** Grants permission to invoke a function, but not its versions and aliases as `grantInvoke()` does. */
function grantInvoke(grantee: iam.IGrantable, { functionArn }: lambda.IFunction): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions: ['lambda:InvokeFunction'], resourceArns: [functionArn] });
}

import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { grantPutEvents } from './grant-put-events';
import { validateTaskType } from './validation/task-type';
import { EVENT, processorSource } from '../protocol/wire';
import { TaskEvents } from '../task-events';
import type { ITaskManager } from '../task-manager-interface';
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
    return this.grantInvoke(grantee, ['POST', '/tasks']);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantInvoke(grantee, ['GET', '/tasks'], ['GET', '/tasks/*']);
  }

  public grantCancel(grantee: iam.IGrantable): iam.Grant {
    return this.grantInvoke(grantee, ['POST', '/tasks/*/cancel']);
  }

  public grantUpdate(grantee: iam.IGrantable, taskType: string): iam.Grant {
    validateTaskType(taskType, this.acceptedTaskTypes);
    return grantPutEvents(grantee, this.eventBus, processorSource(this.eventSource, taskType), EVENT.UPDATED);
  }

  /**
   * Returns the ARN of a method of the API, for `execute-api:Invoke`.
   *
   * @internal
   */
  protected abstract _methodArn(method: string, path: string): string;

  private grantInvoke(grantee: iam.IGrantable, ...methods: [method: string, path: string][]): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee, actions: ['execute-api:Invoke'], resourceArns: methods.map((method) => this._methodArn(...method)),
    });
  }

  private onEvent(id: string, pattern: events.EventPattern, options: TaskRuleOptions): events.Rule {
    const rule = new events.Rule(options.crossStackScope ?? this, id, {
      ruleName: options.ruleName,
      description: options.description,
      eventBus: this.eventBus,
      eventPattern: pattern,
      targets: options.target && [options.target],
    });
    rule.addEventPattern(options.eventPattern);
    return rule;
  }
}

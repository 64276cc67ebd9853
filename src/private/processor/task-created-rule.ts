import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TaskEvents } from '../../task-events';
import { ITaskManager } from '../../task-manager-interface';
import { applyQuotas } from '../rule-quotas';

export interface TaskCreatedRuleProps {
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  /** Returns the target that starts the work, with these delivery settings. */
  readonly target: (delivery: targets.TargetBaseProps) => events.IRuleTarget;
  readonly retryAttempts: number;
  readonly maxEventAge: Duration;
}

/** Delivers the `TaskCreatedEvent`s of one task type. A task fails if its event can't be delivered. */
export class TaskCreatedRule extends events.Rule {
  constructor(scope: Construct, id: string, { taskManager, taskType, target, retryAttempts, maxEventAge }: TaskCreatedRuleProps) {
    // By its ARN: a policy of the queue already allows this rule, and CDK must not add one to the TaskManager's stack.
    const deadLetterQueue = sqs.Queue.fromQueueArn(scope, 'Undelivered', taskManager.undeliveredQueue.queueArn);
    super(scope, id, {
      description: `Delivers tasks of type ${taskType} to a processor`,
      eventBus: taskManager.eventBus,
      eventPattern: TaskEvents.created(taskManager, { taskType }),
      targets: [target({ retryAttempts, maxEventAge, deadLetterQueue })],
    });
    applyQuotas(this, taskManager.eventBus);
  }
}

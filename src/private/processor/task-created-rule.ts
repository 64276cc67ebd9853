import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { TaskEvents } from '../../task-events';
import { ITaskManager } from '../../task-manager-interface';

export interface TaskCreatedRuleProps {
  readonly taskManager: ITaskManager;
  readonly taskType: string;
  /** Makes the target that starts the work, with these settings for its delivery. */
  readonly target: (delivery: targets.TargetBaseProps) => events.IRuleTarget;
  readonly retryAttempts: number;
  readonly maxEventAge: Duration;
}

/** Delivers the `TaskCreatedEvent`s of one task type. A task whose event can't be delivered fails. */
export class TaskCreatedRule extends events.Rule {
  constructor(scope: Construct, id: string, { taskManager, taskType, target, retryAttempts, maxEventAge }: TaskCreatedRuleProps) {
    // By its ARN: the queue's own policy allows this rule, so the TaskManager's stack does not depend on this one.
    const deadLetterQueue = sqs.Queue.fromQueueArn(scope, 'Undelivered', taskManager.undeliveredQueue.queueArn);
    super(scope, id, {
      description: `Hands tasks of type ${taskType} to their processor`,
      eventBus: taskManager.eventBus,
      eventPattern: TaskEvents.created(taskManager, { taskType }),
      targets: [target({ retryAttempts, maxEventAge, deadLetterQueue })],
    });
  }
}

import * as events from 'aws-cdk-lib/aws-events';
import { validateTaskType } from './private/validation/task-type';
import { EVENT } from './protocol/wire';
import type { ITaskManager } from './task-manager-interface';
import type { TaskEventPatternOptions } from './task-rule-options';

/**
 * Makes event patterns for rules of your own. For the common case there are `taskManager.onTaskCreated()` and its like.
 */
export class TaskEvents {
  /**
   * Matches `TaskCreatedEvent`: a task was accepted.
   *
   * @param taskManager Whose events to match.
   * @param options Which tasks.
   */
  public static created(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.CREATED, taskManager, options);
  }

  /**
   * Matches `TaskRunningEvent`: the work on a task has begun.
   *
   * @param taskManager Whose events to match.
   * @param options Which tasks.
   */
  public static running(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.RUNNING, taskManager, options);
  }

  /**
   * Matches `TaskSuccessfulEvent`: a task ended well.
   *
   * @param taskManager Whose events to match.
   * @param options Which tasks.
   */
  public static successful(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.SUCCESSFUL, taskManager, options);
  }

  /**
   * Matches `TaskFailedEvent`: a task ended with an error.
   *
   * @param taskManager Whose events to match.
   * @param options Which tasks.
   */
  public static failed(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.FAILED, taskManager, options);
  }

  /**
   * Matches `TaskCancelledEvent`: a task was cancelled.
   *
   * @param taskManager Whose events to match.
   * @param options Which tasks.
   */
  public static cancelled(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.CANCELLED, taskManager, options);
  }

  private constructor() {}
}

function pattern(detailType: string, taskManager: ITaskManager, { taskType }: TaskEventPatternOptions): events.EventPattern {
  if (taskType !== undefined) validateTaskType(taskType, taskManager.acceptedTaskTypes);
  return {
    source: [taskManager.eventSource],
    detailType: [detailType],
    ...(taskType !== undefined && { detail: { type: [taskType] } }),
  };
}

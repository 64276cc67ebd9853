import * as events from 'aws-cdk-lib/aws-events';
import { validateTaskType } from './private/validation/task-type';
import { EVENT } from './protocol/wire';
import type { ITaskManager } from './task-manager-interface';
import type { TaskEventPatternOptions } from './task-rule-options';

/**
 * Creates event patterns for your own rules. In most cases, `taskManager.onTaskCreated()` and its siblings are enough.
 */
export class TaskEvents {
  /**
   * Matches `TaskCreatedEvent`: the API accepted a task.
   *
   * @param taskManager The TaskManager that publishes the event.
   * @param options Which tasks to match.
   */
  public static created(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.CREATED, taskManager, options);
  }

  /**
   * Matches `TaskRunningEvent`: a processor started work on a task.
   *
   * @param taskManager The TaskManager that publishes the event.
   * @param options Which tasks to match.
   */
  public static running(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.RUNNING, taskManager, options);
  }

  /**
   * Matches `TaskSuccessfulEvent`: a task ended successfully.
   *
   * @param taskManager The TaskManager that publishes the event.
   * @param options Which tasks to match.
   */
  public static successful(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.SUCCESSFUL, taskManager, options);
  }

  /**
   * Matches `TaskFailedEvent`: a task ended with an error.
   *
   * @param taskManager The TaskManager that publishes the event.
   * @param options Which tasks to match.
   */
  public static failed(taskManager: ITaskManager, options: TaskEventPatternOptions = {}): events.EventPattern {
    return pattern(EVENT.FAILED, taskManager, options);
  }

  /**
   * Matches `TaskCancelledEvent`: a caller cancelled a task.
   *
   * @param taskManager The TaskManager that publishes the event.
   * @param options Which tasks to match.
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

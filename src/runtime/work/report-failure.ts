import { TaskError } from '../../protocol/wire';
import { WorkTask } from '../../protocol/work';
import { EventSender } from '../events/event-sender';
import { updatedEvent } from '../events/events';
import { failure } from '../task/task-report';

/** Reports that the work of a task has failed. Throws if EventBridge refuses the report. */
export async function reportFailure(
  sender: EventSender, { taskId, createdAt, reportTo }: Pick<WorkTask, 'taskId' | 'createdAt' | 'reportTo'>, error: TaskError,
): Promise<void> {
  const refusals = await sender.send([updatedEvent(reportTo, failure({ taskId, taskCreatedAt: createdAt }, error))]);
  if (refusals.length > 0) throw new Error(`EventBridge refused the report of task ${taskId}`);
}

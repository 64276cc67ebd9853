import { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { Executions } from './executions';
import { Work } from './work';
import { WorkKey, workName } from './work-name';
import { EVENT, processorSource } from '../../protocol/wire';
import { handleMessages } from '../support/message-batch';
import { parseEvent } from '../support/message-event';
import { LoggedTask, taskFields } from '../support/task-fields';

export interface WorkStopperOptions {
  /** Executions of the wrapper. */
  readonly wrappers: Executions;
  readonly work: Work;
}

/** The end of a task, as EventBridge sends it. */
const EndEvent = v.object({
  'source': v.string(),
  'detail-type': v.picklist([EVENT.SUCCESSFUL, EVENT.FAILED, EVENT.CANCELLED]),
  'detail': v.object({
    taskId: v.string(), type: v.string(), status: v.string(), createdAt: v.string(), traceparent: v.optional(v.string()),
  }),
});

/** Stops the work of tasks that have ended. */
export class WorkStopper {
  constructor(private readonly options: WorkStopperOptions) {}

  /** Stops the work of the tasks whose ends are in the messages. A message whose work does not stop stays in the queue. */
  public async stopEnded(event: SQSEvent): Promise<SQSBatchResponse> {
    return handleMessages(event, 'work not stopped', async (record) => {
      const { source, detail } = parseEvent(EndEvent, record);
      await this.stop({ ...detail, source: processorSource(source, detail.type) }, detail.status);
    });
  }

  /**
   * Stops the work of a task that has ended, if there is any. The wrapper stops its work when it is stopped, but nothing guarantees that.
   *
   * Throws if it is not sure that nothing runs any more.
   *
   * @returns whether the work of the task has been started
   */
  public async stop(task: WorkKey & LoggedTask, status: string): Promise<boolean> {
    const name = workName(task);
    const cause = `task ${task.taskId} has ended as ${status}`;
    const wrapper = await this.options.wrappers.stop(name, cause);
    if (!wrapper) return false;
    // It reports success only after its work has ended, but a failure also if it does not know whether the work was started.
    if (wrapper.hasSucceeded && status === 'SUCCESSFUL') return true;
    await this.options.work.stop(name, cause);
    console.info({ message: 'work stopped: the task has ended', ...taskFields(task), status });
    return true;
  }
}

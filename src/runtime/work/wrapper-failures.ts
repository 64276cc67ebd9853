import * as v from 'valibot';
import { Executions, TASK_ENDED } from './executions';
import { reportFailure } from './report-failure';
import { storableText } from '../../protocol/json';
import { MAX_ERROR_MESSAGE } from '../../protocol/limits';
import { ERROR_CODE } from '../../protocol/wire';
import { EventSender } from '../events/event-sender';
import { taskFields } from '../support/task-fields';

export interface WrapperFailuresOptions {
  /** Executions of the wrapper. */
  readonly wrappers: Executions;
  readonly sender: EventSender;
}

/**
 * The event of an execution that has not succeeded.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export const StatusChangeEvent = v.object({
  'detail-type': v.literal('Step Functions Execution Status Change'),
  'detail': v.object({ name: v.string() }),
});

const Input = v.pipe(v.string(), v.parseJson(), v.object({
  task: v.object({
    taskId: v.string(),
    type: v.string(),
    createdAt: v.string(),
    reportTo: v.object({ eventBusName: v.string(), source: v.string() }),
    traceparent: v.optional(v.string()),
  }),
}));

/**
 * Ends the tasks of wrappers that can't report any more: somebody has stopped them, or Step Functions has. Their events can get lost. Such
 * a task ends at its deadline.
 */
export class WrapperFailures {
  constructor(private readonly options: WrapperFailuresOptions) {}

  public async report({ detail: { name } }: v.InferOutput<typeof StatusChangeEvent>): Promise<void> {
    const { status, error, cause, input } = await this.options.wrappers.describe(name);
    if (status === 'RUNNING') throw new Error('the end of the wrapper is not known yet');
    // Then the task has ended before, or the TaskManager ends it.
    if (error === TASK_ENDED || error === ERROR_CODE.TASK_TIMEOUT) return;
    const { task } = v.parse(Input, input);
    console.warn({ message: 'wrapper failed', ...taskFields(task), status, error });
    const message = [`the execution that runs the work has ended as ${status}`, error, cause].filter(Boolean).join(': ');
    await reportFailure(this.options.sender, task, {
      code: ERROR_CODE.PROCESSOR_FAILED, message: storableText(message, MAX_ERROR_MESSAGE),
    });
  }
}

import { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as v from 'valibot';
import { Executions } from './executions';
import type { PayloadBucket } from './payload-bucket';
import { reportFailure } from './report-failure';
import { Work } from './work';
import { WorkKey, workName } from './work-name';
import { WorkStopper } from './work-stopper';
import { StatusChangeEvent, WrapperFailures } from './wrapper-failures';
import { ENDED, ERROR_CODE, EVENT, isTerminal, taskResultKeyPrefix, TaskStatusReply, TaskStatusRequest } from '../../protocol/wire';
import { compactTime, WorkTask } from '../../protocol/work';
import { EventSender } from '../events/event-sender';
import { updatedEvent } from '../events/events';
import { handleMessages } from '../support/message-batch';
import { parseEvent } from '../support/message-event';
import { taskFields } from '../support/task-fields';

export interface WorkStarterOptions {
  /** Executions of the wrapper. */
  readonly wrappers: Executions;
  readonly work: Work;
  readonly stopper: WorkStopper;
  readonly sender: EventSender;
  /** Asks the StatusReader of a TaskManager. */
  readonly statusOf: (statusReaderArn: string, request: TaskStatusRequest) => Promise<TaskStatusReply>;
  /** The bucket for payloads that are too long for the work. Missing if the TaskManager has none. */
  readonly payloads?: Pick<PayloadBucket, 'name' | 'put'>;
  /** How often the queue delivers a message. */
  readonly attempts: number;
  readonly now: () => Date;
}

const CreatedEvent = v.object({
  'detail-type': v.literal(EVENT.CREATED),
  'detail': v.object({
    taskId: v.string(),
    type: v.string(),
    payload: v.optional(v.unknown()),
    owner: v.optional(v.string()),
    createdAt: v.string(),
    deadlineAt: v.string(),
    reportTo: v.object({
      eventBusName: v.string(), source: v.string(), statusReaderArn: v.optional(v.string()), resultBucketName: v.optional(v.string()),
    }),
    traceparent: v.optional(v.string()),
    tracestate: v.optional(v.string()),
  }),
});

const Message = v.variant('detail-type', [CreatedEvent, StatusChangeEvent]);

/** Errors of a start that another attempt can't fix. All others may be transient, even a missing permission. */
const PERMANENT = new Set([
  'InvalidArn', 'InvalidExecutionInput', 'InvalidName', 'StateMachineDeleting', 'StateMachineDoesNotExist', 'ValidationException',
]);

/** The shortest time-out of a state. */
const MIN_WORK_MS = 1_000;

/** Starts the work of tasks. */
export class WorkStarter {
  private readonly failures: WrapperFailures;

  constructor(private readonly options: WorkStarterOptions) {
    this.failures = new WrapperFailures(options);
  }

  /**
   * Starts the work of the new tasks in the messages, and ends the tasks of the wrappers in them that have failed. A message stays in the
   * queue if that is not possible now.
   */
  public async handle(event: SQSEvent): Promise<SQSBatchResponse> {
    return handleMessages(event, 'work not started', async (record) => {
      const message = parseEvent(Message, record);
      if (message['detail-type'] !== EVENT.CREATED) return this.failures.report(message);
      try {
        await this.start(message.detail);
      } catch (error) {
        // The reporter then fails the task. If the task has ended before, nothing else would stop what an attempt has started.
        if (Number(record.attributes.ApproximateReceiveCount) >= this.options.attempts) {
          await this.stop(message.detail, 'FAILED');
        }
        throw error;
      }
    });
  }

  private async start(task: WorkTask): Promise<void> {
    if (Date.parse(task.deadlineAt) - this.options.now().getTime() < MIN_WORK_MS) {
      console.info({ message: 'work not started: the deadline of the task has passed', ...taskFields(task) });
      // An earlier attempt can have started it and failed then, although the task had ended.
      await this.stopIfEnded(task, await this.statusOf(task));
      return;
    }
    const input = await this.inputFor(task);
    if (input === undefined) {
      return this.fail(task, ERROR_CODE.PAYLOAD_TOO_LARGE, 'the payload is too long for the work: set the resultBucket of the TaskManager');
    }
    try {
      await this.options.wrappers.start(workName(keyOf(task)), input);
    } catch (error) {
      const { name } = error as Error;
      if (!PERMANENT.has(name)) throw error;
      return this.fail(task, ERROR_CODE.PROCESSOR_FAILED, `the work could not be started: ${name}`);
    }
    // Events have no order: the end of the task can have come before.
    const [status] = await Promise.all([this.statusOf(task), this.reportRunning(task)]);
    // Step Functions may not know a new execution at once.
    if (!await this.stopIfEnded(task, status)) throw new Error('the started work is not known yet');
  }

  /** Stops the work of a task that has ended. Returns whether nothing is left to stop: the task is open, or its work was found. */
  private async stopIfEnded(task: WorkTask, status: TaskStatusReply['status'] | undefined): Promise<boolean> {
    if (status === undefined || (status !== ENDED && !isTerminal(status))) return true;
    return this.stop(task, status);
  }

  private async stop(task: WorkTask, status: string): Promise<boolean> {
    return this.options.stopper.stop({ ...task, ...keyOf(task) }, status);
  }

  /** Returns the input of the wrapper; undefined if the payload is too long and there is no bucket to put it into. */
  private async inputFor(task: WorkTask): Promise<string | undefined> {
    const { payload, type, taskId, createdAt } = task;
    const { work, payloads } = this.options;
    const input = work.inputFor(task);
    if (input !== undefined || payload === undefined || !payloads) return input;
    const key = `${taskResultKeyPrefix(type, taskId)}payload-${compactTime(createdAt)}.json`;
    await payloads.put(key, JSON.stringify(payload));
    return work.inputFor({ ...task, payload: undefined, payloadObject: { bucketName: payloads.name, key } });
  }

  /** Returns the status of a task; undefined if the TaskManager has no function that answers. */
  private async statusOf(task: WorkTask): Promise<TaskStatusReply['status'] | undefined> {
    const { taskId, type, createdAt, reportTo: { statusReaderArn } } = task;
    if (statusReaderArn === undefined) return undefined;
    return (await this.options.statusOf(statusReaderArn, { taskId, taskType: type, createdAt })).status;
  }

  /** Nothing depends on this report, so a failure is only logged. */
  private async reportRunning(task: WorkTask): Promise<void> {
    const { taskId, createdAt, reportTo } = task;
    const refusals = await this.options.sender.send([updatedEvent(reportTo, { taskId, taskCreatedAt: createdAt, status: 'RUNNING' })]);
    if (refusals.length > 0) console.warn({ message: 'report failed', ...taskFields(task), status: 'RUNNING' });
  }

  /** Ends a task whose work can't be started. */
  private async fail(task: WorkTask, code: string, message: string): Promise<void> {
    console.warn({ message: 'work not started', ...taskFields(task), code });
    await reportFailure(this.options.sender, task, { code, message });
  }
}

function keyOf({ taskId, createdAt, reportTo: { source } }: WorkTask): WorkKey {
  return { source, taskId, createdAt };
}

import { awsServices } from './aws-services';
import { endOfReturned, endOfThrown, failed, isTaskFailure, returnValue } from './end';
import { OutOfTime } from './errors';
import { parseDelivery, type Delivery } from './event';
import { inTrace } from './open-telemetry';
import { settingsOf, type Settings, type TaskProcessorOptions } from './options';
import { stopInTime, type LambdaContext } from './out-of-time';
import { parsePayload, type SchemaOutput, type StandardSchema } from './schema';
import { fakes, type Services } from './services';
import type { Status } from './status-question';
import type { Task, TaskWork } from './task';
import { TaskRun } from './task-run';
import { ERROR_CODE, type TaskEnd } from '../../src/protocol/wire';

/**
 * A handler of a Lambda function. Its event is a `TaskCreatedEvent` from EventBridge, or from the queue of `maxConcurrency`. It returns the
 * result, as `completeOnReturn` needs it.
 */
export type TaskHandler = (event: unknown, context?: LambdaContext) => Promise<unknown>;

/** An event that is older than this can be a retry. Before, a cancellation is unlikely, and to ask would cost more than it saves. */
const FRESH_MS = 30_000;

/**
 * Makes a Lambda handler of a function that does the work of a task. The handler reports RUNNING, progress, and how the task ended.
 *
 * @throws Error if an option is not valid
 */
export function taskProcessor<Schema extends StandardSchema<unknown, unknown>, Result = unknown>(
  work: TaskWork<SchemaOutput<Schema>, Result>,
  options: TaskProcessorOptions & {
    /** Checks the payload. If it is not valid, the task fails with `InvalidPayload`. The work gets what the schema returns. */
    readonly schema: Schema;
  },
): TaskHandler;

export function taskProcessor<Payload = unknown, Result = unknown>(
  work: TaskWork<Payload, Result>, options?: TaskProcessorOptions,
): TaskHandler;

export function taskProcessor(work: TaskWork<any>, options: AnyOptions = {}): TaskHandler {
  // The SDK client is made while the function initializes, when it has more CPU.
  return taskHandler(work, options, awsServices(options.eventBridge));
}

type AnyOptions = TaskProcessorOptions & { readonly schema?: StandardSchema };

/** Makes a handler that uses these services. */
export function taskHandler(work: TaskWork<any>, options: AnyOptions, services: Services): TaskHandler {
  const settings = settingsOf(options);
  return async (event, context) => {
    const delivery = parseDelivery(event);
    const fake = fakes().get(delivery.task.taskId);
    const attempt = fake ? new Attempt(delivery, fake, { ...settings, progressMs: 0 }) : new Attempt(delivery, services, settings);
    fake?.onStop(attempt.stop);
    return attempt.run(work, options.schema, context);
  };
}

/** One run of the work of a task. */
class Attempt extends TaskRun<Services> {
  constructor(private readonly delivery: Delivery, services: Services, settings: Settings) {
    super(delivery.task, services, settings);
  }

  /** Stops the work: because the task has ended with a status, or, without one, because the time of the function is nearly up. */
  public readonly stop = (status?: Status): void => status ? this.stopSignal.taskEnded(status) : this.stopSignal.abort(new OutOfTime());

  /** Returns what the handler returns. Throws if Lambda is to retry. */
  public async run(work: TaskWork<any>, schema: StandardSchema | undefined, context: LambdaContext | undefined): Promise<unknown> {
    const now = this.services.clock.now();
    const isPastDeadline = Date.parse(this.task.deadlineAt) <= now;
    if (isPastDeadline || this.delivery.receiveCount > 1 || now - this.delivery.sentAt > FRESH_MS) {
      const status = await this.question.ask();
      if (status && this.question.isEnd(status)) return this.ended('task not started: it has ended', status);
      if (isPastDeadline && !status) {
        this.ended('task not started: its deadline has passed');
        return returnValue(failed(ERROR_CODE.TASK_TIMEOUT, "the task's deadline passed before its processor started"));
      }
    }
    try {
      const end = await this.workOn(work, schema, context);
      if (this.stopSignal.endedAs) return this.ended('work stopped: the task has ended', this.stopSignal.endedAs);
      await this.reports.sendSurely(end);
      return returnValue(end);
    } catch (error) {
      if (this.stopSignal.endedAs) return this.ended('work stopped: the task has ended', this.stopSignal.endedAs);
      await this.beforeRetry(error);
      throw error;
    } finally {
      await this.reports.settled();
    }
  }

  /** Does the work. Throws the errors of the work that are worth a retry. */
  private async workOn(work: TaskWork<any>, schema: StandardSchema | undefined, context: LambdaContext | undefined): Promise<TaskEnd> {
    const { taskId, type, owner, createdAt, deadlineAt, traceparent, tracestate } = this.task;
    const { stopSignal, progress, uploads } = this;
    let cancelOutOfTime: (() => void) | undefined;
    try {
      const payload = await parsePayload(schema, this.task.payload);
      progress.start();
      stopSignal.start(this.question, this.settings.statusMs);
      cancelOutOfTime = stopInTime(stopSignal, context, this.services.clock);
      const upload: Task['upload'] = async (...parameters) => uploads.upload(...parameters);
      const task: Task = { taskId, type, payload, owner, createdAt, deadlineAt, traceparent, tracestate, upload };
      const result = await inTrace(this.task, async () => work(task, { progress: this.report, signal: stopSignal.signal }));
      return endOfReturned(result, uploads.resultObject, uploads.canUpload);
    } catch (error) {
      if (isTaskFailure(error)) return endOfThrown(error);
      throw error;
    } finally {
      progress.stop();
      stopSignal.stop();
      cancelOutOfTime?.();
    }
  }

  /** Prepares for the pause before a retry, or ends the task if there is none. Never throws: the error that caused the retry counts. */
  private async beforeRetry(error: unknown): Promise<void> {
    try {
      if (await this.isLastAttempt()) await this.reports.sendSurely(endOfThrown(error));
      else await this.progress.takeBackHeartbeat();
    } catch { /* Each failed attempt to report is logged. */ }
  }

  /** Returns whether a queue does not deliver the task again. Without a queue, the reporter of the TaskProcessor reports the failure. */
  private async isLastAttempt(): Promise<boolean> {
    const { queueArn, receiveCount } = this.delivery;
    if (queueArn === undefined) return false;
    try {
      const maxReceiveCount = await this.services.maxReceiveCount(queueArn);
      return maxReceiveCount !== undefined && receiveCount >= maxReceiveCount;
    } catch (failure) {
      this.log.warn({ message: 'number of attempts not known', error: (failure as Error).name });
      return false;
    }
  }

  private ended(message: string, status?: string): void {
    this.log.info({ message, status });
  }
}

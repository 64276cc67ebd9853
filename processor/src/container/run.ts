import { parseEnvironment, parseJson, type ContainerTask } from './environment';
import { Interrupted } from './interrupted';
import { s3Objects, type Objects } from './objects';
import type { ContainerProcess } from './process';
import { ERROR_CODE, type TaskEnd } from '../../../src/protocol/wire';
import { persistently } from '../clock';
import { endOfReturned, endOfThrown, failed, isTaskFailure, returnValue } from '../end';
import { flushSpans, inTrace } from '../open-telemetry';
import { settingsOf, type Settings, type TaskProcessorOptions } from '../options';
import { parsePayload, type StandardSchema } from '../schema';
import type { TaskServices } from '../services';
import type { Task, TaskWork } from '../task';
import { TaskRun } from '../task-run';

/** A container that starts later than this after its task was created asks whether the task has ended. */
const FRESH_MS = 30_000;

type AnyOptions = TaskProcessorOptions & { readonly schema?: StandardSchema };

/** Does the work of the task of a process, and ends the process. */
export async function runIn(host: ContainerProcess, work: TaskWork<any>, options: AnyOptions, services: TaskServices): Promise<void> {
  let isSuccess = false;
  try {
    isSuccess = await new ContainerRun(parseEnvironment(host.env), services, settingsOf(options), host).run(work, options.schema);
  } catch (error) {
    host.print(error);
  }
  await flushSpans(services.clock);
  await host.exit(isSuccess ? 0 : 1);
}

/** The run of a container. It does the work of the task, and stores how the task ended: the wrapper of the container reports it. */
class ContainerRun extends TaskRun {
  private failWork?: (error: unknown) => void;
  private hasCrashed = false;
  private objects!: Objects;

  constructor(
    private readonly container: ContainerTask, services: TaskServices, settings: Settings, private readonly host: ContainerProcess,
  ) {
    super(container.task, services, settings);
  }

  /** Returns whether the task is successful. */
  public async run(work: TaskWork<any>, schema: StandardSchema | undefined): Promise<boolean> {
    const { payloadUri, resultUri } = this.container;
    this.host.start({ onSigterm: () => void this.stop(), onCrash: (error) => this.crash(error) });
    // If the packages are missing, the task fails before its work has taken its time.
    if (payloadUri || resultUri) this.objects = await s3Objects();
    const end = await this.lateEnd() ?? await this.endOf(work, schema);
    const isSuccess = end !== undefined && await this.store(end) && end.status === 'SUCCESSFUL';
    // From now on, the wrapper answers for the task. It reports the end when ECS has stopped the container, which takes some time.
    if (!this.stopSignal.endedAs) await this.progress.takeBackHeartbeat().catch(() => { /* Each failed attempt is logged. */ });
    await this.reports.settled();
    return isSuccess && !this.hasCrashed;
  }

  private crash(error: unknown): void {
    this.hasCrashed = true;
    this.host.print(error);
    this.failWork?.(error);
  }

  private async stop(): Promise<void> {
    if (!await this.hasEnded()) this.stopSignal.abort(new Interrupted());
  }

  /** Asks whether the task has ended. If so, its work stops. Returns undefined if that is not known. */
  private async hasEnded(): Promise<boolean | undefined> {
    const status = await this.question.ask();
    if (status && this.question.isEnd(status)) this.stopSignal.taskEnded(status);
    return status && this.question.isEnd(status);
  }

  /** Returns the end of a task that timed out before its container started, as far as known. */
  private async lateEnd(): Promise<TaskEnd | undefined> {
    const { createdAt, deadlineAt } = this.task;
    const now = this.services.clock.now();
    const isPastDeadline = Date.parse(deadlineAt) <= now;
    const isLate = isPastDeadline || now - Date.parse(createdAt) > FRESH_MS;
    if (!isLate || await this.hasEnded() !== undefined || !isPastDeadline) return undefined;
    return failed(ERROR_CODE.TASK_TIMEOUT, "the task's deadline passed before its container started");
  }

  /** Does the work. Returns undefined if the container does not end the task: it has ended, or the container is being stopped. */
  private async endOf(work: TaskWork<any>, schema: StandardSchema | undefined): Promise<TaskEnd | undefined> {
    const { stopSignal, progress, uploads } = this;
    let end: TaskEnd | undefined;
    const crash = new Promise((_, reject) => { this.failWork = reject; });
    try {
      end = endOfReturned(await Promise.race([crash, this.workOn(work, schema)]), uploads.resultObject, uploads.canUpload);
    } catch (error) {
      const isFailure = isTaskFailure(error);
      if (isFailure || !stopSignal.signal.aborted) end = endOfThrown(error);
      if (end && !isFailure && !this.hasCrashed) this.host.print(error);
    }
    progress.stop();
    stopSignal.stop();
    if (end && !stopSignal.endedAs) return end;
    this.log.info({ message: 'work stopped', status: stopSignal.endedAs });
    return undefined;
  }

  private async workOn(work: TaskWork<any>, schema: StandardSchema | undefined): Promise<unknown> {
    const { stopSignal, progress, uploads, task: { reportTo, ...task } } = this;
    const payload = await parsePayload(schema, await this.readPayload());
    stopSignal.signal.throwIfAborted();
    progress.start();
    stopSignal.start(this.question, this.settings.statusMs);
    const upload: Task['upload'] = async (...parameters) => uploads.upload(...parameters);
    return inTrace(this.task, async () => work({ ...task, payload, upload }, { progress: this.report, signal: stopSignal.signal }));
  }

  private async readPayload(): Promise<unknown> {
    const { payloadUri } = this.container;
    if (!payloadUri) return this.task.payload;
    return parseJson('the payload', await this.persistently('payload not read', async () => this.objects.read(payloadUri)));
  }

  /** Returns whether the end is stored, or there is nothing to store. */
  private async store(end: TaskEnd): Promise<boolean> {
    const { resultUri } = this.container;
    const value = returnValue(end);
    if (!resultUri) {
      if (value !== null) this.warn('end not stored: set resultBucket of the TaskManager');
      return value === null;
    }
    const write = async () => this.objects.write(resultUri, JSON.stringify(value));
    return this.persistently('end not stored', write).then(() => true, () => false);
  }

  private async persistently<T>(message: string, attempt: () => Promise<T>): Promise<T> {
    return persistently(attempt, (error) => this.warn(message, (error as Error).name), this.services.clock);
  }

  private warn(message: string, error?: string): void {
    this.log.warn({ message, error });
  }
}

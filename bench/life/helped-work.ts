import type { Clock } from '../../processor/src/clock';
import { runIn } from '../../processor/src/container/run';
import { TaskProcessorOptions } from '../../processor/src/options';
import { TaskWork } from '../../processor/src/task';
import { taskHandler } from '../../processor/src/task-processor';
import { TaskCreatedDetail } from '../../src/protocol/wire';
import { FakeProcess } from '../../test/support/fake-process';
import { createdEvent } from '../events';

/** How the work of a task goes on. */
export interface HelpedWork {
  readonly seconds: number;
  /** Whether the work calls `progress` many times a second. */
  readonly hasProgress?: boolean;
  /** Whether the work is in the container of a `ContainerTaskProcessor`. */
  readonly isInContainer?: boolean;
  readonly options?: Pick<TaskProcessorOptions, 'heartbeatSeconds' | 'progressIntervalSeconds' | 'statusIntervalSeconds'>;
}

export interface HelperCalls {
  readonly reports: number;
  readonly questions: number;
}

/** Pause between two calls of `progress`. */
const STEP_MS = 100;

/** Reports around the work in a container: the starter reports RUNNING, and the wrapper the end. */
const REPORTS_AROUND_CONTAINER = 2;

/** Counts what is reported and asked while the helper does the work of a task, in virtual time. All services answer at once. */
export async function countHelperCalls({ seconds, hasProgress, isInContainer, options = {} }: HelpedWork): Promise<HelperCalls> {
  const event = createdEvent();
  const clock = new Timers(Date.parse(event.time));
  let reports = isInContainer ? REPORTS_AROUND_CONTAINER : 0;
  let questions = 0;
  const services = {
    clock,
    send: async () => void reports++,
    status: async () => {
      questions++;
      return 'RUNNING' as const;
    },
    upload: async () => {},
    maxReceiveCount: async () => undefined,
  };
  const work: TaskWork = async (_, { progress }) => {
    for (let ms = 0; ms < 1000 * seconds; ms += STEP_MS) {
      if (hasProgress) await progress(ms / (10 * seconds));
      await clock.advance(STEP_MS);
    }
  };
  if (!isInContainer) {
    await taskHandler(work, options, services)(event);
    return { reports, questions };
  }
  const container = new FakeProcess(environmentOf(event.detail));
  await runIn(container, work, options, services);
  if (container.exitCode !== 0) throw new AggregateError(container.printed, `the container ended with ${container.exitCode}`);
  return { reports, questions };
}

/** Returns the environment of a container. Without a bucket, so that it stores nothing. */
function environmentOf({ taskId, type, createdAt, deadlineAt, reportTo }: TaskCreatedDetail): Record<string, string> {
  return {
    TASK_ID: taskId, TASK_TYPE: type, TASK_CREATED_AT: createdAt, TASK_DEADLINE: deadlineAt, TASK_REPORT_TO: JSON.stringify(reportTo),
  };
}

/** A clock whose time only moves when the bench moves it. */
class Timers implements Clock {
  private readonly timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();

  constructor(private nowMs: number) {}

  // The helper takes the functions out of the clock.
  public readonly now = () => this.nowMs;

  public readonly after = (ms: number, callback: () => void) => {
    const timer = { dueMs: this.nowMs + ms, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  };

  public readonly sleep = () => Promise.reject(new Error('unexpected sleep: only failures cause one'));

  public readonly turn = async () => {};

  /** Lets time pass, and the callbacks that are due do their work. */
  public async advance(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of this.timers) {
      if (timer.dueMs > this.nowMs) continue;
      this.timers.delete(timer);
      timer.callback();
    }
    await new Promise(setImmediate);
  }
}

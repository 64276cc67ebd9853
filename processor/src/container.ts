/** Does the work of a task in a container that a `ContainerTaskProcessor` starts. */
import { taskServices } from './aws-services';
import { thisProcess } from './container/process';
import { runIn } from './container/run';
import type { TaskProcessorOptions } from './options';
import type { SchemaOutput, StandardSchema } from './schema';
import type { TaskWork } from './task';

export { Interrupted } from './container/interrupted';
export { TaskEnded, TaskFailure } from './errors';
export { type TaskLogger } from './options';
export { type SchemaOutput, type StandardSchema } from './schema';
export { type UploadBody } from './services';
export * from './task';

/** Options of `runTask`. */
export type RunTaskOptions = TaskProcessorOptions;

/**
 * Does the work of the task that this container was started for, and then ends the process: with exit code 0 if the task is successful,
 * with 1 if it failed, if the container is being stopped, or if the container can't say how the task ended.
 *
 * It reports RUNNING and progress. What the work returns or throws is stored in S3, and reported when the container has stopped.
 */
export async function runTask<Schema extends StandardSchema<unknown, unknown>, Result = unknown>(
  work: TaskWork<SchemaOutput<Schema>, Result>,
  options: RunTaskOptions & {
    /** Checks the payload. If it is not valid, the task fails with `InvalidPayload`. The work gets what the schema returns. */
    readonly schema: Schema;
  },
): Promise<void>;

export async function runTask<Payload = unknown, Result = unknown>(
  work: TaskWork<Payload, Result>, options?: RunTaskOptions,
): Promise<void>;

export async function runTask(work: TaskWork<any>, options: RunTaskOptions & { readonly schema?: StandardSchema } = {}): Promise<void> {
  await runIn(thisProcess(), work, options, taskServices(options.eventBridge));
}


import type { ReceivedTask } from './event';
import type { TaskLogger } from './options';
import { traceIdOf } from '../../src/protocol/trace-context';

/** Returns a logger whose entries say which task, and which trace, they are about. */
export function taskLog({ taskId, traceparent }: ReceivedTask, logger: TaskLogger): TaskLogger {
  const traceId = traceIdOf(traceparent);
  const ids = { taskId, ...(traceId && { traceId }) };
  return { info: (entry) => logger.info({ ...entry, ...ids }), warn: (entry) => logger.warn({ ...entry, ...ids }) };
}

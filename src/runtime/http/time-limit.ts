import { Context, createContext, Script } from 'node:vm';

const CALL = new Script('work()');

let context: Context | undefined;

/** Thrown by {@link withinTime} when the time is up. */
export class TimeLimitError extends Error {}

/**
 * Runs `work` and returns its result. Throws a {@link TimeLimitError} if it takes longer than `ms` of wall time: V8 stops it at any point,
 * even inside a regular expression.
 *
 * Only a script of `node:vm` can have such a limit. The limit includes the functions that the script calls, wherever they are defined.
 *
 * @see https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options
 */
export function withinTime<T>(ms: number, work: () => T): T {
  context ??= createContext();
  context.work = work;
  try {
    return CALL.runInContext(context, { timeout: ms });
  } catch (error) {
    const isLate = (error as NodeJS.ErrnoException)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    throw isLate ? new TimeLimitError(`took longer than ${ms} ms`) : error;
  } finally {
    context.work = undefined;
  }
}

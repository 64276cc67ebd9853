import { Context, createContext, Script } from 'node:vm';

const CALL = new Script('work()');

let context: Context | undefined;

/** What {@link withinTime} throws when the time is over. */
export class TimeLimitError extends Error {}

/**
 * Runs `work`, and returns what it returns. Throws a {@link TimeLimitError} when it takes longer than `ms` of wall time: V8 then stops it
 * wherever it is, also inside a regular expression.
 *
 * Only a script of `node:vm` has such a limit. What it calls counts, wherever that was defined.
 *
 * @see https://nodejs.org/api/vm.html#scriptrunincontextcontextifiedobject-options
 */
export function withinTime<T>(ms: number, work: () => T): T {
  context ??= createContext();
  context.work = work;
  try {
    return CALL.runInContext(context, { timeout: ms });
  } catch (error) {
    throw (error as NodeJS.ErrnoException)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new TimeLimitError(`took longer than ${ms} ms`) : error;
  } finally {
    context.work = undefined;
  }
}

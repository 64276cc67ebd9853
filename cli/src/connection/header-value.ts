import { createInterface } from 'node:readline';
import { UsageError } from '../errors';

/** The environment variable with the value of the header that authorizes requests. */
export const HEADER_VALUE_VARIABLE = 'TASK_MANAGER_HEADER_VALUE';

/**
 * Returns what reads the value of a header: from the environment or, without it there, from standard input. There, each line replaces the
 * one before, so that a program can go on writing new tokens.
 */
export function headerValue(name: string, input: NodeJS.ReadStream = process.stdin): () => Promise<string> {
  const value = process.env[HEADER_VALUE_VARIABLE];
  if (value) return async () => value;
  const missing = () => new UsageError(`the value of the header ${name} is missing: set ${HEADER_VALUE_VARIABLE}, or write it to standard `
    + 'input as a line');
  if (input.isTTY) throw missing();

  let newest: string | undefined;
  const read = () => new Promise<void>((resolve) => {
    const lines = createInterface({ input });
    lines.on('line', (line) => {
      newest = line.trim() || newest;
      if (newest) resolve();
    });
    lines.on('close', resolve);
  });
  let first: Promise<void> | undefined;
  return async () => {
    // Not before: open standard input keeps the process alive, even if the arguments are wrong.
    await (first ??= read());
    // From now on, the program can end although standard input is open.
    (input as { unref?: () => void }).unref?.();
    if (newest === undefined) throw missing();
    return newest;
  };
}

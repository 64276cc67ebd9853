import * as path from 'node:path';
import { EngineError } from '../../local/engine/engine-error';
import { run } from '../../local/run';

export const PROJECT = path.join(__dirname, '..', '..');

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interruption.abort(new EngineError(`stopped by ${signal}`)));
}

/** Aborts when this program must end. */
export const interrupted: AbortSignal = interruption.signal;

/**
 * Runs a program in a directory.
 *
 * @throws EngineError with its output if it fails
 */
export async function command(directory: string, program: string, ...args: string[]): Promise<string> {
  const { code, output } = await run('sh', ['-c', 'cd "$0" && exec "$@"', directory, program, ...args], { signal: interrupted });
  if (code !== 0) throw new EngineError(`${program} ${args.join(' ')} failed in ${directory}:\n${output.trim()}`);
  return output;
}

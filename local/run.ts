import { ProcessGroup } from './engine/process-group';

export interface RunOptions {
  /** Ends the command and all its child processes. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Exit code. Undefined if the command could not be started, or was killed. */
  readonly code?: number;
  /** Standard output and standard error, in the order of arrival. */
  readonly output: string;
}

/** Runs a command and waits for its end. Rejects only when aborted. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const group = new ProcessGroup(command, args, { output: 'pipe', env: process.env });
  let output = '';
  for (const stream of [group.process.stdout, group.process.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => output += text);
  }
  const abort = () => void group.stop(0);
  options.signal?.addEventListener('abort', abort);
  try {
    const { code } = await group.ended;
    options.signal?.throwIfAborted();
    return { code, output };
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await group.stop(0);
  }
}

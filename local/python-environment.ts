import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError } from './engine-error';
import { run, RunOptions } from './run';

const SCRIPT = join(__dirname, 'python_environment.py');
const REQUIREMENTS = join(__dirname, 'requirements.txt');

/** Keeps the user's PYTHONPATH, PYTHONHOME and private packages out, and our folder free of `__pycache__`. */
export const PYTHON_FLAGS = ['-E', '-s', '-B'];

const OLDEST = { major: 3, minor: 10 };
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

const USER_CAN_MEND = 2;

export interface PythonEnvironmentOptions extends RunOptions {
  /**
   * Where the environment is kept.
   *
   * @default - `.venv/ministack` in the project
   */
  readonly directory?: string;

  /** Is told what takes its time. */
  readonly log?: (message: string) => void;
}

/**
 * Gives the path of a Python that has MiniStack, and installs it before if need be: once for each version of `requirements.txt`.
 *
 * @throws EngineError if there is no usable Python, or if the installation fails
 */
export async function pythonEnvironment(options: PythonEnvironmentOptions = {}): Promise<string> {
  const directory = options.directory ?? resolve(__dirname, '..', '.venv', 'ministack');
  const python = join(directory, 'bin', 'python');
  if (existsSync(python) && (await script(python, 'check', directory, options)).code === 0) {
    return python;
  }

  const base = await findPython(options);
  options.log?.(`installing the local engine into ${directory} (once; takes about 15 seconds)`);
  const { code, output } = await script(base, 'make', directory, options);
  if (code !== 0) {
    throw new EngineError(code === USER_CAN_MEND ? output.trim() : `could not install the local engine:\n${output.trim()}`);
  }
  return python;
}

function script(python: string, action: 'check' | 'make', directory: string, options: RunOptions) {
  return run(python, [...PYTHON_FLAGS, SCRIPT, action, directory, REQUIREMENTS], options);
}

async function findPython(options: RunOptions): Promise<string> {
  const named = process.env.PYTHON ? [process.env.PYTHON] : [];
  const tooOld: string[] = [];
  for (const candidate of [...named, ...CANDIDATES]) {
    const { code, output } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], options);
    const version = /^(\d+)\.(\d+)$/.exec(output.trim());
    if (code === 0 && version) {
      const [major, minor] = [Number(version[1]), Number(version[2])];
      if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) {
        return candidate;
      }
      tooOld.push(`${candidate} (${version[0]})`);
    }
  }
  const found = tooOld.length > 0 ? `found only ${tooOld.join(', ')}` : 'found none';
  throw new EngineError(`the local engine needs Python ${OLDEST.major}.${OLDEST.minor} or newer, ${found}: install one, or name it in PYTHON`);
}

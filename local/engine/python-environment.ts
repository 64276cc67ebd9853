import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError } from './engine-error';
import { run, RunOptions } from '../run';

const SCRIPT = join(__dirname, 'python_environment.py');

/** Ignores PYTHONPATH, PYTHONHOME and the user's packages, and writes no `__pycache__`. */
export const PYTHON_FLAGS = ['-E', '-s', '-B'];

const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

const USER_CAN_FIX = 2;

/** A Python program and its packages. */
export interface PythonProgram {
  /** Name of the program in messages. */
  readonly name: string;

  /** File with the pinned versions of its packages and their dependencies. */
  readonly requirements: string;

  /** The oldest Python 3 that it supports: 10 for 3.10. */
  readonly oldestMinor: number;

  /** Directory of the environment. */
  readonly directory: string;
}

export const ENGINE_PROGRAM: PythonProgram = {
  name: 'the local engine',
  requirements: join(__dirname, 'requirements.txt'),
  oldestMinor: 10,
  directory: resolve(__dirname, '..', '..', '.venv', 'ministack'),
};

export interface PythonEnvironmentOptions extends RunOptions {
  /**
   * The program to install.
   *
   * @default - the local engine
   */
  readonly program?: PythonProgram;

  /** Called with a message before the installation. */
  readonly log?: (message: string) => void;
}

/**
 * Returns the path of a Python that has the packages of a program. Installs them if necessary, once for each version of the requirements.
 *
 * @throws EngineError if there is no suitable Python, or if the installation fails
 */
export async function pythonEnvironment(options: PythonEnvironmentOptions = {}): Promise<string> {
  const program = options.program ?? ENGINE_PROGRAM;
  const python = join(program.directory, 'bin', 'python');
  if (existsSync(python) && (await script(python, 'check', program, options)).code === 0) {
    return python;
  }

  const base = await findPython(program, options);
  options.log?.(`installing ${program.name} into ${program.directory} (once; takes about 15 seconds)`);
  const { code, output } = await script(base, 'make', program, options);
  if (code !== 0) {
    throw new EngineError(code === USER_CAN_FIX ? output.trim() : `could not install ${program.name}:\n${output.trim()}`);
  }
  return python;
}

function script(python: string, action: 'check' | 'make', program: PythonProgram, options: RunOptions) {
  return run(python, [...PYTHON_FLAGS, SCRIPT, action, program.directory, program.requirements, program.name], options);
}

async function findPython({ name, oldestMinor }: PythonProgram, options: RunOptions): Promise<string> {
  const named = process.env.PYTHON ? [process.env.PYTHON] : [];
  const tooOld: string[] = [];
  for (const candidate of [...named, ...CANDIDATES]) {
    const { code, output } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], options);
    const version = /^(\d+)\.(\d+)$/.exec(output.trim());
    if (code === 0 && version) {
      const [major, minor] = [Number(version[1]), Number(version[2])];
      if (major > 3 || (major === 3 && minor >= oldestMinor)) {
        return candidate;
      }
      tooOld.push(`${candidate} (${version[0]})`);
    }
  }
  const found = tooOld.length > 0 ? `found only ${tooOld.join(', ')}` : 'found none';
  throw new EngineError(`${name} needs Python 3.${oldestMinor} or newer, ${found}: install one, or set PYTHON to its path`);
}

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming, until } from './fixtures/processes';
import { EngineError } from '../../local/engine/engine-error';
import { ENGINE_PROGRAM, pythonEnvironment, PythonProgram } from '../../local/engine/python-environment';
import { temporaryDirectory } from '../support/temporary-directory';

jest.setTimeout(120_000);

const environment = { ...process.env };
const realPython = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
let home: string;
let directory: string;
let program: PythonProgram;

beforeEach(() => {
  home = temporaryDirectory('python');
  directory = join(home, 'environment');
  program = { ...ENGINE_PROGRAM, directory };
  delete process.env.PYTHON;
});

afterEach(() => {
  process.env = { ...environment };
});

test('reports a missing Python', async () => {
  process.env.PATH = home;

  await expect(pythonEnvironment({ program })).rejects.toThrow(new EngineError(
    'the local engine needs Python 3.10 or newer, found none: install one, or set PYTHON to its path',
  ));
});

test('reports a Python that is too old', async () => {
  aProgram('python3', 'echo 3.8');
  aProgram('python', 'echo 2.7');
  process.env.PATH = home;

  await expect(pythonEnvironment({ program })).rejects.toThrow(new EngineError(
    'the local engine needs Python 3.10 or newer, found only python3 (3.8), python (2.7): install one, or set PYTHON to its path',
  ));
});

test('reports which program needs a newer Python', async () => {
  aProgram('python3', 'echo 3.10');
  process.env.PATH = home;

  await expect(pythonEnvironment({ program: { ...program, name: 'the fuzz test', oldestMinor: 11 } })).rejects.toThrow(new EngineError(
    'the fuzz test needs Python 3.11 or newer, found only python3 (3.10): install one, or set PYTHON to its path',
  ));
});

test('skips programs that are not Python', async () => {
  aProgram('python3', 'echo "python3: command not found" >&2; exit 127');
  aProgram('python3.12', 'echo 3.12; exit 1');
  process.env.PATH = home;

  await expect(pythonEnvironment({ program })).rejects.toThrow(/found none/);
});

test('reports a Python that cannot create virtual environments', async () => {
  process.env.PYTHON = aProgram('without-ensurepip', `
    [ "$1" = -c ] && exec '${realPython}' "$@"
    shift 3
    exec '${realPython}' -B -c '
import os, runpy, sys
sys.modules["ensurepip"] = None
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"`);

  await expect(pythonEnvironment({ program })).rejects.toThrow(expect.objectContaining({
    name: 'EngineError',
    message: expect.stringMatching(/^\S+ can't create virtual environments \(no module ensurepip\): install its venv package [^\n]+$/),
  }));
});

test('reports a failed installation', async () => {
  Object.assign(process.env, { PIP_INDEX_URL: 'http://127.0.0.1:1/', PIP_FIND_LINKS: home, PIP_RETRIES: '0', PIP_CONFIG_FILE: '/dev/null' });
  process.env.PIP_NO_CACHE_DIR = '1';

  await expect(pythonEnvironment({ program })).rejects.toThrow(expect.objectContaining({
    name: 'EngineError',
    message: expect.stringMatching(/^pip could not install the local engine \(ERROR: [^\n]+ministack[^\n]+\): the first run needs the package index; [^\n]+$/),
  }));
});

test('completes an incomplete environment, once for two callers, and keeps it', async () => {
  mkdirSync(join(directory, 'bin'), { recursive: true });
  writeFileSync(join(directory, 'bin', 'python'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  writeFileSync(join(directory, 'left-over'), '');

  const pythons = await Promise.all([pythonEnvironment({ program }), pythonEnvironment({ program })]);
  const log = jest.fn();
  const again = await pythonEnvironment({ program, log });

  expect(new Set([...pythons, again])).toEqual(new Set([join(directory, 'bin', 'python')]));
  expect(execFileSync(again, ['-c', 'import ministack.app; print("ready")'], { encoding: 'utf8' })).toBe('ready\n');
  expect(readdirSync(directory)).not.toContain('left-over');
  expect(log).not.toHaveBeenCalled();
});

test('ends all its processes when it is aborted', async () => {
  const aborter = new AbortController();
  const making = pythonEnvironment({ program, signal: aborter.signal });
  making.catch(() => {});
  await until(() => processesNaming(`venv ${directory}`).length > 0);

  aborter.abort(new EngineError('given up'));

  await expect(making).rejects.toThrow('given up');
  expect(processesNaming(directory)).toEqual([]);
});

function aProgram(name: string, script: string): string {
  const file = join(home, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { EngineError } from '../../local/engine/engine-error';
import { PYTHON_FLAGS, pythonEnvironment, PythonProgram } from '../../local/engine/python-environment';
import { run } from '../../local/run';

const PROGRAM: PythonProgram = {
  name: 'the JSON-Schema-Test-Suite',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 10,
  directory: path.join(__dirname, '..', '..', '.venv', 'json-schema'),
};

/** Must match suite.txt. */
const DISTRIBUTION = 'jsonschema-4.23.0';

/** Returns the folder of the tests, which has one for each draft. Downloads them from the package index if necessary. */
export async function testSuite(log: (message: string) => void): Promise<string> {
  const python = await pythonEnvironment({ program: PROGRAM, log });
  const unpacked = path.join(PROGRAM.directory, DISTRIBUTION);
  if (!existsSync(unpacked)) {
    const download = path.join(PROGRAM.directory, 'download');
    rmSync(download, { recursive: true, force: true });
    mkdirSync(download);
    // Only the source distribution has the suite. pip needs its build tools to find its dependencies.
    await command(python, '-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check', '--no-deps',
      '--no-binary', ':all:', '--no-build-isolation', '--require-hashes', '--requirement', path.join(__dirname, 'suite.txt'), '--dest', download);
    await command(python, '-m', 'tarfile', '--extract', path.join(download, `${DISTRIBUTION}.tar.gz`), download);
    renameSync(path.join(download, DISTRIBUTION), unpacked);
  }
  return path.join(unpacked, 'json', 'tests');
}

async function command(python: string, ...args: string[]): Promise<void> {
  const { code, output } = await run(python, [...PYTHON_FLAGS, ...args]);
  if (code !== 0) throw new EngineError(`could not install the JSON-Schema-Test-Suite:\n${output.trim()}`);
}

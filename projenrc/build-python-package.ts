/** Builds the wheel and the source distribution of a Python package: `tsx projenrc/build-python-package.ts <folder> <output folder>`. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { PYTHON_FLAGS, pythonEnvironment } from '../local/engine/python-environment';

const PROJECT = path.join(__dirname, '..');
const FLIT = {
  name: 'flit',
  requirements: path.join(__dirname, 'flit-requirements.txt'),
  oldestMinor: 10,
  directory: path.join(PROJECT, '.venv', 'flit'),
};
const BUILD = 'from flit_core import buildapi; import sys; buildapi.build_wheel(sys.argv[1]); buildapi.build_sdist(sys.argv[1])';

async function main(directory: string, output: string): Promise<void> {
  const python = await pythonEnvironment({ program: FLIT, log: console.error });
  const staging = path.join(output, 'package');
  rmSync(output, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });

  const { version } = JSON.parse(readFileSync(path.join(PROJECT, 'package.json'), 'utf8'));
  const manifest = readFileSync(path.join(directory, 'pyproject.toml'), 'utf8');
  writeFileSync(path.join(staging, 'pyproject.toml'), manifest.replace(/^version = .*$/m, `version = "${version}"`));
  cpSync(path.join(directory, 'README.md'), path.join(staging, 'README.md'));
  cpSync(path.join(PROJECT, 'LICENSE'), path.join(staging, 'LICENSE'));
  const isSource = (file: string) => path.basename(file) !== '__pycache__';
  cpSync(path.join(directory, 'src'), path.join(staging, 'src'), { recursive: true, filter: isSource });

  execFileSync(python, [...PYTHON_FLAGS, '-c', BUILD, path.resolve(output)], { cwd: staging, stdio: 'inherit' });
  rmSync(staging, { recursive: true });
}

const [directory, output] = process.argv.slice(2);
main(directory, output).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

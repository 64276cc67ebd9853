/** Checks the style of the Python code, or fixes it with `--fix`. Installs ruff if necessary. */
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { pythonEnvironment } from '../local/engine/python-environment';

const PROJECT = path.join(__dirname, '..');
const RUFF = {
  name: 'ruff',
  requirements: path.join(__dirname, 'ruff-requirements.txt'),
  oldestMinor: 10,
  directory: path.join(PROJECT, '.venv', 'ruff'),
};

async function main(fix: boolean): Promise<void> {
  const python = await pythonEnvironment({ program: RUFF, log: console.error });
  const ruff = (...parameters: string[]) =>
    spawnSync(python, ['-m', 'ruff', ...parameters], { cwd: PROJECT, stdio: 'inherit' }).status === 0;
  const results = [ruff('check', ...fix ? ['--fix'] : []), ruff('format', ...fix ? [] : ['--check'])];
  if (results.includes(false)) process.exitCode = 1;
}

main(process.argv.includes('--fix')).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

/** Tests and type-checks the helper for processors in Python. Installs what the tests need. `-- <options>` are those of pytest. */
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { pythonEnvironment, PYTHON_FLAGS } from '../../local/engine/python-environment';

const PROJECT = path.join(__dirname, '..', '..');
const MANIFEST = path.join('processor-python', 'pyproject.toml');
const TESTS = path.join('test', 'processor-python');
const EXAMPLE = path.join('examples', 'container', 'renderer');
const PROGRAM = {
  name: 'the tests of the Python package',
  requirements: path.join(__dirname, 'requirements.txt'),
  oldestMinor: 10,
  directory: path.join(PROJECT, '.venv', 'processor-python'),
};

async function main(pytestOptions: string[]): Promise<void> {
  const python = await pythonEnvironment({ program: PROGRAM, log: console.error });
  const run = (module: string, ...parameters: string[]) => spawnSync(python, [...PYTHON_FLAGS, '-m', module, ...parameters], {
    cwd: PROJECT, stdio: 'inherit', env: { ...process.env, MYPYPATH: path.join('processor-python', 'src') },
  }).status === 0;
  const results = [
    run('mypy', '--config-file', MANIFEST, '--cache-dir', path.join('reports', 'mypy'), path.join('processor-python', 'src'), EXAMPLE, TESTS),
    run('pytest', '--config-file', MANIFEST, TESTS, ...pytestOptions),
  ];
  if (results.includes(false)) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
